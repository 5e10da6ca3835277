from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from scipy.spatial.transform import Rotation

from hounsfield_engine.algorithms.ct_series import read_ct_series
from hounsfield_engine.sdk import UserFacing

WriteSeries = Callable[..., Path]
OBLIQUE = np.eye(4)
OBLIQUE[:3, :3] = Rotation.from_euler("xyz", [10, 25, -15], degrees=True).as_matrix() @ np.diag(
    [0.6, 0.8, 2.0]
)
OBLIQUE[:3, 3] = [-12.5, 40, -300]
NOISE = np.random.default_rng(1).integers(-1024, 2000, (11, 12, 10)).astype(np.int16)


@pytest.mark.parametrize("rle", [False, True])
def test_slices_in_any_order_make_the_volume_that_was_written(write_series: WriteSeries, rle: bool) -> None:
    volume = read_ct_series(write_series(NOISE, OBLIQUE, rle=rle) / "series")
    np.testing.assert_array_equal(volume.voxels, NOISE)
    np.testing.assert_allclose(volume.affine, OBLIQUE, atol=1e-6)


def test_a_left_handed_stack_keeps_its_place(write_series: WriteSeries) -> None:
    affine = OBLIQUE.copy()
    affine[:3, 2] *= -1
    volume = read_ct_series(write_series(NOISE, affine) / "series")
    np.testing.assert_array_equal(volume.voxels[-1], NOISE[0])
    np.testing.assert_allclose(volume.affine @ [0, 0, len(NOISE) - 1, 1], affine @ [0, 0, 0, 1], atol=1e-6)


def test_gantry_tilt_becomes_shear(write_series: WriteSeries) -> None:
    affine = np.diag([0.5, 0.5, 3.0, 1.0])
    affine[1, 2] = 0.8
    np.testing.assert_allclose(
        read_ct_series(write_series(NOISE, affine) / "series").affine, affine, atol=1e-6
    )


def test_padding_below_air_is_clipped_and_fractional_slopes_are_rounded(write_series: WriteSeries) -> None:
    def rescale(_: int, ds: Dataset) -> None:
        ds.RescaleSlope, ds.RescaleIntercept = "0.5", "-2000"

    volume = read_ct_series(
        write_series(np.full((3, 8, 8), 1001, np.int16), np.eye(4), change=rescale) / "series"
    )
    assert np.unique(volume.voxels).tolist() == [-988]
    folder = volume.voxels
    assert folder.dtype == np.int16


def test_values_below_air_become_air(write_series: WriteSeries) -> None:
    def rescale(_: int, ds: Dataset) -> None:
        ds.RescaleIntercept = "-3024"

    volume = read_ct_series(write_series(np.zeros((3, 8, 8), np.int16), np.eye(4), change=rescale) / "series")
    assert np.unique(volume.voxels).tolist() == [-1024]


def _on(z: int, **values: Any) -> Callable[[int, Dataset], None]:
    def change(index: int, ds: Dataset) -> None:
        if index == z:
            for keyword, value in values.items():
                if value is None:
                    delattr(ds, keyword)
                else:
                    setattr(ds, keyword, value)

    return change


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_on(2, Modality="MR"), "NOT_CT"),
        (_on(2, SeriesInstanceUID="1.2.3"), "MIXED_SERIES"),
        (_on(2, PixelSpacing=["0.7", "0.7"]), "MIXED_GRIDS"),
        (_on(2, ImageOrientationPatient=["1", "0", "0", "0", "0", "-1"]), "MIXED_ORIENTATIONS"),
        (_on(2, ImagePositionPatient=None), "NO_GEOMETRY"),
        (_on(2, ImagePositionPatient=["0", "0", "2.5"]), "UNEVEN_SPACING"),
        (_on(2, ImagePositionPatient=["0", "0", "3"]), "DUPLICATE_POSITIONS"),
    ],
)
def test_what_is_not_one_regular_ct_is_refused(
    write_series: WriteSeries, change: Callable[[int, Dataset], None], code: str
) -> None:
    folder = write_series(NOISE, np.eye(4), change=change) / "series"
    with pytest.raises(UserFacing) as refusal:
        read_ct_series(folder)
    assert refusal.value.code == code


def test_a_missing_slice_is_named(write_series: WriteSeries) -> None:
    folder = write_series(NOISE, np.eye(4)) / "series"
    next(folder.glob("*-5.dcm")).unlink()
    with pytest.raises(UserFacing, match=r"slices 5 and 6 are 2\.00 mm apart"):
        read_ct_series(folder)


def test_two_slices_are_too_few(write_series: WriteSeries) -> None:
    with pytest.raises(UserFacing) as refusal:
        read_ct_series(write_series(NOISE[:2], np.eye(4)) / "series")
    assert refusal.value.code == "TOO_FEW_SLICES"


def test_a_file_that_is_not_dicom_is_refused(write_series: WriteSeries) -> None:
    folder = write_series(NOISE, np.eye(4)) / "series"
    (folder / "notes.txt").write_text("not an image")
    with pytest.raises(UserFacing) as refusal:
        read_ct_series(folder)
    assert refusal.value.code == "UNREADABLE_SLICE"


@pytest.fixture
def jpeg2000_series(shared: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "j2k"
    folder.mkdir()
    for path in (shared / "ct-jpeg2000").glob("CT*"):
        (folder / path.name).symlink_to(path)
    return folder


def test_jpeg_2000_pixels_and_geometry(jpeg2000_series: Path) -> None:
    volume = read_ct_series(jpeg2000_series)
    assert volume.voxels.shape == (20, 512, 512)
    heights = sorted(
        float(pydicom.dcmread(path, stop_before_pixels=True).ImagePositionPatient[2])
        for path in jpeg2000_series.iterdir()
    )
    np.testing.assert_allclose(volume.spacing, [heights[1] - heights[0], 0.977, 0.977], atol=1e-3)
    assert volume.affine[2, 3] == pytest.approx(heights[0])
    assert volume.voxels.min() == -1024
    soft = volume.voxels[(volume.voxels > -200) & (volume.voxels < 200)]
    assert -120 < np.median(soft) < 80
    assert volume.voxels.max() > 700
