"""Where the voxels of a series' volume lie, and how one grid is looked up in another. LPS, millimetres, axes x, y, z."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hounsfield.dicom.attributes import InstanceHeader, Vector3
from hounsfield.dicom.errors import InvalidObject
from hounsfield.dicom.geometry import slice_spacing, stack

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A stack of slices.

    Attributes
    ----------
    size
        Columns, rows, slices.
    spacing
        Between columns, rows and slices, mm.
    origin
        Centre of the first voxel of the first slice.
    direction
        Unit vectors along rows, columns and slices as columns, shape (3, 3).
    along
        Position of each slice along the normal, relative to the first, ascending, mm. Slices need not be evenly spaced.
    """

    size: tuple[int, int, int]
    spacing: Vector3
    origin: Floats
    direction: Floats
    along: Floats

    @property
    def shape(self) -> tuple[int, int, int]:
        """Slices, rows, columns: the shape of an array on this grid."""
        return self.size[2], self.size[1], self.size[0]

    def described(self) -> dict[str, Any]:
        """Return the grid as the API gives it; `direction` holds the three unit vectors one after the other."""
        return {
            "size": list(self.size),
            "spacing": [float(value) for value in self.spacing],
            "origin": [float(value) for value in self.origin],
            "direction": [float(value) for value in self.direction.T.ravel()],
        }


def grid_of(headers: Sequence[InstanceHeader]) -> tuple[Grid, tuple[int, ...]]:
    """Return the grid of a series of single slices and the order of its slices, ascending along the normal.

    Raises
    ------
    InvalidObject
        SEGMENTATION_UNFIT: the slices have no place in space, or are not one stack.
    """
    placed = [
        h for h in headers if h.ImagePositionPatient and h.ImageOrientationPatient and h.Rows and h.Columns
    ]
    if not placed or len(placed) != len(headers) or any((h.NumberOfFrames or 1) > 1 for h in headers):
        raise InvalidObject("SEGMENTATION_UNFIT", detail="the series is no stack of slices")
    first = placed[0]
    if any((h.Rows, h.Columns) != (first.Rows, first.Columns) for h in placed) or not all(
        np.allclose(h.ImageOrientationPatient or (), first.ImageOrientationPatient or (), atol=1e-3)
        for h in placed
    ):
        raise InvalidObject("SEGMENTATION_UNFIT", detail="the slices differ in size or orientation")
    stacked = stack(placed)
    orientation = np.array(first.ImageOrientationPatient, dtype=np.float64)
    rows, columns = first.PixelSpacing or (1.0, 1.0)
    between = slice_spacing(stacked.along) or first.SliceThickness or 1.0
    direction = np.column_stack([orientation[:3], orientation[3:], stacked.normal])
    return (
        Grid(
            size=(int(first.Columns or 0), int(first.Rows or 0), len(placed)),
            spacing=(float(columns), float(rows), float(between)),
            origin=stacked.positions[0],
            direction=direction,
            along=stacked.along - stacked.along[0],
        ),
        stacked.order,
    )


def even_grid(
    positions: Floats,
    orientation: Sequence[float],
    spacing: tuple[float, float],
    between: float,
    size: tuple[int, int],
) -> Grid:
    """Return the grid of frames at these positions (any order, equal ones count once); `size` is columns, rows."""
    axes = np.array(orientation, dtype=np.float64)
    if axes.shape != (6,) or not np.isfinite(axes).all() or not np.isfinite(positions).all():
        raise InvalidObject("OBJECT_UNREADABLE", detail="ImageOrientationPatient")
    normal = np.cross(axes[:3], axes[3:])
    length = float(np.linalg.norm(normal))
    if abs(length - 1) > 1e-2 or min(spacing) <= 0:
        raise InvalidObject("OBJECT_UNREADABLE", detail="ImageOrientationPatient")
    along = np.unique(np.round(positions @ (normal / length), 3))
    first = positions[int(np.argmin(positions @ normal))]
    step = slice_spacing(along) or between
    return Grid(
        size=(size[0], size[1], len(along)),
        spacing=(spacing[1], spacing[0], step if step > 0 else 1.0),
        origin=first,
        direction=np.column_stack([axes[:3], axes[3:], normal / length]),
        along=along - along[0],
    )
