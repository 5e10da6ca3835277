"""Objects as the other end takes them: as they are wherever it can be, else without compression."""

from collections.abc import Collection
from pathlib import Path

from hounsfield.dicom.errors import InvalidInstance
from hounsfield.dicom.pixels import transcode
from hounsfield.dimse.objects import data_set_of
from hounsfield.dimse.syntaxes import UNCOMPRESSED


class NotConvertible(Exception):
    """The object is in a form that the other end does not take and cannot be brought into one that it does."""


def choose(syntax: str, taken: Collection[str]) -> str:
    """Return the transfer syntax in which an object is sent to somebody who takes these."""
    for wanted in (syntax, *UNCOMPRESSED):
        if wanted in taken:
            return wanted
    raise NotConvertible("no transfer syntax in common")


def encoded(path: Path, syntax: str, wanted: str) -> bytes | memoryview:
    """Return the data set of a file in a transfer syntax that `choose` chose."""
    if syntax == wanted:
        return data_set_of(path.read_bytes())
    try:
        return data_set_of(transcode(path, syntax, wanted))
    except InvalidInstance as error:
        raise NotConvertible(str(error)) from error
