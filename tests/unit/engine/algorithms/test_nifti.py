import hashlib
import itertools
import time
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from hounsfield.dicom import nifti
from hounsfield_engine.algorithms.nifti import write_labels

LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
TURN = Rotation.from_euler("xyz", [12, -8, 20], degrees=True).as_matrix()
SHEAR = np.array([[1.0, 0, 0], [0, 1, 0.2], [0, 0, 1]])


def affine_of(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    affine = np.eye(4)
    affine[:3, :3] = columns @ np.diag([0.7, 0.9, 2.5])
    affine[:3, 3] = [-110.5, 34.25, 812]
    return affine


@pytest.mark.parametrize("columns", [np.eye(3), TURN, SHEAR, np.diag([1.0, 1.0, -1.0]), TURN @ SHEAR])
def test_other_readers_find_every_voxel_in_its_place(columns: NDArray[np.float64], tmp_path: Path) -> None:
    labels = np.random.default_rng(3).integers(0, 200, (4, 5, 6)).astype(np.uint8)
    affine = affine_of(columns)
    path = tmp_path / "labels.nii.gz"
    write_labels(labels, affine, path, "liver 1.0 (中文)")

    image = nibabel.load(path)
    assert image.get_data_dtype() == np.uint8
    np.testing.assert_array_equal(np.asarray(image.dataobj), labels.transpose(2, 1, 0))
    np.testing.assert_allclose(image.affine, LPS @ affine, atol=1e-4)
    assert image.header.get_xyzt_units()[0] == "mm"
    assert image.header["descrip"].item().startswith(b"liver 1.0")
    straight = not (columns is SHEAR or np.allclose(columns, TURN @ SHEAR))
    if straight:
        np.testing.assert_allclose(image.get_qform(), LPS @ affine, atol=1e-4)
        itk = SimpleITK.ReadImage(str(path))
        assert itk[5, 3, 2] == labels[2, 3, 5]
        np.testing.assert_allclose(
            itk.TransformIndexToPhysicalPoint((5, 3, 2)), (affine @ [5, 3, 2, 1])[:3], atol=1e-3
        )
    else:
        assert image.header["qform_code"] == 0


def test_the_platform_reads_it(tmp_path: Path) -> None:
    labels = np.random.default_rng(3).integers(0, 200, (4, 5, 6)).astype(np.uint8)
    write_labels(labels, affine_of(TURN), tmp_path / "labels.nii.gz", "")
    read = nifti.read(tmp_path / "labels.nii.gz")
    np.testing.assert_array_equal(read.voxels, labels)
    np.testing.assert_allclose(read.origin, affine_of(TURN)[:3, 3], atol=1e-3)


def test_one_map_gives_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    days = itertools.count(1_800_000_000, 86_400)
    monkeypatch.setattr(time, "time", lambda: float(next(days)))
    labels = np.arange(60, dtype=np.uint8).reshape(3, 4, 5)
    digests = set()
    for name in ("a.nii.gz", "b.nii.gz"):
        write_labels(np.flip(labels, 1), np.eye(4), tmp_path / name, "t")
        digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(digests) == 1
    np.testing.assert_array_equal(
        np.asarray(nibabel.load(tmp_path / "a.nii.gz").dataobj), np.flip(labels, 1).transpose(2, 1, 0)
    )
