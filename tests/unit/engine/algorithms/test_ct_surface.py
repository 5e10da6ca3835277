import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import run as run_process
from typing import Any

import DracoPy
import jsonschema
import nibabel
import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray
from PIL import Image
from scipy.spatial import cKDTree

from hounsfield_engine.algorithms.ct_surface import MANIFEST
from hounsfield_engine.algorithms.ct_surface.run import run
from hounsfield_engine.sdk import Artifact, Job, Outcome, UserFacing

WriteSeries = Callable[..., Path]
MakeJob = Callable[..., Job]


def models(outcome: Outcome, job: Job) -> dict[str, tuple[trimesh.Trimesh, Artifact]]:
    return {
        artifact.metadata["tissue"]: (trimesh.load_mesh(job.output_dir / artifact.name), artifact)
        for artifact in outcome.artifacts
        if artifact.kind == "mesh_stl"
    }


def assert_guarantees(mesh: trimesh.Trimesh, artifact: Artifact) -> None:
    _, counts = np.unique(np.sort(mesh.edges, axis=1), axis=0, return_counts=True)
    assert (counts == 2).all()
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    mask_volume = artifact.metadata["mask_volume_ml"] * 1000
    assert mesh.volume > 0
    assert abs(mesh.volume - mask_volume) <= 0.01 * mask_volume
    assert mesh.volume / 1000 == pytest.approx(artifact.metadata["volume_ml"], abs=2e-3, rel=1e-4)
    assert mesh.area / 100 == pytest.approx(artifact.metadata["area_cm2"], abs=0.02, rel=1e-4)
    assert len(mesh.faces) == artifact.metadata["triangles"]


def phantom(affine: NDArray[np.float64]) -> NDArray[np.int16]:
    """A water-like ellipsoid of half-axes 30, 24, 26 mm with a bone ball of 9 mm, above a table."""
    z, y, x = np.indices((40, 76, 80))
    place = np.stack((x, y, z), axis=-1) @ affine[:3, :3].T + affine[:3, 3] - BODY_CENTRE
    hu = np.full(z.shape, -1000, np.int16)
    hu[((place / [30, 24, 26]) ** 2).sum(axis=-1) <= 1] = 30
    hu[np.linalg.norm(place - [5, 3, -4], axis=-1) <= 9] = 1200
    hu[np.abs(place[..., 1] - 30) < 1.5] = 100
    return hu


BODY_CENTRE = np.array([15.0, -140.0, 610.0])
AFFINE = np.array([[0.95, 0, 0, -23.0], [0, 0.95, 0, -175.5], [0, 0, 1.5, 581.0], [0, 0, 0, 1]])
RAISED = np.diag([1.0, -1.0, -1.0])  # head first prone, scanned from the head down


@pytest.mark.parametrize("turn", [np.eye(3), RAISED], ids=["supine", "prone"])
def test_a_phantom_becomes_two_models_in_the_right_place(
    turn: NDArray[np.float64], write_series: WriteSeries, make_job: MakeJob
) -> None:
    affine = AFFINE.copy()
    affine[:3, :3] = turn @ affine[:3, :3]
    affine[:3, 3] = BODY_CENTRE - affine[:3, :3] @ [40, 37, 19.5]
    job = make_job(write_series(phantom(affine), affine))
    messages: list[tuple[float, str]] = []
    job = Job(job.input_dir, job.output_dir, {}, lambda percent, text: messages.append((percent, text)))

    outcome = run(job)

    found = models(outcome, job)
    assert list(found) == ["bone", "skin"]
    for mesh, artifact in found.values():
        assert_guarantees(mesh, artifact)
    np.testing.assert_allclose(found["bone"][0].center_mass, BODY_CENTRE + np.array([5, 3, -4]), atol=0.3)
    assert found["bone"][0].volume == pytest.approx(4 / 3 * np.pi * 9**3, rel=0.04)
    np.testing.assert_allclose(found["skin"][0].center_mass, BODY_CENTRE, atol=0.5)
    assert found["skin"][0].volume == pytest.approx(4 / 3 * np.pi * 30 * 24 * 26, rel=0.04)
    percents = [percent for percent, _ in messages]
    assert percents == sorted(percents)
    assert percents[-1] == 100


def test_artifacts_are_files_of_their_kind_and_glb_equals_stl(
    write_series: WriteSeries, make_job: MakeJob
) -> None:
    job = make_job(write_series(phantom(AFFINE), AFFINE), tissues=["bone"], max_triangles=2000)
    outcome = run(job)
    kinds = {artifact.name: (artifact.kind, artifact.content_type) for artifact in outcome.artifacts}
    assert kinds == {
        "bone.stl": ("mesh_stl", "model/stl"),
        "bone.glb": ("mesh_glb", "model/gltf-binary"),
        "thumbnail.png": ("thumbnail", "image/png"),
    }
    assert sorted(path.name for path in job.output_dir.iterdir()) == sorted(kinds)
    stl = trimesh.load_mesh(job.output_dir / "bone.stl")
    assert len(stl.faces) <= 2000
    data = (job.output_dir / "bone.glb").read_bytes()
    decoded = DracoPy.decode(data[data.index(b"DRACO") :])
    assert len(decoded.faces) == len(stl.faces)
    assert cKDTree(stl.vertices).query(decoded.points)[0].max() <= 0.05
    with Image.open(job.output_dir / "thumbnail.png") as picture:
        assert max(picture.size) <= 512
        assert picture.mode == "RGBA"


def test_the_same_series_gives_the_same_files(write_series: WriteSeries, make_job: MakeJob) -> None:
    job = make_job(write_series(phantom(AFFINE), AFFINE), max_triangles=2000)
    files = []
    for _ in range(2):
        run(job)
        files.append({path.name: path.read_bytes() for path in job.output_dir.iterdir()})
    assert len(files[0]) == 5
    assert files[0] == files[1]


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"tissues": ["lungs"]}, "TISSUE_NOT_FOUND"),
        ({"tissues": ["bone"], "hu_ranges": {"bone": [3000, 4000]}}, "TISSUE_NOT_FOUND"),
        ({"hu_ranges": {"skin": [2500, 3000]}}, "NO_BODY"),
        ({"hu_ranges": {"bone": [300, 200]}}, "INVALID_PARAMETERS"),
        ({"smoothing": 2}, "INVALID_PARAMETERS"),
        ({"colour": "red"}, "INVALID_PARAMETERS"),
    ],
)
def test_what_cannot_work_is_said(
    parameters: dict[str, Any], code: str, write_series: WriteSeries, make_job: MakeJob
) -> None:
    with pytest.raises(UserFacing) as refusal:
        run(make_job(write_series(phantom(AFFINE), AFFINE), **parameters))
    assert refusal.value.code == code
    assert str(refusal.value)


def test_a_surface_that_cannot_be_sound_fails_the_task(
    write_series: WriteSeries, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "hounsfield_engine.algorithms.ct_surface.surface.verdict", lambda mesh, volume: ("3 open edges", 0.0)
    )
    job = make_job(write_series(phantom(AFFINE), AFFINE))
    with pytest.raises(UserFacing, match="3 open edges") as refusal:
        run(job)
    assert refusal.value.code == "UNSOUND_SURFACE"
    assert list(job.output_dir.iterdir()) == []


def test_the_trunk_lies_in_lps_as_its_nifti_says(
    shared: Path, write_series: WriteSeries, make_job: MakeJob
) -> None:
    image = nibabel.load(shared / "trunk-ct" / "ct.nii.gz")
    hu = np.asarray(image.dataobj).astype(np.int16).transpose(2, 1, 0)
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ image.affine
    job = make_job(write_series(hu, affine), min_component_ml=5)

    outcome = run(job)

    found = models(outcome, job)
    assert list(found)[:2] == ["bone", "skin"]
    for mesh, artifact in found.values():
        assert_guarantees(mesh, artifact)
    hips = nibabel.load(next((shared / "trunk-ct" / "organs").glob("hip_left*")))
    where = np.argwhere(np.asarray(hips.dataobj) > 0)
    middle = np.diag([-1.0, -1.0, 1.0, 1.0]) @ image.affine @ [*where.mean(axis=0), 1]
    bone = found["bone"][0]
    assert np.linalg.norm(bone.vertices - middle[:3], axis=1).min() < 40
    left = bone.vertices[bone.vertices[:, 0] > bone.vertices[:, 0].mean()]
    assert np.linalg.norm(left - middle[:3], axis=1).min() < 40
    assert middle[0] > np.median(bone.vertices[:, 0])


def test_jpeg_2000_slices_make_models(shared: Path, tmp_path: Path, make_job: MakeJob) -> None:
    folder = tmp_path / "j2k" / "series"
    folder.mkdir(parents=True)
    for path in (shared / "ct-jpeg2000").glob("CT*"):
        (folder / path.name).symlink_to(path)
    job = make_job(folder.parent, tissues=["bone", "skin"], max_triangles=50_000)
    for mesh, artifact in models(run(job), job).values():
        assert_guarantees(mesh, artifact)
        assert artifact.metadata["triangles"] <= 51_000


def test_the_schema_says_what_the_parameters_check() -> None:
    jsonschema.Draft202012Validator.check_schema(MANIFEST.parameters)
    validator = jsonschema.Draft202012Validator(MANIFEST.parameters)
    assert validator.is_valid({})
    assert validator.is_valid(
        {"tissues": ["bone", "airway"], "hu_ranges": {"bone": [150, 3000]}, "smoothing": 0}
    )
    for wrong in (
        {"tissues": []},
        {"tissues": ["brain"]},
        {"smoothing": 1.1},
        {"max_triangles": 1},
        {"x": 1},
    ):
        assert not validator.is_valid(wrong)
    for settings in MANIFEST.parameters["properties"].values():
        assert set(settings["x-title"]) == set(settings["x-description"]) == {"en", "zh-CN"}


def test_the_manifest_is_light() -> None:
    code = (
        "import sys, hounsfield_engine.algorithms.ct_surface\n"
        "heavy = {'vtkmodules', 'SimpleITK', 'scipy', 'numpy', 'cc3d', 'PIL'} & set(sys.modules)\n"
        "sys.exit(f'imports {heavy}' if heavy else 0)"
    )
    assert run_process([sys.executable, "-c", code], check=False).returncode == 0
    assert MANIFEST.entry == "hounsfield_engine.algorithms.ct_surface.run:run"
