"""A mark on an image as documents carry it, and the plane it lies in (PS3.3 C.7.6.2, C.18.6, C.18.9)."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from hounsfield.dicom.attributes import InstanceHeader, Vector3

Floats = npt.NDArray[np.float64]
ON_PLANE_MM = 0.05  # a mark this close to an image's plane lies on it


@dataclass(frozen=True, slots=True)
class Value:
    """A number of a measurement as its document gives it."""

    name: str
    scheme: str
    meaning: str
    value: float
    unit: str
    derivation: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """One measurement or remark.

    Attributes
    ----------
    tool
        length, angle, area, ellipse, rectangle, arrow, text, probe; `segment` for numbers about a segment, without points.
    points
        LPS mm, (x, y, z) each. Of an image without a place in space: (column, row) times spacing from the centre of its
        first pixel, 0.
    frame
        From 1, as in DICOM.
    stats
        mean, std, min, max, area_mm2, length_mm, angle_deg, as far as known.
    segment
        (SOPInstanceUID, segment number) that the numbers are about.
    """

    tool: str
    points: tuple[Vector3, ...]
    tracking_uid: str
    series_uid: str | None = None
    sop_uid: str | None = None
    frame: int | None = None
    frame_of_reference_uid: str | None = None
    label: str = ""
    text: str = ""
    stats: dict[str, float] = field(default_factory=dict)
    values: tuple[Value, ...] = ()
    segment: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """Where the pixels of an image lie.

    Attributes
    ----------
    origin
        Centre of the first pixel, LPS mm, shape (3,).
    along
        Step from a pixel to the next column and to the next row, LPS mm, shape (2, 3).
    placed
        False where the image says nothing of its place in the patient: then x and y are along its rows and columns.
    """

    origin: Floats
    along: Floats
    placed: bool

    @classmethod
    def of(cls, header: InstanceHeader) -> "Plane":
        """Return the plane of a single-frame image."""
        rows, columns = header.PixelSpacing or (1.0, 1.0)
        position, orientation = header.ImagePositionPatient, header.ImageOrientationPatient
        # of an image with several frames the header does not say where each one lies
        if position is None or orientation is None or (header.NumberOfFrames or 1) > 1:
            return cls(np.zeros(3), np.array([[columns, 0.0, 0.0], [0.0, rows, 0.0]]), placed=False)
        axes = np.array(orientation, dtype=np.float64).reshape(2, 3)
        return cls(np.array(position, dtype=np.float64), axes * [[columns], [rows]], placed=True)

    def pixels(self, points: Any) -> Floats | None:
        """Return (column, row) of points, the corner of the first pixel being (0, 0); None where one is off the plane."""
        relative = np.asarray(points, dtype=np.float64) - self.origin
        solved, _, rank, _ = np.linalg.lstsq(self.along.T, relative.T, rcond=None)
        if rank < 2 or np.abs(self.along.T @ solved - relative.T).max() > ON_PLANE_MM:
            return None
        return np.asarray(solved.T + 0.5, dtype=np.float64)

    def patient(self, pixels: Any) -> list[Vector3]:
        """Return the LPS positions of (column, row) pairs."""
        placed = self.origin + (np.asarray(pixels, dtype=np.float64) - 0.5) @ self.along
        return [(float(x), float(y), float(z)) for x, y, z in placed]


def is_rectangle(points: Any, tolerance: float = 1e-2) -> bool:
    """Tell whether four points, in order, are the corners of a rectangle (relative to its size)."""
    corners = np.asarray(points, dtype=np.float64)
    if len(corners) != 4:
        return False
    sides = np.roll(corners, -1, axis=0) - corners
    size = float(np.linalg.norm(sides, axis=1).max())
    if size == 0 or np.linalg.norm(sides, axis=1).min() < 1e-6 * size:
        return False
    closed = np.abs(sides[0] + sides[2]).max() <= tolerance * size
    return bool(closed and abs(sides[0] @ sides[1]) <= tolerance * size**2)


def length_of(points: Any) -> float:
    """Return the length of a line through points, mm."""
    return float(np.linalg.norm(np.diff(np.asarray(points, dtype=np.float64), axis=0), axis=1).sum())


def angle_of(points: Any) -> float:
    """Return the angle at the middle of three points, or between the lines of two pairs (Cobb, at most 90), degrees."""
    given = np.asarray(points, dtype=np.float64)
    first, second = (
        (given[0] - given[1], given[2] - given[1])
        if len(given) == 3
        else (given[1] - given[0], given[3] - given[2])
    )
    lengths = float(np.linalg.norm(first) * np.linalg.norm(second))
    if lengths == 0:
        return 0.0
    angle = float(np.degrees(np.arccos(np.clip(first @ second / lengths, -1.0, 1.0))))
    return min(angle, 180.0 - angle) if len(given) == 4 else angle
