"""Series as volumes for drawing: decoded once, kept in files that the operating system may drop from memory."""

import tempfile
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hounsfield.annotations.cache import Bounded
from hounsfield.dicom.attributes import InstanceHeader
from hounsfield.dicom.errors import InvalidInstance
from hounsfield.dicom.frames import Shape
from hounsfield.dicom.grids import Grid, grid_of
from hounsfield.dicom.pixels import Image
from hounsfield.kit.platform import Platform

MAX_BYTES = 4 << 30  # on disk, of all volumes of this process together
Values = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Slice:
    """An image and its file."""

    header: InstanceHeader
    sha256: str


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """The slices of a series in ascending order along their normal, and the grid that they make."""

    grid: Grid
    slices: tuple[Slice, ...]
    key: int

    @classmethod
    def of(cls, slices: list[Slice]) -> "Stack":
        """Put slices in order; raises InvalidObject where they are no stack."""
        grid, order = grid_of([item.header for item in slices])
        ordered = tuple(slices[index] for index in order)
        return cls(grid, ordered, hash(tuple(item.sha256 for item in ordered)))


_kept: Bounded[Values] = Bounded(MAX_BYTES, lambda values: int(values.nbytes))


def volume(platform: Platform, stack: Stack) -> Values:
    """Return all values of a stack, shape (slices, rows, columns), decoding them where that was not done yet."""
    return _kept.get(stack.key, lambda: _decoded(platform, stack))


def some(platform: Platform, stack: Stack, numbers: tuple[int, ...]) -> Values:
    """Return the values of some slices, without decoding the others."""
    known = _kept.peek(stack.key)
    if known is not None:
        return known[list(numbers)]
    return np.stack([_values(platform, stack.slices[number]) for number in numbers])


def _decoded(platform: Platform, stack: Stack) -> Values:
    folder = platform.settings.data_dir / "volumes"
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:  # it has no name: it goes with the last who looks at it
        values = np.memmap(file, _type_of(stack), "w+", shape=stack.grid.shape)
        for number, item in enumerate(stack.slices):
            values[number] = _values(platform, item)
    return values


def _type_of(stack: Stack) -> Any:
    """Return the smallest type that holds every value that could be there."""
    if not all(_is_whole(item.header) for item in stack.slices):
        return np.float32
    ranges = [_range(item.header) for item in stack.slices]
    short = all(low >= -0x8000 and high <= 0x7FFF for low, high in ranges)
    return np.int16 if short else np.int32


def _is_whole(header: InstanceHeader) -> bool:
    return all(
        float(value).is_integer() for value in (header.RescaleSlope or 1.0, header.RescaleIntercept or 0.0)
    )


def _range(header: InstanceHeader) -> tuple[float, float]:
    bits = header.BitsStored or 16
    low, high = (
        (-(1 << bits - 1), (1 << bits - 1) - 1) if header.PixelRepresentation else (0, (1 << bits) - 1)
    )
    slope, intercept = header.RescaleSlope or 1.0, header.RescaleIntercept or 0.0
    ends = (low * slope + intercept, high * slope + intercept)
    return min(ends), max(ends)


def image_of(platform: Platform, item: Slice) -> Image:
    """Return the stored image of a slice."""
    header = item.header
    shape = Shape.of(lambda keyword: getattr(header, keyword))
    return Image.open(platform.blobs.path(item.sha256), header.TransferSyntaxUID, shape)


def _values(platform: Platform, item: Slice) -> Values:
    """Return the values of a slice after its modality's transformation."""
    header = item.header
    stored = image_of(platform, item).frame(0)
    if stored.shape != (header.Rows, header.Columns):
        raise InvalidInstance("PIXEL_DATA_BROKEN")
    slope, intercept = header.RescaleSlope or 1.0, header.RescaleIntercept or 0.0
    if _is_whole(header):
        return stored.astype(np.int32) * int(slope) + int(intercept)
    return stored.astype(np.float32) * np.float32(slope) + np.float32(intercept)
