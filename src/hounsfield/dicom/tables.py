"""Tables that say how bright a value is (VOI LUT, PS3.3 C.11.2.1.1), as a curve of a few hundred points."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from pydicom import Dataset

from hounsfield.dicom.errors import InvalidObject

MOST_POINTS: Final = 512  # of a curve: more than a screen has shades


@dataclass(frozen=True, slots=True)
class Curve:
    """How bright the values from `first` to `last` are, 0 being black and 1 white, at evenly spaced points.

    Values below the first are as bright as it, values above the last as that.
    """

    first: int
    last: int
    grays: tuple[float, ...]


def curve_of(table: Dataset) -> Curve:
    """Return an item of a VOI LUT Sequence as a curve.

    Raises
    ------
    InvalidObject
        OBJECT_UNREADABLE: it has fewer entries than it says, or none.
    """
    said = table["LUTDescriptor"]
    count, first, bits = (int(number) for number in said.value)
    count = count or 0x10000  # which sixteen bits cannot say
    if said.VR == "SS":
        count %= 0x10000
    entries = _entries(table["LUTData"].value, count, bits)
    if len(entries) < count or not 1 <= bits <= 16 or count < 2:
        raise InvalidObject("OBJECT_UNREADABLE", detail="LUTData")
    places = np.linspace(0, count - 1, min(count, MOST_POINTS)).round().astype(int)
    grays = np.clip(entries[places] / ((1 << bits) - 1), 0, 1)
    return Curve(first, first + count - 1, tuple(round(float(gray), 4) for gray in grays))


def _entries(data: Any, count: int, bits: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    if not isinstance(data, bytes):
        return np.asarray(data, np.float64).reshape(-1)
    packed = bits <= 8 and len(data) < 2 * count  # two entries a word, as some writers have it
    return np.frombuffer(data[: count if packed else 2 * count], "u1" if packed else "<u2").astype(np.float64)
