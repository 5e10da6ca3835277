"""A scalar volume with its place in the patient."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Affine = NDArray[np.float64]
Mask = NDArray[np.bool_]
Box = tuple[slice, slice, slice]


@dataclass(frozen=True)
class Volume:
    """Voxels and the affine that places them.

    Attributes
    ----------
    voxels : (z, y, x) int16 array
        Hounsfield units.
    affine : (4, 4) float64 array
        Maps the index ``(x, y, z, 1)`` of a voxel centre to DICOM patient coordinates (LPS) in mm. It may be oblique,
        left-handed or sheared (gantry tilt).
    """

    voxels: NDArray[np.int16]
    affine: Affine

    @property
    def spacing(self) -> NDArray[np.float64]:
        """(3,) distance between neighbouring voxel centres along z, y, x in mm."""
        return np.linalg.norm(self.affine[:3, :3], axis=0)[::-1]

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel in millilitres."""
        return abs(float(np.linalg.det(self.affine[:3, :3]))) / 1000

    def canonical(self) -> "Volume":
        """The same voxels with z, y, x running as near as can be to superior, posterior, left.

        Axes are permuted and flipped, never resampled: no voxel moves in the patient.
        """
        columns = self.affine[:3, :3] / np.linalg.norm(self.affine[:3, :3], axis=0)
        order = _dominant_axes(np.abs(columns))
        affine = self.affine.copy()
        affine[:, :3] = affine[:, order]
        voxels = self.voxels.transpose([2 - order[2 - axis] for axis in range(3)])
        for column in range(3):
            if affine[column, column] < 0:
                axis = 2 - column
                affine[:3, 3] += affine[:3, column] * (voxels.shape[axis] - 1)
                affine[:3, column] *= -1
                voxels = np.flip(voxels, axis)
        return Volume(np.ascontiguousarray(voxels), affine)


def _dominant_axes(weights: NDArray[np.float64]) -> list[int]:
    """For each patient axis (L, P, S) the index axis (x, y, z) that runs along it, each used once."""
    order = [-1, -1, -1]
    weights = weights.copy()
    for _ in range(3):
        patient, index = np.unravel_index(np.argmax(weights), weights.shape)
        order[int(patient)] = int(index)
        weights[patient, :] = -1
        weights[:, index] = -1
    return order


def bounding_box(mask: Mask) -> Box | None:
    """The smallest (z, y, x) box that holds every true voxel, or None when there is none."""
    planes = np.asarray(mask.any(axis=2))
    spans = [np.flatnonzero(planes.any(axis=1)), np.flatnonzero(planes.any(axis=0))]
    if not len(spans[0]):
        return None
    rows = slice(int(spans[0][0]), int(spans[0][-1]) + 1)
    spans.append(np.flatnonzero(mask[rows].any(axis=(0, 1))))
    z, y, x = (slice(int(span[0]), int(span[-1]) + 1) for span in spans)
    return z, y, x
