"""NIfTI-1 single files (`.nii`, `.nii.gz`), read into a `Volume` (nifti1.h, https://nifti.nimh.nih.gov/nifti-1)."""

import gzip
import zlib
from pathlib import Path
from struct import Struct
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from hounsfield.dicom.attributes import Vector3
from hounsfield.dicom.errors import InvalidVolume
from hounsfield.dicom.volume import Volume

_HEADER_SIZE: Final = 348
_MOST_BYTES: Final = 4 << 30
# datatype code → numpy type; complex and colour types are no volumes of one value
_TYPES: Final = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4"}
_ROUNDING: Final = 3 * float(np.finfo(np.float32).eps)  # of a stored quaternion
_LPS_FROM_RAS: Final = np.diag([-1.0, -1.0, 1.0, 1.0])


class _Header(NamedTuple):
    shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    offset: int
    slope: float
    intercept: float
    affine: npt.NDArray[np.float64]  # voxel (i, j, k) → RAS mm


def read(path: Path) -> Volume:
    """Read a volume.

    Parameters
    ----------
    path
        A `.nii` or gzipped `.nii.gz` file, of either byte order.

    Returns
    -------
    Volume
        Stored type where the file has no scaling, else float64. The sform is preferred over the qform.

    Raises
    ------
    InvalidVolume
        NIFTI_INVALID: not NIfTI-1, cut off, or not a three-dimensional grid of numbers.
    """
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path) if packed else path.open("rb") as stream:
            header = _parse(stream.read(_HEADER_SIZE))
            stream.seek(header.offset)
            size = int(np.prod(header.shape)) * header.dtype.itemsize
            data = stream.read(size)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InvalidVolume("NIFTI_INVALID", reason="truncated") from error
    if len(data) != size:
        raise InvalidVolume("NIFTI_INVALID", reason="truncated")
    stored = np.frombuffer(data, dtype=header.dtype).reshape(header.shape[::-1])  # x runs fastest
    voxels = stored.astype(header.dtype.newbyteorder("="))
    if header.slope not in (0.0, 1.0) or header.intercept != 0.0:
        voxels = voxels * (header.slope or 1.0) + header.intercept
    return _place(voxels, header.affine)


def _place(voxels: npt.NDArray[Any], ras: npt.NDArray[np.float64]) -> Volume:
    affine = _LPS_FROM_RAS @ ras
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    if not np.all(np.isfinite(affine)) or not np.all(spacing > 0):
        raise InvalidVolume("NIFTI_INVALID", reason="direction")
    return Volume(voxels, _vector(affine[:3, 3]), _vector(spacing), affine[:3, :3] / spacing)


def _parse(head: bytes) -> _Header:
    if len(head) != _HEADER_SIZE or head[344:348] != b"n+1\0":
        raise InvalidVolume("NIFTI_INVALID", reason="format")
    order = "<" if head[:4] == _HEADER_SIZE.to_bytes(4, "little") else ">"
    rank, *sizes = Struct(f"{order}8h").unpack_from(head, 40)
    if not 3 <= rank <= 7 or any(size != 1 for size in sizes[3:rank]) or min(sizes[:3]) < 1:
        raise InvalidVolume("NIFTI_INVALID", reason="shape")
    (code,) = Struct(f"{order}h").unpack_from(head, 70)
    if code not in _TYPES:
        raise InvalidVolume("NIFTI_INVALID", reason="type")
    dtype = np.dtype(_TYPES[code]).newbyteorder("<" if order == "<" else ">")
    if sizes[0] * sizes[1] * sizes[2] * dtype.itemsize > _MOST_BYTES:
        raise InvalidVolume("NIFTI_INVALID", reason="shape")
    offset, slope, intercept = Struct(f"{order}3f").unpack_from(head, 108)
    if not _HEADER_SIZE <= offset < 1 << 20 or not np.isfinite([slope, intercept]).all():
        raise InvalidVolume("NIFTI_INVALID", reason="format")
    shape = (sizes[0], sizes[1], sizes[2])
    return _Header(shape, dtype, int(offset), slope, intercept, _affine(head, order, shape))


def _affine(head: bytes, order: str, shape: tuple[int, int, int]) -> npt.NDArray[np.float64]:
    qform_code, sform_code = Struct(f"{order}2h").unpack_from(head, 252)
    factor, *steps = Struct(f"{order}4f").unpack_from(head, 76)
    affine = np.eye(4)
    if sform_code > 0:
        affine[:3] = np.array(Struct(f"{order}12f").unpack_from(head, 280)).reshape(3, 4)
    elif qform_code > 0:
        b, c, d, *offsets = Struct(f"{order}6f").unpack_from(head, 256)
        steps[2] *= -1.0 if factor < 0 else 1.0
        affine[:3, :3] = _rotation(b, c, d) * np.array(steps)
        affine[:3, 3] = offsets
    else:  # no orientation known: axes as stored, centred, x mirrored, as other readers do
        affine[:3, :3] = np.diag([-steps[0], steps[1], steps[2]])
        affine[:3, 3] = -affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    return affine


def _rotation(b: float, c: float, d: float) -> npt.NDArray[np.float64]:
    """Return the rotation of a unit quaternion whose real part is not stored."""
    square = 1.0 - (b * b + c * c + d * d)
    a = np.sqrt(square) if square > _ROUNDING else 0.0
    return np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
    )


def _vector(values: npt.NDArray[np.float64]) -> Vector3:
    x, y, z = (float(value) for value in values)
    return x, y, z
