"""The frames of an instance, read from its file as they are stored, without reading the rest of it."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
from pydicom import encaps

from hounsfield.dicom.elements import Elements, Unusual, is_vr, walk
from hounsfield.dicom.errors import InvalidInstance
from hounsfield.dicom.fallback import read_unusual
from hounsfield.dicom.header import file_meta, inflate
from hounsfield.dicom.syntaxes import DEFLATED_LE, EXPLICIT_BE, IMPLICIT_LE

_OFFSETS, _LENGTHS = 0x00017FE0, 0x00027FE0  # the extended offset table (PS3.3 C.7.6.3.1.8)
_WANTED: Final = frozenset({_OFFSETS, _LENGTHS})


@dataclass(frozen=True, slots=True)
class Shape:
    """What must be known of native pixel data to find a frame in them (PS3.3 C.7.6.3)."""

    rows: int
    columns: int
    samples: int
    bits: int  # BitsAllocated
    frames: int
    subsampled: bool = False  # YBR_FULL_422: two pixels share their colour

    @classmethod
    def of(cls, value: Callable[[str], Any]) -> "Shape":
        """Return the shape that a header tells; `value` gives what it says of a keyword, or None."""
        native = (value("pixel_bytes") or 0) >= 0
        return cls(
            rows=value("Rows") or 0,
            columns=value("Columns") or 0,
            samples=value("SamplesPerPixel") or 1,
            bits=value("BitsAllocated") or 8,
            frames=max(int(value("NumberOfFrames") or 1), 1),
            subsampled=native and value("PhotometricInterpretation") == "YBR_FULL_422",
        )

    @property
    def frame_bits(self) -> int:
        bits = self.rows * self.columns * self.samples * self.bits
        return bits * 2 // 3 if self.subsampled else bits


@dataclass(frozen=True, slots=True)
class PixelData:
    """Where the pixel data of a file lie.

    Attributes
    ----------
    start
        Offset of the first byte of the value.
    length
        Length of the value, -1 when it is encapsulated.
    swapped
        True where words are big endian.
    offsets
        The extended offset table, where there is one.
    """

    start: int
    length: int
    swapped: bool = False
    offsets: tuple[bytes, bytes] | None = None


def locate(data: bytes | mmap, syntax: str) -> PixelData:
    """Find the pixel data of a file that ingest has accepted.

    Raises
    ------
    InvalidInstance
        NOT_AN_IMAGE: there are none.
    """
    try:
        found, head = elements_of(data, syntax, _WANTED)
        if found.pixels is None:
            raise InvalidInstance("NOT_AN_IMAGE")
        tables = [data[first:stop] for _, (_, first, stop) in sorted(found.values.items())]
        offsets = (tables[0], tables[1]) if len(tables) == 2 and tables[0] else None
        return PixelData(found.end + head, found.pixels, offsets=offsets)
    except Unusual:
        named, found, _ = read_unusual(bytes(data), frozenset())
    if found.pixels is None:
        raise InvalidInstance("NOT_AN_IMAGE")
    long_form = is_vr(data[found.end + 4 : found.end + 6])
    return PixelData(found.end + (12 if long_form else 8), found.pixels, swapped=named == EXPLICIT_BE)


def elements_of(data: bytes | mmap, syntax: str, wanted: frozenset[int]) -> tuple[Elements, int]:
    """Find elements of a plain little-endian file up to its pixel data, and the length of an element's head there.

    Raises
    ------
    Unusual
        Another encoding, which is pydicom's to read.
    """
    if data[128:132] != b"DICM" or syntax == EXPLICIT_BE:
        raise Unusual("not a plain file")
    _, start = file_meta(data)
    explicit = syntax != IMPLICIT_LE
    if not explicit and is_vr(data[start + 4 : start + 6]):
        raise Unusual("explicit VR in an implicit transfer syntax")
    return walk(data, start, wanted, explicit=explicit), 12 if explicit else 8


def read_frame(path: Path, syntax: str, shape: Shape, index: int) -> bytes:
    """Return one frame: its fragments joined where it is compressed, else its pixels, little endian.

    Raises
    ------
    InvalidInstance
        NOT_AN_IMAGE, or PIXEL_DATA_BROKEN where they do not hold that frame.
    """
    with path.open("rb") as file:
        if syntax == DEFLATED_LE:
            return _from_deflated(file.read(), shape, index)
        with mmap(file.fileno(), 0, access=ACCESS_READ) as data:
            place = locate(data, syntax)
        return _read(file, place, shape, index)


def _from_deflated(data: bytes, shape: Shape, index: int) -> bytes:
    _, start = file_meta(data)
    plain = inflate(data, start)
    found = walk(plain, 0, frozenset(), explicit=True)
    if found.pixels is None:
        raise InvalidInstance("NOT_AN_IMAGE")
    return _read(BytesIO(plain), PixelData(found.end + 12, found.pixels), shape, index)


def _read(file: BinaryIO, place: PixelData, shape: Shape, index: int) -> bytes:
    if place.length >= 0:
        return _native(file, place, shape, index)
    file.seek(place.start)
    try:
        return encaps.get_frame(
            file,
            index,
            number_of_frames=shape.frames,
            extended_offsets=place.offsets,
        )
    except (ValueError, IndexError, KeyError, zlib.error, EOFError) as error:
        raise InvalidInstance("PIXEL_DATA_BROKEN") from error


def _native(file: BinaryIO, place: PixelData, shape: Shape, index: int) -> bytes:
    bits = shape.frame_bits
    first, last = index * bits, (index + 1) * bits
    if (last + 7) // 8 > place.length or not bits:
        raise InvalidInstance("PIXEL_DATA_BROKEN")
    file.seek(place.start + first // 8)
    data = file.read((last + 7) // 8 - first // 8)
    if first % 8 or (bits % 8 and shape.frames > 1):
        # frames of single bits follow each other without padding (PS3.5 §8.1.1)
        unpacked = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
        data = np.packbits(unpacked[first % 8 : first % 8 + bits], bitorder="little").tobytes()
    if place.swapped and shape.bits > 8:
        data = np.frombuffer(data, f">u{shape.bits // 8}").astype(f"<u{shape.bits // 8}").tobytes()
    return data
