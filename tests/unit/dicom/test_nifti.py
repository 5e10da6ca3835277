import gzip
import random

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hounsfield.dicom import nifti
from hounsfield.dicom.errors import InvalidVolume

_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def affine_of(volume) -> np.ndarray:
    affine = np.eye(4)
    affine[:3, :3] = volume.direction * np.array(volume.spacing)
    affine[:3, 3] = volume.origin
    return _LPS @ affine


def assert_as_nibabel(path) -> None:
    volume, image = nifti.read(path), nib.load(path)
    assert np.allclose(affine_of(volume), image.affine, atol=1e-4)
    assert np.allclose(volume.voxels.T.reshape(image.shape), np.asanyarray(image.dataobj))


def test_shared_volumes_are_read_as_nibabel_reads_them(shared_data):
    for name in ("ct", "vertebrae", "vertebral-bodies", "organs/liver"):
        assert_as_nibabel(shared_data / "trunk-ct" / f"{name}.nii.gz")


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize("dtype", ["u1", "i1", "i2", "u2", "i4", "f4", "f8", ">i2", ">f4"])
def test_types_and_byte_orders(tmp_path, name, dtype):
    data = np.arange(2 * 3 * 4).reshape(2, 3, 4).astype(dtype)
    header = nib.Nifti1Header(endianness=">" if dtype[0] == ">" else "<")
    header.set_data_dtype(np.dtype(dtype))
    nib.save(nib.Nifti1Image(data, np.diag([2, 3, 4, 1]), header), tmp_path / name)
    assert_as_nibabel(tmp_path / name)
    assert nifti.read(tmp_path / name).voxels.dtype == np.dtype(dtype).newbyteorder("=")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("nifti")


@given(
    st.tuples(*[st.floats(-1, 1)] * 4).filter(lambda q: np.linalg.norm(q) > 0.1),
    st.tuples(*[st.floats(0.2, 5)] * 3),
    st.sampled_from([1, -1]),
    st.sampled_from(["sform", "qform", "neither"]),
)
@settings(max_examples=30, deadline=None)
def test_orientations(folder, quaternion, zooms, handedness, form):
    a, *bcd = np.array(quaternion) / np.linalg.norm(quaternion)
    affine = np.eye(4)
    affine[:3, :3] = nib.quaternions.quat2mat([a, *bcd]) * np.array(zooms) * [1, 1, handedness]
    affine[:3, 3] = [10, -20, 30]
    image = nib.Nifti1Image(np.zeros((2, 3, 4), np.int16), affine)
    image.set_qform(affine, code=1 if form == "qform" else 0)
    image.set_sform(affine, code=1 if form == "sform" else 0)
    path = folder / "a.nii"
    nib.save(image, path)
    assert_as_nibabel(path)


def test_a_single_trailing_axis(tmp_path):
    nib.save(nib.Nifti1Image(np.arange(8, dtype=np.int16).reshape(2, 2, 2, 1), np.eye(4)), tmp_path / "a.nii")
    assert_as_nibabel(tmp_path / "a.nii")


@pytest.mark.parametrize(
    ("slope", "intercept"), [(2.0, -1024.0), (1.0, 5.0), (0.0, 0.0), (1.0, 0.0), (-0.5, 0.0)]
)
def test_scaling(tmp_path, slope, intercept):
    data = bytearray(nib.Nifti1Image(np.arange(8, dtype=np.int16).reshape(2, 2, 2), np.eye(4)).to_bytes())
    data[112:120] = np.array([slope, intercept], "<f4").tobytes()
    (tmp_path / "a.nii").write_bytes(data)
    assert_as_nibabel(tmp_path / "a.nii")


def _file() -> bytes:
    return nib.Nifti1Image(np.zeros((2, 3, 4), np.int16), np.eye(4)).to_bytes()


def _patched(at: int, raw: bytes) -> bytes:
    data = bytearray(_file())
    data[at : at + len(raw)] = raw
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "format"),
        (b"not a nifti" * 99, "format"),
        (_file()[:-1], "truncated"),
        (gzip.compress(_file(), mtime=0)[:-20], "truncated"),
        (gzip.compress(_file(), mtime=0)[:40] + bytes(40), "truncated"),
        (_patched(40, b"\x02\x00"), "shape"),
        (_patched(42, b"\xff\xff"), "shape"),
        (_patched(40, b"\x03\x00\xff\x7f\xff\x7f\xff\x7f"), "shape"),
        (_patched(70, b"\x20\x00"), "type"),
        (_patched(108, b"\x00\x00\xc0\x7f"), "format"),
        (_patched(280, b"\x00\x00\xc0\x7f"), "direction"),
        (_patched(280, bytes(16)), "direction"),
        (_patched(284, b"\x00\x00\x80\x3f"), "direction"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path, data, reason):
    path = tmp_path / "bad.nii"
    path.write_bytes(data)
    with pytest.raises(InvalidVolume) as caught:
        nifti.read(path)
    assert caught.value.params == {"reason": reason}


def test_mutated_headers_are_read_or_refused(tmp_path):
    dice, whole, path = random.Random(5), _file(), tmp_path / "mutated.nii"
    outcomes = set()
    for _ in range(600):
        data = bytearray(whole)
        for _ in range(dice.randint(1, 6)):
            data[dice.randrange(352)] = dice.randrange(256)
        path.write_bytes(data)
        try:
            nifti.read(path)
            outcomes.add("OK")
        except InvalidVolume as error:
            outcomes.add(error.params["reason"])
    assert {"OK", "format", "shape", "type", "direction"} <= outcomes
