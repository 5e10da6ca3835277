"""Reading binary STL far enough to know what it is: triangles, volume, area, closed or not."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hounsfield.models3d.errors import InvalidStl

_HEADER, _RECORD = 84, 50
MAX_TRIANGLES = 20_000_000
_TRIANGLE = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


@dataclass(frozen=True)
class Measured:
    """What a mesh measures; lengths in the file are millimetres."""

    triangles: int
    volume_ml: float
    area_cm2: float
    watertight: bool


def measure(path: Path, file_name: str) -> Measured:
    """Measure a binary STL file.

    The volume is the sum of signed tetrahedra to the origin; a mesh is watertight when each edge is used once in each
    direction.

    Raises
    ------
    InvalidStl
        The length does not fit the triangle count, or coordinates are not finite.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        header = file.read(_HEADER)
    count = int.from_bytes(header[80:84], "little")
    if len(header) < _HEADER or size != _HEADER + count * _RECORD or not 0 < count <= MAX_TRIANGLES:
        raise InvalidStl(file_name=file_name)
    corners = np.fromfile(path, dtype=_TRIANGLE, offset=_HEADER)["corners"].astype(np.float64)
    if not np.isfinite(corners).all():
        raise InvalidStl(file_name=file_name)
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    cross = np.cross(b - a, c - a)
    volume = float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6.0)
    return Measured(
        triangles=count,
        volume_ml=abs(volume) / 1000.0,
        area_cm2=float(np.linalg.norm(cross, axis=1).sum() / 2.0 / 100.0),
        watertight=_is_closed(corners),
    )


def _is_closed(corners: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> bool:
    """Tell whether every directed edge has exactly one partner in the other direction."""
    _, index = np.unique(corners.reshape(-1, 3), axis=0, return_inverse=True)
    faces = index.reshape(-1, 3).astype(np.int64)
    start, end = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    points = int(faces.max()) + 1
    forward, backward = np.sort(start * points + end), np.sort(end * points + start)
    return bool((forward == backward).all() and (np.diff(forward) != 0).all() and (start != end).all())
