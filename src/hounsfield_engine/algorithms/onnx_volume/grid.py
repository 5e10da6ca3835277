"""A scan on the grid that a network was trained on. Lists follow the network's axes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import SimpleITK
from numpy.typing import NDArray

from hounsfield_engine.algorithms.onnx_volume.manifest import LETTERS, Input
from hounsfield_engine.algorithms.volume import Volume

_simpleitk: Any = SimpleITK  # only partly typed
Array = NDArray[Any]
_SAME = 1e-3  # a step this near to 1 is 1


def oriented(voxels: Array, axes: str) -> Array:
    """View a (superior, posterior, left) array with its axes in the order and direction of the letters."""
    view = voxels.transpose([2 - LETTERS[letter][0] for letter in axes])
    return view[tuple(slice(None, None, LETTERS[letter][1]) for letter in axes)]


@dataclass(frozen=True)
class Grid:
    """A scan as a network sees it.

    Attributes
    ----------
    scan : (n0, n1, n2) int16 array
        HU, a view of the scan in the network's axes.
    step : (3,) float64 array
        Voxels of the scan for one of the network.
    shape
        Voxels of the network. The outer faces of both grids' first voxels coincide.
    """

    scan: NDArray[np.int16]
    step: NDArray[np.float64]
    shape: tuple[int, int, int]
    window: tuple[float, float] | None
    scale: float  # the network's number is HU times `scale` plus `shift`
    shift: float

    @property
    def first(self) -> NDArray[np.float64]:
        """(3,) index in the scan of the network's first voxel."""
        return (self.step - 1) / 2

    def planes(self, begin: int, end: int, padded: Sequence[int]) -> NDArray[np.float32]:
        """Read planes of the first axis as the network wants them.

        Returns
        -------
        (end - begin, padded[1], padded[2]) array
            Resampled, windowed and normalised; beyond the scan, the lowest value that occurs.
        """
        inside = min(end, self.shape[0])
        low, high = self._source(begin, inside)
        found = self._prepared(self._resampled(self.scan[low:high], low, begin, inside))
        behind = [(0, end - inside), *((0, padded[axis] - self.shape[axis]) for axis in (1, 2))]
        if not any(space for _, space in behind):
            return found
        return np.pad(found, behind, constant_values=self._prepared(self._air())[0])

    def _source(self, begin: int, end: int) -> tuple[int, int]:
        """The planes of the scan between which the network's planes lie."""
        reach = self.first[0] + self.step[0] * np.array([begin, end - 1])
        last = self.scan.shape[0] - 1
        low, high = np.clip([np.floor(reach[0]), np.ceil(reach[1])], 0, last).astype(int)
        return int(low), int(high) + 1

    def _resampled(self, source: Array, low: int, begin: int, end: int) -> NDArray[np.float32]:
        if (self.step == 1).all():
            return source.astype(np.float32)
        size = (end - begin, *self.shape[1:])
        origin = self.first + self.step * [begin, 0, 0] - [low, 0, 0]
        return _resample(source, size, origin, self.step)

    def _air(self) -> NDArray[np.float32]:
        return np.array([-1024.0 if self.window is None else self.window[0]], np.float32)

    def _prepared(self, hu: NDArray[np.float32]) -> NDArray[np.float32]:
        if self.window is not None:
            np.clip(hu, *self.window, out=hu)
        hu *= np.float32(self.scale)
        hu += np.float32(self.shift)
        return hu

    def positions(self, axis: int) -> NDArray[np.float64]:
        """Index in the network's grid of each voxel of the scan along an axis, kept within the grid."""
        places = (np.arange(self.scan.shape[axis]) - self.first[axis]) / self.step[axis]
        return np.clip(places, 0, self.shape[axis] - 1)


def grid_of(volume: Volume, wanted: Input) -> Grid:
    """Lay the network's grid over a scan in canonical axes."""
    scan = oriented(volume.voxels, wanted.axes)
    spacing = np.array([volume.spacing[2 - LETTERS[letter][0]] for letter in wanted.axes])
    step = np.ones(3) if wanted.spacing_mm is None else np.array(wanted.spacing_mm) / spacing
    if np.abs(step - 1).max() < _SAME:
        step = np.ones(3)
    first, second, third = (max(1, round(n / s)) for n, s in zip(scan.shape, step, strict=True))
    scale, shift = _linear(wanted)
    return Grid(scan, step, (first, second, third), wanted.window_hu, scale, shift)


def _linear(wanted: Input) -> tuple[float, float]:
    how = wanted.normalise
    if how.kind == "zscore":
        return 1 / how.std, -how.mean / how.std
    if how.kind == "range" and wanted.window_hu is not None:
        low, high = wanted.window_hu
        scale = (how.high - how.low) / (high - low)
        return scale, how.low - low * scale
    return 1.0, 0.0


def _resample(
    source: Array, size: Sequence[int], origin: NDArray[np.float64], step: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Interpolate `source` linearly at ``origin + step * index``; beyond its rim its outermost voxels go on."""
    image = _simpleitk.GetImageFromArray(np.ascontiguousarray(source))  # spacing 1, first voxel at 0
    resampler = _simpleitk.ResampleImageFilter()
    resampler.SetSize([int(side) for side in reversed(size)])  # SimpleITK counts x, y, z
    resampler.SetOutputOrigin(origin[::-1].tolist())
    resampler.SetOutputSpacing(step[::-1].tolist())
    resampler.SetInterpolator(_simpleitk.sitkLinear)
    resampler.SetOutputPixelType(_simpleitk.sitkFloat32)
    resampler.SetUseNearestNeighborExtrapolator(True)
    return _simpleitk.GetArrayFromImage(resampler.Execute(image))
