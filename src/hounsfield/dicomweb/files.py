"""The bytes of instances and frames, as they are stored or as they are asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hounsfield.dicom import pixels
from hounsfield.dicom.errors import InvalidInstance
from hounsfield.dicom.frames import read_frame
from hounsfield.dicom.syntaxes import EXPLICIT_LE, IMPLICIT_LE
from hounsfield.dicomweb.errors import NotAcceptable
from hounsfield.dicomweb.objects import Stored
from hounsfield.kit.errors import NotFound
from hounsfield.kit.platform import Platform


class NotAnImage(NotFound):
    """This object is no image, or has no such frame."""

    code = "NOT_AN_IMAGE_OR_FRAME"
    zh = "该对象不是影像，或没有该帧。"


@contextmanager
def instead() -> Iterator[None]:
    """Say what reading an object comes to in the words of HTTP."""
    try:
        yield
    except InvalidInstance as error:
        if error.code in ("NOT_AN_IMAGE", "NOT_THERE"):
            raise NotAnImage from None
        if error.code == "SYNTAX_UNSUPPORTED":
            raise NotAcceptable(offered="transfer-syntax=*") from None
        raise


def whole_file(row: Stored, syntax: str) -> bool:
    """Tell whether the stored file is what is to be sent."""
    return syntax == row.syntax and row.header.get("part10") is not False


def whole_in(platform: Platform, row: Stored, syntax: str) -> Path | bytes:
    """Return an instance as a complete file in a transfer syntax."""
    path = platform.blobs.path(row.sha256)
    if syntax != row.syntax:
        with instead():
            return pixels.transcode(path, row.syntax, syntax)
    with path.open("rb") as file:
        head = file.read(132)
    if head[128:] == b"DICM" and row.header.get("part10") is not False:
        return path
    # taken in without preamble or meta information: clients are promised files of PS3.10
    return pixels.completed(path, row.syntax)


def frame_numbers(row: Stored, text: str) -> list[int]:
    """Return the numbers of a list of frames, or raise NotAnImage where one is not there."""
    numbers = [int(number) for number in text.split(",")]
    if row.header.get("pixel_bytes") is None or not all(1 <= number <= row.frames for number in numbers):
        raise NotAnImage
    return numbers


def frame_in(platform: Platform, row: Stored, syntax: str, number: int) -> bytes:
    """Return a frame in a transfer syntax, as `media.for_frames` has chosen it."""
    path = platform.blobs.path(row.sha256)
    stored = EXPLICIT_LE if row.syntax in pixels.NATIVE else row.syntax
    with instead():
        if syntax == stored:
            return read_frame(path, row.syntax, row.shape, number - 1)
        image = pixels.Image.open(path, row.syntax, row.shape)
        if syntax in (EXPLICIT_LE, IMPLICIT_LE):
            return pixels.native_bytes(image.frame(number - 1))
        return pixels.frame_as(image, syntax, number - 1)
