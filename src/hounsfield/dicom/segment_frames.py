"""The frames of a binary segmentation of many segments, written straight to bytes.

highdicom makes pydicom objects of every frame, which takes some milliseconds each, and a hundred segments have thousands of
frames. They differ in their segment and slice only. So it makes one frame of each slice, and what it has made is copied
here for every segment on that slice.
"""

from collections.abc import Iterator, Sequence
from io import BytesIO
from operator import itemgetter
from struct import Struct
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from pydicom import Dataset
from pydicom.dataelem import RawDataElement
from pydicom.filebase import DicomIO
from pydicom.filewriter import write_dataset
from pydicom.tag import Tag

Labels = npt.NDArray[Any]

_FRAMES: Final = Tag("PerFrameFunctionalGroupsSequence")
_SEGMENT: Final = Tag("ReferencedSegmentNumber")
_INDEX: Final = b"\x20\x00\x57\x91UL\x08\x00"  # DimensionIndexValues: segment, slice
_NUMBER: Final = b"\x62\x00\x0b\x00US\x02\x00"  # ReferencedSegmentNumber
_item = Struct("<HHL")
_long, _short = Struct("<L"), Struct("<H")
_PACKED_AT_ONCE: Final = 64  # frames; eight are whole bytes, whatever their size


def multiply(ds: Dataset, mask: Labels, slices: Sequence[str]) -> None:
    """Give an object the frames of every segment of a mask.

    Parameters
    ----------
    ds
        Explicit VR little endian; a segment of it has a frame of each slice on which the mask is not 0 throughout.
    mask
        Segment numbers, shape (slices, rows, columns); 0 is background.
    slices
        SOP Instance UIDs of the images on which they lie.
    """
    assert ds.DimensionIndexSequence[0].DimensionIndexPointer == _SEGMENT
    index_of = {uid: index for index, uid in enumerate(slices)}
    frames: list[tuple[int, int, bytes]] = []  # segment, slice, description
    for item in ds.PerFrameFunctionalGroupsSequence:
        source = item.DerivationImageSequence[0].SourceImageSequence[0]
        index = index_of[source.ReferencedSOPInstanceUID]
        pattern = _pattern(item)
        numbers = np.flatnonzero(np.bincount(mask[index].ravel()))
        frames += [(int(number), index, _frame(pattern, int(number))) for number in numbers if number]
    frames.sort(key=itemgetter(0))  # and, as they were, by their place
    encoded = b"".join(description for _, _, description in frames)
    ds[_FRAMES] = RawDataElement(_FRAMES, "SQ", len(encoded), encoded, 0, False, True)
    ds.NumberOfFrames = len(frames)
    pixels = b"".join(_pixels(mask, [(number, index) for number, index, _ in frames]))
    ds.add_new("PixelData", "OW", pixels + b"\0" * (len(pixels) % 2))


def _pattern(item: Dataset) -> tuple[bytes, bytes, bytes]:
    """Return a frame's description without the number of its segment, which it has in two places."""
    raw = BytesIO()
    target = DicomIO(raw)
    target.is_little_endian, target.is_implicit_VR = True, False
    write_dataset(target, item)
    before, after = raw.getvalue().split(_INDEX)
    between, rest = after.split(_NUMBER)
    return before + _INDEX, between[_long.size :] + _NUMBER, rest[_short.size :]


def _frame(pattern: tuple[bytes, bytes, bytes], number: int) -> bytes:
    before, between, rest = pattern
    body = b"".join((before, _long.pack(number), between, _short.pack(number), rest))
    return _item.pack(0xFFFE, 0xE000, len(body)) + body


def _pixels(mask: Labels, frames: list[tuple[int, int]]) -> Iterator[bytes]:
    for start in range(0, len(frames), _PACKED_AT_ONCE):
        some = frames[start : start + _PACKED_AT_ONCE]
        planes = np.stack([mask[index] == number for number, index in some])
        yield np.packbits(planes, bitorder="little").tobytes()
