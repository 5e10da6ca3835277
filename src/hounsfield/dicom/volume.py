"""A scalar volume and its place in the patient."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hounsfield.dicom.attributes import Vector3
from hounsfield.dicom.errors import InvalidVolume

_ORTHONORMAL = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """A regular grid of values.

    Attributes
    ----------
    voxels
        Values, shape (z, y, x).
    origin
        Centre of voxel [0, 0, 0], LPS mm.
    spacing
        Distance of neighbouring voxels (x, y, z), mm.
    direction
        Columns are the unit vectors along x, y and z in LPS, shape (3, 3), orthonormal. Either handedness.

    Raises
    ------
    InvalidVolume
        VOLUME_UNFIT: not three-dimensional, empty, or the axes are not at right angles.
    """

    voxels: npt.NDArray[Any]
    origin: Vector3
    spacing: Vector3
    direction: npt.NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.voxels.ndim != 3 or 0 in self.voxels.shape:
            raise InvalidVolume("VOLUME_UNFIT", reason="shape")
        if not all(0 < step < 1e6 for step in self.spacing):
            raise InvalidVolume("VOLUME_UNFIT", reason="spacing")
        gram = self.direction.T @ self.direction
        if self.direction.shape != (3, 3) or not np.allclose(gram, np.eye(3), atol=_ORTHONORMAL):
            raise InvalidVolume("VOLUME_UNFIT", reason="direction")

    def position(self, index: int) -> Vector3:
        """Return the centre of the first voxel of slice `index`, LPS mm."""
        x, y, z = (float(v) for v in self.origin + self.direction[:, 2] * (self.spacing[2] * index))
        return x, y, z
