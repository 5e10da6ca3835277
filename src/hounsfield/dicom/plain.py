"""The usual image, shown without a general reader: uncompressed grey values of which the kept header tells all that counts.

Reading its data set with pydicom and decoding it takes longer than everything else that becomes a picture. Whatever asks
for more (colour, tables, functional groups, another encoding) is left to `render.picture`.
"""

from collections.abc import Callable
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, Final

import numpy as np

from hounsfield.dicom.elements import Unusual
from hounsfield.dicom.frames import Shape, elements_of
from hounsfield.dicom.shades import Picture, Rescale, Stored, Window, shades
from hounsfield.dicom.syntaxes import EXPLICIT_LE, IMPLICIT_LE

_VOI_FUNCTION: Final = 0x10560028
# ModalityLUTSequence, VOILUTSequence, SharedFunctionalGroupsSequence
_MORE: Final = frozenset({0x30000028, 0x30100028, 0x92295200})


def picture(
    path: Path, syntax: str, kept: Callable[[str], Any], index: int, window: Window | None = None
) -> Picture | None:
    """Return a frame as `render.picture` would show it, or None where this reader must not judge.

    Parameters
    ----------
    kept
        Gives what the header that ingest kept says of a keyword (`InstanceHeader`), or None.
    index
        Of the frame, from 0.
    window
        Instead of the image's own.
    """
    shape = Shape.of(kept)
    if syntax not in (EXPLICIT_LE, IMPLICIT_LE) or kept("unreadable") or kept("part10") is False:
        return None
    if shape.samples != 1 or shape.bits not in (8, 16) or index >= shape.frames:
        return None
    photometric = kept("PhotometricInterpretation") or "MONOCHROME2"
    if photometric not in ("MONOCHROME1", "MONOCHROME2"):
        return None
    stored = _stored(path, syntax, shape, index)
    if stored is None:
        return None
    rescale = Rescale(_or(kept("RescaleSlope"), 1.0), _or(kept("RescaleIntercept"), 0.0))
    shown = shades(_meant(stored, kept), rescale, window or _own_window(kept))
    return 255 - shown if photometric == "MONOCHROME1" else shown


def _or(value: float | None, default: float) -> float:
    return default if value is None else value


def _own_window(kept: Callable[[str], Any]) -> Window | None:
    center, width = kept("WindowCenter"), kept("WindowWidth")
    return None if center is None or width is None or width < 1 else Window(center, width)


def _stored(path: Path, syntax: str, shape: Shape, index: int) -> Stored | None:
    size = shape.frame_bits // 8
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        try:
            found, head = elements_of(data, syntax, _MORE | {_VOI_FUNCTION})
        except Unusual:
            return None
        told = {tag: data[first:stop] for tag, (_, first, stop) in found.values.items()}
        if _MORE & (told.keys() | found.sequences) or told.get(_VOI_FUNCTION, b"").strip() not in (
            b"",
            b"LINEAR",
        ):
            return None
        if not size or found.pixels is None or found.pixels < (index + 1) * size:
            return None
        first = found.end + head + index * size
        pixels = np.frombuffer(data[first : first + size], f"<u{shape.bits // 8}")
    return pixels.reshape(shape.rows, shape.columns)


def _meant(stored: Stored, kept: Callable[[str], Any]) -> Stored:
    """Return the values without the bits above `BitsStored`, which may hold anything (PS3.5 §8.1.1)."""
    if kept("PixelRepresentation"):
        stored = stored.view(f"<i{stored.dtype.itemsize}")
    unused = 8 * stored.dtype.itemsize - (kept("BitsStored") or 8 * stored.dtype.itemsize)
    return (stored << unused) >> unused if unused > 0 else stored
