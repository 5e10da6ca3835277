"""The place and the segment of every frame of a multi-frame object (PS3.3 C.7.6.16), read fast.

A segmentation may have tens of thousands of frames with some twenty nested elements each, which pydicom would make
objects of one by one. This walks over the bytes and keeps four values a frame.
"""

from dataclasses import dataclass
from struct import Struct
from typing import Any, Final

from pydicom import Dataset
from pydicom.dataelem import RawDataElement

from hounsfield.dicom import content
from hounsfield.dicom.attributes import Vector3, Vector6
from hounsfield.dicom.elements import ITEM, ITEM_END, SEQUENCE_END, UNDEFINED
from hounsfield.dicom.errors import InvalidObject

SHARED, PER_FRAME = 0x52009229, 0x52009230
MAX_FRAMES: Final = 200_000
_MAX_DEPTH: Final = 8
_SEGMENT, _POSITION, _ORIENTATION, _SPACING = 0x000B0062, 0x00320020, 0x00370020, 0x00300028
_THICKNESS, _BETWEEN, _SOURCE = 0x00500018, 0x00880018, 0x11550008
_LONG: Final = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())

_short = Struct("<L2sH").unpack_from
_pair = Struct("<LL").unpack_from
_u4 = Struct("<L").unpack_from
_u2 = Struct("<H").unpack_from


@dataclass(slots=True)
class FrameGroup:
    """What the functional groups say of a frame; None where they do not."""

    segment: int | None = None
    position: Vector3 | None = None
    orientation: Vector6 | None = None
    spacing: tuple[float, float] | None = None
    thickness: float | None = None
    between: float | None = None
    source: str | None = None


def frame_groups(ds: Dataset) -> tuple[FrameGroup, list[FrameGroup]]:
    """Return what all frames share, and what each has of its own. Use inside `content.reading`."""
    shared = _of(ds, SHARED)
    return (shared[0] if shared else FrameGroup()), _of(ds, PER_FRAME)


def _of(ds: Dataset, tag: int) -> list[FrameGroup]:
    if tag not in ds:
        return []
    raw = ds.get_item(tag)
    if isinstance(raw, RawDataElement) and raw.is_little_endian and isinstance(raw.value, bytes):
        found = _Walk(raw.value, explicit=not raw.is_implicit_VR).frames()
    else:
        found = [_decoded(item) for item in ds[tag].value]
    if len(found) > MAX_FRAMES:
        raise InvalidObject("OBJECT_UNREADABLE", detail="too many frames")
    return found


def _decoded(item: Dataset) -> FrameGroup:
    """Return the same from what pydicom has made objects of (big endian, undefined lengths)."""
    group = FrameGroup()
    for element in item.iterall():
        if element.VR == "SQ" or element.value in (None, ""):
            continue
        keyword, value = element.keyword, element.value
        if keyword == "ReferencedSegmentNumber":
            group.segment = int(value)
        elif keyword == "ImagePositionPatient":
            group.position = _numbers(value, 3)
        elif keyword == "ImageOrientationPatient":
            group.orientation = _numbers(value, 6)
        elif keyword == "PixelSpacing":
            group.spacing = _numbers(value, 2)
        elif keyword == "SliceThickness":
            group.thickness = content.number(value)
        elif keyword == "SpacingBetweenSlices":
            group.between = content.number(value)
        elif keyword == "ReferencedSOPInstanceUID" and group.source is None:
            group.source = str(value)
    return group


def _numbers(values: Any, count: int) -> Any:
    found = tuple(content.number(value) for value in values)
    return found if len(found) == count and None not in found else None


def _decimals(raw: bytes, count: int) -> Any:
    return _numbers(raw.decode("ascii").strip(" \0").split("\\"), count)


class _Walk:
    def __init__(self, data: bytes, *, explicit: bool) -> None:
        self._data, self._explicit, self._size = data, explicit, len(data)

    def frames(self) -> list[FrameGroup]:
        found: list[FrameGroup] = []
        pos = 0
        while self._size - pos >= 8:
            tag, length = _pair(self._data, pos)
            pos += 8
            if tag == SEQUENCE_END:
                break
            if tag != ITEM:
                raise InvalidObject("OBJECT_UNREADABLE", detail="functional groups")
            group = FrameGroup()
            pos = self._item(pos, self._size if length == UNDEFINED else pos + length, group, 0)
            found.append(group)
        return found

    def _item(self, pos: int, stop: int, group: FrameGroup, depth: int) -> int:
        data = self._data
        if depth > _MAX_DEPTH or stop > self._size:
            raise InvalidObject("OBJECT_UNREADABLE", detail="functional groups")
        while stop - pos >= 8:
            if self._explicit:
                tag, vr, length = _short(data, pos)
                pos += 8
                if tag == ITEM_END:
                    return pos
                if vr in _LONG:
                    (length,) = _u4(data, pos)
                    pos += 4
                nested = vr == b"SQ"
            else:
                tag, length = _pair(data, pos)
                pos += 8
                if tag == ITEM_END:
                    return pos
                nested = length == UNDEFINED or (length >= 8 and _u4(data, pos)[0] == ITEM)
            if nested:
                pos = self._sequence(pos, stop if length == UNDEFINED else pos + length, group, depth + 1)
                continue
            if length == UNDEFINED or pos + length > stop:
                raise InvalidObject("OBJECT_UNREADABLE", detail="functional groups")
            if tag in _KEPT:
                self._keep(tag, data[pos : pos + length], group)
            pos += length
        return pos

    def _sequence(self, pos: int, stop: int, group: FrameGroup, depth: int) -> int:
        if stop > self._size:
            raise InvalidObject("OBJECT_UNREADABLE", detail="functional groups")
        while stop - pos >= 8:
            tag, length = _pair(self._data, pos)
            pos += 8
            if tag == SEQUENCE_END:
                return pos
            if tag != ITEM:
                raise InvalidObject("OBJECT_UNREADABLE", detail="functional groups")
            pos = self._item(pos, stop if length == UNDEFINED else pos + length, group, depth)
        return pos

    def _keep(self, tag: int, raw: bytes, group: FrameGroup) -> None:
        if tag == _SEGMENT:
            group.segment = _u2(raw)[0]
        elif tag == _POSITION:
            group.position = _decimals(raw, 3)
        elif tag == _ORIENTATION:
            group.orientation = _decimals(raw, 6)
        elif tag == _SPACING:
            group.spacing = _decimals(raw, 2)
        elif tag == _THICKNESS:
            group.thickness = content.number(raw.decode("ascii").strip(" \0"))
        elif tag == _BETWEEN:
            group.between = content.number(raw.decode("ascii").strip(" \0"))
        elif group.source is None:
            group.source = raw.decode("ascii").strip(" \0")


_KEPT = frozenset({_SEGMENT, _POSITION, _ORIENTATION, _SPACING, _THICKNESS, _BETWEEN, _SOURCE})
