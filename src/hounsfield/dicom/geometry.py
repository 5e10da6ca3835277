"""How the slices of a series lie in space (PS3.3 C.7.6.2, C.7.6.1.1). Patient coordinates (LPS), millimetres."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median_low

import numpy as np
import numpy.typing as npt

from hounsfield.dicom.attributes import InstanceHeader, Vector6

ROUNDING_MM = 0.01  # to which devices round positions
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What still counts as one even grid, and why.

    Attributes
    ----------
    direction
        Largest difference of a direction cosine. Devices write six decimals; 0.001 turns the far edge of a 500 mm
        image by half a millimetre, less than a pixel.
    pixel_spacing
        Relative. 0.1 % is half a pixel at the edge of 512.
    gap
        Deviation of one gap from the slice spacing, relative, but never less than `gap_mm`.
    gap_mm
        Positions are often rounded to 0.01 mm, which puts both ends of a gap off by half of it.
    drift
        Deviation of a slice from the even grid, relative to the slice spacing: small gaps must not add up.
    lateral_pixels
        Sideways shift across the whole stack, in pixels. Up to one, each voxel stays where the grid says.
    same_position
        Relative to the slice spacing: closer slices are at the same position.
    """

    direction: float = 1e-3
    pixel_spacing: float = 1e-3
    gap: float = 0.05
    gap_mm: float = 0.02
    drift: float = 0.2
    lateral_pixels: float = 1.0
    same_position: float = 0.05


@dataclass(frozen=True, slots=True)
class Stack:
    """Slices in ascending position along their normal.

    Attributes
    ----------
    order
        Index of each slice in what was given.
    positions
        Centre of the first voxel of each slice, shape (slices, 3), in order.
    normal
        Unit vector, row direction × column direction.
    along
        Position of each slice along the normal, shape (slices,).
    """

    order: tuple[int, ...]
    positions: Floats
    normal: Floats
    along: Floats

    @property
    def gaps(self) -> Floats:
        """Distance from each slice to the next, shape (slices - 1,)."""
        return np.diff(self.along)

    @property
    def axis(self) -> str:
        """Name of the patient axis closest to the normal: x, y or z."""
        return "xyz"[int(np.argmax(np.abs(self.normal)))]

    def coordinate(self, index: int) -> float:
        """Return the coordinate of a slice on `axis`, as the device's screen shows it."""
        return float(self.positions[index]["xyz".index(self.axis)])


def is_orthonormal(orientation: Vector6, tolerance: float) -> bool:
    """Tell whether ImageOrientationPatient holds two unit vectors at a right angle."""
    row, column = np.array(orientation[:3]), np.array(orientation[3:])
    return bool(
        abs(np.linalg.norm(row) - 1) <= tolerance
        and abs(np.linalg.norm(column) - 1) <= tolerance
        and abs(row @ column) <= tolerance
    )


def same(first: Sequence[float], second: Sequence[float], tolerance: float) -> bool:
    """Tell whether no component differs by more than the tolerance."""
    return all(abs(a - b) <= tolerance for a, b in zip(first, second, strict=True))


def stack(headers: Sequence[InstanceHeader]) -> Stack:
    """Sort slices of equal orientation along their normal; equal positions keep the order of their InstanceNumber.

    Every header has ImagePositionPatient and ImageOrientationPatient.
    """
    orientation = headers[0].ImageOrientationPatient
    assert orientation is not None
    normal = np.cross(orientation[:3], orientation[3:])
    normal /= np.linalg.norm(normal)
    positions = np.array([header.ImagePositionPatient for header in headers], dtype=np.float64)
    along = positions @ normal
    numbers = np.array([header.InstanceNumber or 0 for header in headers])
    order = np.lexsort((numbers, np.round(along, 3)))
    return Stack(tuple(int(i) for i in order), positions[order], normal, along[order])


def slice_spacing(along: Floats) -> float:
    """Return the spacing that most neighbours have, in mm; 0 where all slices are at one position.

    The median is not moved by missing slices as long as less than half of the gaps are affected. Gaps within the
    rounding of positions, between slices at the same position, do not count.
    """
    gaps = np.diff(along)
    real = [float(gap) for gap in gaps if gap > ROUNDING_MM]
    return median_low(real) if real else 0.0


def is_even(along: Floats, spacing: float, tolerance: Tolerance) -> bool:
    """Tell whether positions form one even grid."""
    gaps = np.diff(along)
    if np.any(np.abs(gaps - spacing) > max(tolerance.gap * spacing, tolerance.gap_mm)):
        return False
    grid = np.linspace(along[0], along[-1], len(along))
    return bool(np.all(np.abs(along - grid) <= tolerance.drift * spacing))


def missing_in(gap: float, spacing: float, tolerance: Tolerance) -> int | None:
    """Return how many slices are missing in a gap (0 for none), or None when no whole number of them fits."""
    steps = round(gap / spacing)
    allowed = max(tolerance.gap * spacing, tolerance.gap_mm) * max(1, steps)
    return steps - 1 if steps >= 1 and abs(gap - steps * spacing) <= min(allowed, 0.3 * spacing) else None


def lateral(stacked: Stack) -> tuple[float, float]:
    """Return how far slices move sideways across the stack (mm), and the tilt that explains it (degrees).

    The tilt is 0 where the shift does not grow evenly with the position, that is, where it is no tilt.
    """
    rise = stacked.along - stacked.along[0]
    sideways = stacked.positions - stacked.positions[0] - np.outer(rise, stacked.normal)
    largest = float(np.linalg.norm(sideways, axis=1).max())
    slope = sideways[-1] / rise[-1]
    residual = float(np.linalg.norm(sideways - np.outer(rise, slope), axis=1).max())
    tilted = residual <= 0.1 * largest
    return largest, math.degrees(math.atan(float(np.linalg.norm(slope)))) if tilted else 0.0
