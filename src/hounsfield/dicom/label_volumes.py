"""From the frames of a segmentation to label volumes on the slices of the series it belongs to (PS3.3 C.8.20.3).

Frames are looked through byte by byte for what is not empty: the cost follows what is segmented, not the number of
frames times their size. Segments that overlap go to different layers, each of which is a plain volume.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from pydicom import Dataset
from pydicom.pixels.utils import iter_pixels
from pydicom.uid import ExplicitVRBigEndian

from hounsfield.dicom.errors import InvalidObject
from hounsfield.dicom.frame_groups import FrameGroup, frame_groups
from hounsfield.dicom.grids import Grid, even_grid
from hounsfield.dicom.lookup import Placing, lookup, placing
from hounsfield.dicom.segmentations import Segmentation

MAX_BYTES: Final = 1 << 30  # of all layers together
Labels = npt.NDArray[Any]
Indices = npt.NDArray[np.int32]


@dataclass(slots=True)
class LabelVolumes:
    """Label volumes; a voxel's value is the number of its segment.

    Attributes
    ----------
    grid
        That of the series, or the segmentation's own where `aligned` is false.
    layers
        Shape (slices, rows, columns) each; uint8, or uint16 where a number needs it. Segments of one do not overlap.
    layer_of, voxels
        By segment number: in which layer, and how many voxels (on the grid). Empty segments are in none.
    """

    grid: Grid
    aligned: bool
    layers: list[Labels] = field(default_factory=list)
    layer_of: dict[int, int] = field(default_factory=dict)
    voxels: dict[int, int] = field(default_factory=dict)


def label_volumes(ds: Dataset, described: Segmentation, target: Grid | None) -> LabelVolumes:
    """Return the label volumes of a segmentation. Use inside `content.reading`.

    Parameters
    ----------
    target
        Grid of the series that the segmentation refers to; None where the archive has none.

    Raises
    ------
    InvalidObject
        OBJECT_UNREADABLE, OBJECT_UNSUPPORTED, OVERLAY_TOO_LARGE.
    """
    rows, columns, count = int(ds.Rows), int(ds.Columns), int(ds.get("NumberOfFrames") or 1)
    groups = _complete(ds, described, count)
    own, where = _own(groups, rows, columns)
    fits = placing(own, target) if target is not None else None
    grid = target if target is not None and fits is not None else own
    deepest = max(segment.number for segment in described.segments)
    volume = LabelVolumes(grid, aligned=target is None or fits is not None)
    frames = _Frames(ds, rows * columns, count)
    filler = _Filler(volume, np.uint8 if deepest <= 0xFF else np.uint16, fits or Placing.same(own), columns)
    if described.kind == "LABELMAP":
        known = {segment.number for segment in described.segments}
        filler.label_map(((where[i], frames.values(i)) for i in range(count)), known)
    else:
        level = max(1, (int(ds.get("MaximumFractionalValue") or 0xFF) + 1) // 2)
        for number, indices in sorted(_by_segment(groups).items()):
            filler.segment(number, [(where[i], frames.filled(i, level)) for i in indices])
    if target is not None and fits is None:
        volume = _resampled(volume, own, target)
    return volume


def _complete(ds: Dataset, described: Segmentation, count: int) -> list[FrameGroup]:
    shared, groups = frame_groups(ds)
    if len(groups) != count:
        raise InvalidObject("OBJECT_UNREADABLE", detail="NumberOfFrames")
    numbers = {segment.number for segment in described.segments}
    for group in groups:
        group.orientation = group.orientation or shared.orientation
        group.spacing = group.spacing or shared.spacing
        group.between = group.between or shared.between or group.thickness or shared.thickness
        group.segment = shared.segment if group.segment is None else group.segment
        group.position = group.position or shared.position
        if group.position is None or group.orientation is None or group.spacing is None:
            raise InvalidObject("OBJECT_UNSUPPORTED", detail="frames without a place in space")
        if described.kind != "LABELMAP" and group.segment not in numbers:
            raise InvalidObject("OBJECT_UNREADABLE", detail="ReferencedSegmentNumber")
        if not np.allclose(group.orientation, groups[0].orientation or (), atol=1e-3):
            raise InvalidObject("OBJECT_UNSUPPORTED", detail="frames of several orientations")
    return groups


def _own(groups: list[FrameGroup], rows: int, columns: int) -> tuple[Grid, list[int]]:
    """Return the grid of the frames themselves, and which of its slices each frame is."""
    first = groups[0]
    assert first.orientation is not None
    assert first.spacing is not None
    positions = np.array([group.position for group in groups], dtype=np.float64)
    grid = even_grid(positions, first.orientation, first.spacing, first.between or 1.0, (columns, rows))
    along = (positions - grid.origin) @ grid.direction[:, 2]
    return grid, [int(np.argmin(np.abs(grid.along - value))) for value in along]


def _by_segment(groups: list[FrameGroup]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for index, group in enumerate(groups):
        found.setdefault(int(group.segment or 0), []).append(index)
    return found


class _Frames:
    """The pixels of frames, one at a time."""

    def __init__(self, ds: Dataset, pixels: int, count: int) -> None:
        self._pixels, self._bits = pixels, int(ds.BitsAllocated)
        if (
            self._bits not in (1, 8, 16)
            or int(ds.get("SamplesPerPixel") or 1) != 1
            or not 0 < pixels <= 1 << 28
        ):
            raise InvalidObject("OBJECT_UNREADABLE", detail="BitsAllocated")
        syntax = ds.file_meta.TransferSyntaxUID
        self._decoded: list[npt.NDArray[Any]] | None = None
        if syntax.is_compressed and not syntax.is_deflated:
            self._decoded = [np.asarray(frame).ravel() for frame in iter_pixels(ds, raw=True)]
            complete = len(self._decoded) >= count and all(frame.size >= pixels for frame in self._decoded)
            self._data = np.zeros(0, np.uint8)
        else:
            self._data = np.frombuffer(ds.PixelData, np.uint8)
            complete = self._data.size * 8 >= pixels * count * self._bits
            if self._bits == 16:
                big = syntax == ExplicitVRBigEndian
                self._data = self._data[: self._data.size // 2 * 2].view(">u2" if big else "<u2")
        if not complete:
            raise InvalidObject("OBJECT_UNREADABLE", detail="PixelData")

    def values(self, index: int) -> npt.NDArray[Any]:
        """Return the values of a frame, flat."""
        if self._decoded is not None:
            return self._decoded[index][: self._pixels]
        if self._bits > 1:
            return self._data[index * self._pixels : (index + 1) * self._pixels]
        start = index * self._pixels
        packed = self._data[start // 8 : -(-(start + self._pixels) // 8)]
        return np.unpackbits(packed, bitorder="little")[start % 8 : start % 8 + self._pixels]

    def filled(self, index: int, level: int) -> Indices:
        """Return the flat indices of a frame's pixels that belong to the segment."""
        if self._decoded is not None or self._bits > 1 or self._pixels % 8:
            least = level if self._bits > 1 else 1
            return np.flatnonzero(self.values(index) >= least).astype(np.int32)
        packed = self._data[index * self._pixels // 8 : (index + 1) * self._pixels // 8]
        touched = np.flatnonzero(packed).astype(np.int32)
        byte, bit = np.nonzero(np.unpackbits(packed[touched], bitorder="little").reshape(-1, 8))
        filled: Indices = touched[byte] * 8 + bit.astype(np.int32)
        return filled


class _Filler:
    """Puts segments into the first layer in which they overlap nothing."""

    def __init__(self, volume: LabelVolumes, dtype: Any, place: Placing, columns: int) -> None:
        self._volume, self._dtype, self._place, self._columns = volume, dtype, place, columns

    def segment(self, number: int, frames: list[tuple[int, Indices]]) -> None:
        placed = [
            (k, self._moved(flat)) for slice_, flat in frames if (k := self._place.slices[slice_]) is not None
        ]
        placed = [(k, flat) for k, flat in placed if flat.size]
        self._volume.voxels[number] = sum(flat.size for _, flat in placed)
        if not placed:
            return
        for layer in range(len(self._volume.layers) + 1):
            if layer == len(self._volume.layers):
                self._add()
            labels = self._volume.layers[layer]
            if not any(labels[k].reshape(-1)[flat].any() for k, flat in placed):
                for k, flat in placed:
                    labels[k].reshape(-1)[flat] = number
                self._volume.layer_of[number] = layer
                return

    def label_map(self, frames: Iterator[tuple[int, npt.NDArray[Any]]], known: set[int]) -> None:
        self._add()
        labels = self._volume.layers[0]
        for slice_, values in frames:
            k = self._place.slices[slice_]
            filled = np.flatnonzero(values).astype(np.int32)
            if k is None or not filled.size:
                continue
            if int(values.max()) not in known or not set(np.unique(values[filled]).tolist()) <= known:
                raise InvalidObject("OBJECT_UNREADABLE", detail="PixelData")
            inside, flat = self._kept(filled)
            labels[k].reshape(-1)[flat] = values[filled[inside]]
        counts = np.bincount(labels.reshape(-1))
        for number in sorted(known - {0}):
            voxels = int(counts[number]) if number < len(counts) else 0
            self._volume.voxels[number] = voxels
            if voxels:
                self._volume.layer_of[number] = 0

    def _moved(self, flat: Indices) -> Indices:
        return self._kept(flat)[1]

    def _kept(self, flat: Indices) -> tuple[Any, Indices]:
        """Return which pixels lie on the grid, and their flat indices there."""
        width, height = self._volume.grid.size[:2]
        if self._place.is_same:
            return slice(None), flat
        row, column = flat // self._columns + self._place.row, flat % self._columns + self._place.column
        inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        return inside, (row[inside] * width + column[inside]).astype(np.int32)

    def _add(self) -> None:
        shape = self._volume.grid.shape
        size = (
            int(np.prod(shape, dtype=np.int64))
            * np.dtype(self._dtype).itemsize
            * (len(self._volume.layers) + 1)
        )
        if size > MAX_BYTES:
            raise InvalidObject("OVERLAY_TOO_LARGE", size_bytes=size, limit_bytes=MAX_BYTES)
        self._volume.layers.append(np.zeros(shape, self._dtype))


def _resampled(volume: LabelVolumes, own: Grid, target: Grid) -> LabelVolumes:
    size = sum(layer.itemsize for layer in volume.layers) * int(np.prod(target.shape, dtype=np.int64))
    if size > MAX_BYTES:
        raise InvalidObject("OVERLAY_TOO_LARGE", size_bytes=size, limit_bytes=MAX_BYTES)
    layers = [lookup(layer, own, target) for layer in volume.layers]
    found = LabelVolumes(target, aligned=True, layers=layers, layer_of=volume.layer_of)
    for layer in layers:
        counts = np.bincount(layer.reshape(-1))
        found.voxels.update({n: int(counts[n]) for n in range(1, len(counts)) if counts[n]})
    found.voxels = {number: found.voxels.get(number, 0) for number in volume.voxels}
    return found
