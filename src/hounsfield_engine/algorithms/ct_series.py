"""Reading a CT series from DICOM files, however they are compressed and ordered."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK
from numpy.typing import NDArray

from hounsfield_engine.algorithms.volume import Volume
from hounsfield_engine.sdk import UserFacing

_simpleitk: Any = SimpleITK  # only partly typed

AIR_HU = -1024
_INT16_MAX = 32767
_GAP_TOLERANCE = 0.1  # of the median distance between slices
_DIRECTION_TOLERANCE = 1e-3  # per cosine
_SPACING_TOLERANCE = 1e-3  # mm


@dataclass(frozen=True)
class _Slice:
    path: Path
    modality: str
    series: str
    frames: int
    position: NDArray[np.float64]
    orientation: NDArray[np.float64]
    pixel_spacing: NDArray[np.float64]
    shape: tuple[int, int]


def read_ct_series(folder: Path, report: Callable[[float], None] = lambda _: None) -> Volume:
    """Read every file of a folder as one CT volume.

    Slices are ordered by their position along the slice normal, whatever the files are called. The slice axis is the
    measured step between first and last slice, so a gantry tilt becomes a shear of the affine (PS3.3 C.7.6.2.1.1).

    Parameters
    ----------
    folder
        Holds single-frame CT slices: uncompressed, RLE, JPEG, JPEG-LS or JPEG 2000.
    report
        Called with the share done, 0–1.

    Returns
    -------
    Volume
        HU as int16, clipped below at −1024 (padding outside the field of view), in acquisition axes.

    Raises
    ------
    UserFacing
        When the files are not one regular CT volume; the code says why.
    """
    paths = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    if len(paths) < 3:
        raise UserFacing(
            "TOO_FEW_SLICES", f"a surface needs at least 3 CT slices, the series has {len(paths)}"
        )
    # One after the other: two threads that read with GDCM at once killed the process now and then (segmentation
    # faults, double frees).
    slices, affine = _arrange([_read_header(path) for path in paths])
    voxels = np.empty((len(slices), *slices[0].shape), np.int16)
    for done, item in enumerate(slices, start=1):
        _read_pixels(item, voxels[done - 1])
        report(done / len(slices))
    return Volume(voxels, affine)


def _reader(path: Path) -> Any:
    reader = _simpleitk.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(str(path))
    return reader


def _read_header(path: Path) -> _Slice:
    reader = _reader(path)
    try:
        reader.ReadImageInformation()
    except RuntimeError as error:
        raise UserFacing("UNREADABLE_SLICE", f"{path.name} cannot be read as a DICOM image") from error

    def text(tag: str) -> str:
        return reader.GetMetaData(tag).strip(" \0") if reader.HasMetaDataKey(tag) else ""

    def numbers(tag: str, count: int) -> NDArray[np.float64]:
        try:
            values = np.array([float(part) for part in text(tag).split("\\")])
        except ValueError:
            values = np.empty(0)
        if len(values) != count or not np.isfinite(values).all():
            raise UserFacing("NO_GEOMETRY", f"{path.name} does not say where it lies in the patient ({tag})")
        return values

    modality = text("0008|0060")
    if modality != "CT":
        raise UserFacing("NOT_CT", f"{path.name} is not a CT image (modality {modality or 'unknown'})")
    columns, rows = reader.GetSize()[:2]
    return _Slice(
        path=path,
        modality=modality,
        series=text("0020|000e"),
        frames=int(text("0028|0008") or 1),
        position=numbers("0020|0032", 3),
        orientation=numbers("0020|0037", 6),
        pixel_spacing=numbers("0028|0030", 2),
        shape=(rows, columns),
    )


def _arrange(slices: list[_Slice]) -> tuple[list[_Slice], NDArray[np.float64]]:
    """Sort along the normal and derive the affine; refuse what is not one regular grid."""
    first = slices[0]
    if any(item.frames > 1 for item in slices):
        raise UserFacing("MULTI_FRAME", "multi-frame CT objects are not supported, only one slice per file")
    if any(item.series != first.series for item in slices):
        raise UserFacing("MIXED_SERIES", "the files belong to more than one series")
    for item in slices:
        if (
            item.shape != first.shape
            or np.abs(item.pixel_spacing - first.pixel_spacing).max() > _SPACING_TOLERANCE
        ):
            raise UserFacing(
                "MIXED_GRIDS", f"{item.path.name} has another size or pixel spacing than its neighbours"
            )
        if np.abs(item.orientation - first.orientation).max() > _DIRECTION_TOLERANCE:
            raise UserFacing("MIXED_ORIENTATIONS", f"{item.path.name} has another orientation (a localizer?)")
    along_row, along_column = first.orientation[:3], first.orientation[3:]
    normal = np.cross(along_row, along_column)
    if abs(np.linalg.norm(normal) - 1) > 1e-2 or first.pixel_spacing.min() <= 0:
        raise UserFacing("NO_GEOMETRY", "the image orientation or pixel spacing is not valid")
    slices = sorted(slices, key=lambda item: float(item.position @ normal))
    positions = np.array([item.position for item in slices])
    _check_gaps(positions @ normal)
    affine = np.eye(4)
    affine[:3, 0] = along_row * first.pixel_spacing[1]
    affine[:3, 1] = along_column * first.pixel_spacing[0]
    affine[:3, 2] = (positions[-1] - positions[0]) / (len(slices) - 1)
    affine[:3, 3] = positions[0]
    return slices, affine


def _check_gaps(along_normal: NDArray[np.float64]) -> None:
    gaps = np.diff(along_normal)
    typical = float(np.median(gaps))
    if gaps.min() < 0.01 or typical <= 0:
        raise UserFacing(
            "DUPLICATE_POSITIONS", "two slices lie at the same position (several phases in one series?)"
        )
    worst = int(np.argmax(np.abs(gaps - typical)))
    if abs(gaps[worst] - typical) > _GAP_TOLERANCE * typical:
        raise UserFacing(
            "UNEVEN_SPACING",
            f"slices are {typical:.2f} mm apart, but slices {worst + 1} and {worst + 2} are {gaps[worst]:.2f} mm apart",
        )


def _read_pixels(item: _Slice, out: NDArray[np.int16]) -> None:
    reader = _reader(item.path)
    try:
        image = reader.Execute()  # GDCM applies the rescale slope and intercept
    except RuntimeError as error:
        raise UserFacing("UNREADABLE_SLICE", f"the pixels of {item.path.name} cannot be decoded") from error
    pixels = _simpleitk.GetArrayViewFromImage(image)  # valid only while `image` lives
    if pixels.size != out.size:
        raise UserFacing("UNREADABLE_SLICE", f"{item.path.name} is not a grey-scale slice")
    if pixels.dtype.kind == "f":
        pixels = np.rint(pixels)
    out[:] = np.clip(pixels.reshape(out.shape), AIR_HU, _INT16_MAX)
