"""How a stack of frames lies on another one: by whole voxels where it does, else by the nearest."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hounsfield.dicom.grids import Grid

_OFF = 0.1  # voxels: what rounding in the positions of both explains


@dataclass(frozen=True, slots=True)
class Placing:
    """By how many rows and columns a stack is shifted on another, and which slice each of its slices is (None: outside)."""

    row: int
    column: int
    slices: tuple[int | None, ...]
    is_same: bool

    @classmethod
    def same(cls, grid: Grid) -> "Placing":
        return cls(0, 0, tuple(range(grid.size[2])), is_same=True)


def placing(own: Grid, target: Grid) -> Placing | None:
    """Return how one stack lies on another, or None where its voxels are not voxels of the other."""
    if not np.allclose(own.direction, target.direction, atol=1e-3):
        return None
    if not np.allclose(own.spacing[:2], target.spacing[:2], rtol=1e-3):
        return None
    shift = target.direction.T @ (own.origin - target.origin)
    column, row = shift[0] / target.spacing[0], shift[1] / target.spacing[1]
    if abs(column - round(column)) > _OFF or abs(row - round(row)) > _OFF:
        return None
    slices: list[int | None] = []
    last = target.along[-1]
    for value in own.along + shift[2]:
        nearest = int(np.argmin(np.abs(target.along - value)))
        if abs(target.along[nearest] - value) <= _OFF * target.spacing[2]:
            slices.append(nearest)
        elif value < -0.5 * target.spacing[2] or value > last + 0.5 * target.spacing[2]:
            slices.append(None)
        else:
            return None
    moved = (round(row), round(column))
    same = moved == (0, 0) and own.size[:2] == target.size[:2]
    return Placing(moved[0], moved[1], tuple(slices), is_same=same)


def lookup(volume: npt.NDArray[Any], own: Grid, target: Grid) -> npt.NDArray[Any]:
    """Return a volume on another grid, each voxel that of the nearest one, 0 outside."""
    slices, rows, columns = target.shape
    scale = np.array([own.spacing[0], own.spacing[1], 1.0])  # slices are looked up by their position
    turn = own.direction.T @ target.direction
    start = own.direction.T @ (target.origin - own.origin)
    found = np.zeros(target.shape, volume.dtype)
    step = turn @ np.diag([target.spacing[0], target.spacing[1], 1.0])
    i, j = np.arange(columns), np.arange(rows)
    for k in range(slices):
        base = start + step[:, 2] * target.along[k]
        # for every pixel of the slice: column, row and position along the normal in the other grid
        x, y, z = (
            (base[axis] + step[axis, 0] * i[None, :] + step[axis, 1] * j[:, None]) / scale[axis]
            for axis in range(3)
        )
        column, row = np.rint(x).astype(np.int64), np.rint(y).astype(np.int64)
        depth, near = _nearest(own, z)
        inside = near & (column >= 0) & (column < own.size[0]) & (row >= 0) & (row < own.size[1])
        found[k][inside] = volume[depth[inside], row[inside], column[inside]]
    return found


def _nearest(own: Grid, along: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return the slices closest to positions along the normal, and whether they are within half a step."""
    positions = own.along
    after = np.clip(np.searchsorted(positions, along), 1, max(len(positions) - 1, 1))
    if len(positions) == 1:
        index = np.zeros(along.shape, np.int64)
    else:
        before = after - 1
        closer = np.abs(along - positions[before]) <= np.abs(positions[after] - along)
        index = np.where(closer, before, after)
    return index, np.abs(along - positions[index]) <= 0.5 * own.spacing[2] + 1e-6
