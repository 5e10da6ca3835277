"""Label maps as NIfTI-1 (nifti1.h, https://nifti.nimh.nih.gov/nifti-1)."""

import gzip
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from hounsfield_engine.algorithms.volume import Affine

_HEADER_SIZE, _DATA_AT = 348, 352
_UINT8 = 2
_MM = 2
_SCANNER = 1  # the code of coordinates in the scanner's room
_LABELS = 1002  # intent: values are names of structures
_RAS_FROM_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
_STRAIGHT = 1e-4  # deviation of axes from right angles that a rotation may hide


def write_labels(labels: NDArray[np.uint8], affine: Affine, path: Path, title: str) -> None:
    """Write a gzipped label map; the same map gives the same bytes.

    Parameters
    ----------
    labels
        (z, y, x).
    affine
        (4, 4), index (x, y, z) → LPS mm. The file says RAS mm, as the format wants it.
    title
        At most 79 ASCII characters are kept.
    """
    ras = _RAS_FROM_LPS @ affine
    with path.open("wb") as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
        packed.write(_header(labels.shape[::-1], ras, title))
        for plane in labels:
            packed.write(np.ascontiguousarray(plane).data)


def _header(shape: tuple[int, ...], ras: Affine, title: str) -> bytes:
    spacing = np.linalg.norm(ras[:3, :3], axis=0)
    code, handedness, quaternion = _rotation(ras[:3, :3] / spacing)
    head = bytearray(_DATA_AT)
    struct.pack_into("<i", head, 0, _HEADER_SIZE)
    struct.pack_into("<8h", head, 40, 3, *shape, 1, 1, 1, 1)
    struct.pack_into("<4h", head, 68, _LABELS, _UINT8, 8, 0)
    struct.pack_into("<8f", head, 76, handedness, *spacing, 0, 0, 0, 0)
    struct.pack_into("<3f", head, 108, _DATA_AT, 1, 0)
    struct.pack_into("<B", head, 123, _MM)
    struct.pack_into("<80s", head, 148, title.encode("ascii", "replace")[:79])
    struct.pack_into("<2h", head, 252, code, _SCANNER)
    struct.pack_into("<6f", head, 256, *quaternion, *ras[:3, 3])
    struct.pack_into("<12f", head, 280, *ras[:3].ravel())
    struct.pack_into("<4s", head, 344, b"n+1\0")
    return bytes(head)


def _rotation(columns: NDArray[np.float64]) -> tuple[int, float, NDArray[np.float64]]:
    """The qform: its code, its handedness and three parts of its quaternion; code 0 where the axes are sheared."""
    if np.abs(columns.T @ columns - np.eye(3)).max() > _STRAIGHT:
        return 0, 1.0, np.zeros(3)
    handedness = 1.0 if np.linalg.det(columns) > 0 else -1.0
    turn = Rotation.from_matrix(columns * [1, 1, handedness]).as_quat(canonical=True)
    return _SCANNER, handedness, turn[:3]
