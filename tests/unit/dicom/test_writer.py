import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pydicom
import pytest
from tests.factories import dicom as factory

from hounsfield.dicom import writer
from hounsfield.dicom.errors import InvalidVolume
from hounsfield.dicom.gate import check_series
from hounsfield.dicom.header import read_header
from hounsfield.dicom.volume import Volume

_BESIDE = Path(sys.executable).parent


def _tool(name: str) -> str:
    found = shutil.which(name, path=str(_BESIDE)) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} of dicom3tools is not installed")
    return found


def test_a_series_is_what_the_volume_was(tmp_path):
    volume = factory.ct_volume(slices=5, rows=6, columns=9, spacing=(0.7, 0.8, 1.25), origin=(-3.5, 4, 100.1))
    paths = writer.write_series(volume, tmp_path / "series", {"PatientName": "王^小东"}, seed="one")
    assert [path.name for path in paths] == [f"000{n}.dcm" for n in range(1, 6)]
    read = [pydicom.dcmread(path) for path in paths]
    assert np.array_equal(np.stack([ds.pixel_array for ds in read]), volume.voxels)
    assert {str(ds.PatientName) for ds in read} == {"王^小东"}
    verdict = check_series(read_header(path.read_bytes()) for path in paths)
    assert verdict.ok
    assert (verdict.spacing, verdict.origin, verdict.size) == (volume.spacing, volume.origin, (9, 6, 5))


def test_the_same_seed_gives_the_same_bytes_and_no_seed_new_uids():
    volume = factory.ct_volume(slices=2, rows=4, columns=4)
    once, again = ([writer.encode(ds) for ds in writer.datasets(volume, seed="s")] for _ in range(2))
    assert once == again
    uids = {ds.SOPInstanceUID for _ in range(3) for ds in writer.datasets(volume)}
    assert len(uids) == 6
    assert all(uid.is_valid and uid.startswith("2.25.") for uid in uids)


def test_series_can_share_a_study():
    volume = factory.ct_volume(slices=2, rows=4, columns=4)
    study = writer.uid("visit", "study")
    made = [next(writer.datasets(volume, {"StudyInstanceUID": study}, seed=seed)) for seed in "ab"]
    assert {ds.StudyInstanceUID for ds in made} == {study}
    assert len({ds.SeriesInstanceUID for ds in made}) == 2


@pytest.mark.parametrize("direction", [np.eye(3), np.diag([-1.0, -1.0, 1.0]), np.eye(3)[:, [1, 2, 0]]])
def test_dciodvfy_finds_no_error(tmp_path, direction):
    volume = factory.ct_volume(slices=3)
    turned = Volume(volume.voxels, volume.origin, volume.spacing, direction)
    paths = writer.write_series(turned, tmp_path, {"PatientID": "1", "PatientName": "王^小东"}, seed="clean")
    for path in paths:
        report = subprocess.run([_tool("dciodvfy"), str(path)], capture_output=True, text=True, check=False)
        assert "CTImage" in report.stderr
        assert "Error" not in report.stderr + report.stdout
    entities = subprocess.run(
        [_tool("dcentvfy"), *map(str, paths)], capture_output=True, text=True, check=False
    )
    assert "Error" not in entities.stderr + entities.stdout


def test_wide_integers_that_fit_are_written():
    volume = factory.ct_volume(slices=2, rows=4, columns=4)
    wide = Volume(volume.voxels.astype(np.int64), volume.origin, volume.spacing, volume.direction)
    assert np.array_equal(next(writer.datasets(wide)).pixel_array, volume.voxels[0])


@pytest.mark.parametrize(
    ("voxels", "direction", "reason"),
    [
        (np.full((2, 2, 2), 40_000), np.eye(3), "range"),
        (np.full((2, 2, 2), -40_000), np.eye(3), "range"),
        (np.zeros((2, 2, 2)), np.eye(3), "type"),
        (np.zeros((1, 1, 70_000), np.int16), np.eye(3), "shape"),
    ],
)
def test_volumes_that_are_no_ct_are_refused(voxels, direction, reason):
    with pytest.raises(InvalidVolume) as caught:
        next(writer.datasets(Volume(voxels, (0, 0, 0), (1, 1, 1), direction)))
    assert (caught.value.code, caught.value.params) == ("VOLUME_UNFIT", {"reason": reason})


@pytest.mark.parametrize(
    ("voxels", "spacing", "direction", "reason"),
    [
        (np.zeros((2, 2)), (1, 1, 1), np.eye(3), "shape"),
        (np.zeros((2, 0, 2)), (1, 1, 1), np.eye(3), "shape"),
        (np.zeros((2, 2, 2)), (1, 0, 1), np.eye(3), "spacing"),
        (np.zeros((2, 2, 2)), (1, 1, float("nan")), np.eye(3), "spacing"),
        (np.zeros((2, 2, 2)), (1, 1, 1), np.eye(3) + np.tri(3, k=-1) * 0.01, "direction"),
        (np.zeros((2, 2, 2)), (1, 1, 1), np.eye(2), "direction"),
        (np.zeros((2, 2, 2)), (1, 1, 1), np.eye(3) * 2, "direction"),
    ],
)
def test_what_is_no_grid_is_no_volume(voxels, spacing, direction, reason):
    with pytest.raises(InvalidVolume) as caught:
        Volume(voxels, (0, 0, 0), spacing, direction)
    assert caught.value.params == {"reason": reason}


def test_writing_is_strict():
    volume = factory.ct_volume(slices=1, rows=4, columns=4)
    with pytest.raises(ValueError, match="length"):
        next(writer.datasets(volume, {"AccessionNumber": "more than sixteen characters"}))
    with pytest.raises(ValueError, match="no DICOM keyword"):
        next(writer.datasets(volume, {"PatientsName": "A"}))
