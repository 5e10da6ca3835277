"""Binary values of big endian objects (retired, PS3.5 annex A.3) as the same numbers in little endian."""

from typing import Final

import numpy as np
from pydicom import FileDataset
from pydicom.uid import UID

from hounsfield.dicom.syntaxes import EXPLICIT_BE, EXPLICIT_LE

_WIDTHS: Final = {"OW": 2, "OF": 4, "OL": 4, "OD": 8, "OV": 8}
_PIXEL_DATA: Final = 0x7FE00010


def width_of(vr: str) -> int:
    """Return how many bytes of a binary value make a number."""
    return _WIDTHS.get(vr, 1)


def swapped(value: bytes, width: int) -> bytes:
    """Return the numbers of a value in the other byte order; a value that is cut in the middle of one stays."""
    if width == 1 or len(value) % width:
        return value
    return np.frombuffer(value, f"u{width}").byteswap().tobytes()


def in_little_endian(dataset: FileDataset) -> FileDataset:
    """Let palettes, tables, overlays and pixels of a data set, and itself, be little endian; return it.

    Pixels are swapped by the bits that are allocated for them, whatever their VR.
    """
    if dataset.file_meta.get("TransferSyntaxUID") != EXPLICIT_BE:
        return dataset
    for element in dataset.iterall():
        width = width_of(str(element.VR))
        if element.tag == _PIXEL_DATA:
            width = int(dataset.get("BitsAllocated", 8)) // 8
        if isinstance(element.value, bytes) and width > 1:
            element.value = swapped(element.value, width)
    dataset.file_meta.TransferSyntaxUID = UID(EXPLICIT_LE)
    return dataset
