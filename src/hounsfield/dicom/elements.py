"""A walk over the data elements of a little-endian data set that notes where the wanted values lie (PS3.5 §7).

It reads nothing but element headers, so its cost follows the number of elements, not their size. Whatever it does not
know for certain it leaves to pydicom by raising `Unusual`.
"""

from collections.abc import Container
from dataclasses import dataclass, field
from mmap import mmap
from struct import Struct

from hounsfield.dicom.errors import InvalidInstance

# An element's tag as one little-endian integer: (gggg,eeee) → 0xeeeegggg.
PIXEL_DATA = frozenset({0x00107FE0, 0x00087FE0, 0x00097FE0})
ITEM, ITEM_END, SEQUENCE_END = 0xE000FFFE, 0xE00DFFFE, 0xE0DDFFFE
UNDEFINED = 0xFFFFFFFF

_LONG_FORM = {
    **dict.fromkeys(
        (b"AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split()),
        False,
    ),
    **dict.fromkeys((b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split()), True),
}
_MAX_ELEMENTS = 100_000  # at the top level; the largest real data sets have some thousands
_MAX_NESTED = 2_000_000  # an enhanced multi-frame image of 2,000 frames has some 200,000
_MAX_DEPTH = 32

_short = Struct("<L2sH").unpack_from
_long = Struct("<L").unpack_from
_implicit = Struct("<LL").unpack_from


class Unusual(Exception):
    """Not the plain encoding that this reader knows; says nothing about validity."""


@dataclass(slots=True)
class Elements:
    """Where the wanted values of a data set lie: tag → (VR as encoded, start, stop)."""

    values: dict[int, tuple[bytes, int, int]] = field(default_factory=dict)
    sequences: set[int] = field(default_factory=set)  # of undefined length, at the top level
    pixels: int | None = None  # length of the pixel data, -1 when encapsulated, None when there is none
    end: int = 0


def is_vr(code: bytes) -> bool:
    """Tell whether two bytes are a value representation of PS3.5 §6.2."""
    return code in _LONG_FORM


def walk(
    data: bytes | mmap, start: int, wanted: Container[int], *, explicit: bool, meta_only: bool = False
) -> Elements:
    """Find the wanted elements of a data set.

    Parameters
    ----------
    data
        The file.
    start
        Offset of the first element.
    wanted
        Tags as integers 0xeeeegggg.
    explicit
        Explicit VR (True) or implicit VR (False), little endian.
    meta_only
        Stop at the first element outside group 0002, the file meta information (PS3.10 §7.1).

    Raises
    ------
    InvalidInstance
        A value reaches past the end of the file.
    Unusual
        The encoding is another one, or broken.
    """
    found = Elements()
    values = found.values
    size = len(data)
    vr = b""
    nested = _Nested(data, size)
    pos = start
    for _ in range(_MAX_ELEMENTS):
        if size - pos < 8:
            if any(data[pos:]):
                raise InvalidInstance("INSTANCE_TRUNCATED")
            break
        at = pos
        if explicit:
            tag, vr, length = _short(data, pos)
            if meta_only and tag & 0xFFFF != 2:
                break
            long_form = _LONG_FORM.get(vr)
            if long_form is None:
                raise Unusual("unknown VR")
            pos += 8
            if long_form:
                if size - pos < 4:
                    raise InvalidInstance("INSTANCE_TRUNCATED")
                (length,) = _long(data, pos)
                pos += 4
        else:
            tag, length = _implicit(data, pos)
            pos += 8
        if tag in PIXEL_DATA:
            found.pixels = pixel_length(data, pos, length)
            pos = at
            break
        if length == UNDEFINED:
            if explicit and vr not in (b"SQ", b"UN"):
                raise Unusual("undefined length outside a sequence")
            pos = nested.skip_sequence(pos, explicit and vr == b"SQ", 0)
            found.sequences.add(tag)
            continue
        stop = pos + length
        if stop > size:
            raise InvalidInstance("INSTANCE_TRUNCATED")
        if tag in wanted:
            values[tag] = (vr, pos, stop)
        pos = stop
    else:
        raise InvalidInstance("TOO_MANY_ELEMENTS", limit=_MAX_ELEMENTS)
    found.end = pos
    return found


def pixel_length(data: bytes | mmap, pos: int, length: int) -> int:
    """Return the length of native pixel data, or -1 for a complete encapsulated one (PS3.5 §A.4).

    Raises
    ------
    InvalidInstance
        The file ends before the pixel data do.
    """
    size = len(data)
    if length != UNDEFINED:
        if pos + length > size:
            raise InvalidInstance("INSTANCE_TRUNCATED")
        return length
    while size - pos >= 8:
        tag, length = _implicit(data, pos)
        if tag == SEQUENCE_END:
            return -1
        if tag != ITEM:
            raise InvalidInstance("PIXEL_DATA_BROKEN")
        pos += 8 + length
    raise InvalidInstance("INSTANCE_TRUNCATED")


class _Nested:
    """Steps over sequences of undefined length, within one budget of elements for the whole file."""

    def __init__(self, data: bytes | mmap, size: int) -> None:
        self.data = data
        self.size = size
        self.budget = _MAX_NESTED

    def skip_sequence(self, pos: int, explicit: bool, depth: int) -> int:
        if depth > _MAX_DEPTH:
            raise InvalidInstance("NESTED_TOO_DEEP", limit=_MAX_DEPTH)
        while self.size - pos >= 8:
            self._spend()
            tag, length = _implicit(self.data, pos)
            pos += 8
            if tag == SEQUENCE_END:
                return pos
            if tag != ITEM:
                raise Unusual("no item where one belongs")
            pos = self._skip_item(pos, explicit, depth) if length == UNDEFINED else pos + length
        raise InvalidInstance("INSTANCE_TRUNCATED")

    def _skip_item(self, pos: int, explicit: bool, depth: int) -> int:
        while self.size - pos >= 8:
            self._spend()
            tag, length = _implicit(self.data, pos)
            if tag == ITEM_END:
                return pos + 8
            vr = b"SQ"
            if explicit:
                tag, vr, length = _short(self.data, pos)
                long_form = _LONG_FORM.get(vr)
                if long_form is None:
                    raise Unusual("unknown VR")
                if long_form:
                    if self.size - pos < 12:
                        break
                    (length,) = _long(self.data, pos + 8)
                    pos += 4
            pos += 8
            pos = (
                self.skip_sequence(pos, explicit and vr == b"SQ", depth + 1)
                if length == UNDEFINED
                else pos + length
            )
        raise InvalidInstance("INSTANCE_TRUNCATED")

    def _spend(self) -> None:
        self.budget -= 1
        if self.budget < 0:
            raise InvalidInstance("TOO_MANY_ELEMENTS", limit=_MAX_NESTED)
