"""Real networks on onnxruntime, from a DICOM series to a label map."""

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import run as run_process
from typing import Any

import nibabel
import numpy as np
import onnx
import pytest
import trimesh
from numpy.typing import NDArray
from onnx import TensorProto
from scipy import ndimage
from tests.factories.onnx_models import averaging, manifest, thresholds

from hounsfield_engine.algorithms.onnx_volume import MANIFEST
from hounsfield_engine.algorithms.onnx_volume.run import run
from hounsfield_engine.sdk import Job, Model, Outcome, Poison, RetryElsewhere

AFFINE = np.array([[0.9, 0, 0, -30.0], [0, 0.9, 0, -160.5], [0, 0, 2.0, 500.0], [0, 0, 0, 1]])
LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def phantom() -> NDArray[np.int16]:
    """Two balls of 700 HU and a smaller one of 1500 in water, in air."""
    z, y, x = np.indices((26, 48, 56))
    mm = np.stack((x * 0.9, y * 0.9, z * 2.0), axis=-1)
    hu = np.full(z.shape, -1000, np.int16)
    hu[((mm - [25, 21, 25]) ** 2).sum(axis=-1) < 24**2] = 20
    hu[((mm - [18, 20, 24]) ** 2).sum(axis=-1) < 9**2] = 700
    hu[((mm - [36, 24, 28]) ** 2).sum(axis=-1) < 5**2] = 700
    hu[((mm - [18, 20, 24]) ** 2).sum(axis=-1) < 4**2] = 1500
    return hu


@pytest.fixture
def series(write_series: Callable[..., Path]) -> Path:
    return write_series(phantom(), AFFINE)


@pytest.fixture
def attempt(series: Path, tmp_path: Path) -> Callable[..., tuple[Outcome, Job]]:
    def go(network: onnx.ModelProto, told: dict[str, Any], report: Any = None) -> tuple[Outcome, Job]:
        path = tmp_path / "model.onnx"
        path.write_bytes(network.SerializeToString())
        output = tmp_path / f"out-{len(list(tmp_path.iterdir()))}"
        output.mkdir()
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        job = Job(series, output, {}, report or (lambda *_: None), Model(path, sha256, told))
        return run(job), job

    return go


Attempt = Callable[..., tuple[Outcome, Job]]


def labels_of(job: Job) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """(z, y, x) labels and their affine in LPS."""
    image = nibabel.load(job.output_dir / "labels.nii.gz")
    return np.asarray(image.dataobj).transpose(2, 1, 0), LPS @ image.affine


@pytest.mark.parametrize(
    ("network", "changes"),
    [
        (thresholds(400), {}),
        (thresholds(400, shape=[1, 1, 16, 16, 16]), {}),
        (thresholds(400), {"patch": {"size": [64, 64, 64], "overlap": 0.0}}),
        (thresholds(400), {"input": {"axes": "RAS"}, "patch": {"size": [10, 12, 20]}}),
        (thresholds(400, shape=[1, 1, "h", "w"]), {"patch": {"size": [1, 48, 56]}}),
        (thresholds(400, shape=[1, 1, "h", "w"]), {"input": {"axes": "LIA"}, "patch": {"size": [1, 9, 30]}}),
        (thresholds(400, dtype=TensorProto.FLOAT16), {}),
        (thresholds(0, background=False), {
            "input": {"normalise": {"kind": "zscore", "mean": 400, "std": 100}},
            "output": {"kind": "sigmoid", "threshold": 0.5},
        }),
        (thresholds(0, background=False), {
            "input": {"window_hu": [-1000, 1000], "normalise": {"kind": "range", "low": 0, "high": 1}},
            "output": {"kind": "threshold", "threshold": 0.7},
        }),
    ],
    ids=["windows", "fixed", "whole", "RAS", "planes", "planes-LIA", "float16", "sigmoid", "threshold"],
)  # fmt: skip
def test_a_network_that_cuts_at_a_level_finds_what_lies_above_it(
    network: onnx.ModelProto, changes: dict[str, Any], attempt: Attempt
) -> None:
    outcome, job = attempt(network, manifest(**changes))

    labels, affine = labels_of(job)
    np.testing.assert_allclose(affine, AFFINE, atol=1e-4)
    np.testing.assert_array_equal(labels, phantom() > 400)
    voxels = int((phantom() > 400).sum())
    assert outcome.metrics["labels"] == {
        "dense": {"value": 1, "voxels": voxels, "volume_ml": round(voxels * 0.9 * 0.9 * 2 / 1000, 3)}
    }
    assert [artifact.name for artifact in outcome.artifacts] == ["labels.nii.gz"]
    assert outcome.artifacts[0].metadata == {"labels": {"1": "dense"}}
    assert outcome.metrics["model"]["version"] == "1.0.0"
    assert outcome.metrics["runtime"]["provider"] == "CPUExecutionProvider"


def test_a_mean_of_27_sees_across_the_rims_of_windows(attempt: Attempt) -> None:
    told = manifest(patch={"size": [12, 12, 12], "overlap": 0.75})
    _, job = attempt(averaging(350), told)
    mean = ndimage.uniform_filter(phantom().astype(np.float64), 3, mode="nearest")
    sure = np.abs(mean - 350) > 40  # at a window's rim the network sees less, and its say is small
    labels, _ = labels_of(job)
    np.testing.assert_array_equal(labels[sure], (mean > 350)[sure])


def test_a_coarser_grid_keeps_place_and_volume(attempt: Attempt) -> None:
    told = manifest(input={"axes": "SPL", "spacing_mm": [1.5, 1.5, 1.5]}, patch={"size": [20, 20, 20]})
    outcome, job = attempt(thresholds(400), told)
    wanted = phantom() > 400
    labels, _ = labels_of(job)
    assert outcome.metrics["labels"]["dense"]["voxels"] == pytest.approx(wanted.sum(), rel=0.1)
    assert 2 * (labels & wanted).sum() / (labels.sum() + wanted.sum()) > 0.93
    np.testing.assert_allclose(
        np.array(np.nonzero(labels)).mean(axis=1), np.array(np.nonzero(wanted)).mean(axis=1), atol=0.3
    )


LABELS = [
    {"name": "bone", "title": {"en": "Bone", "zh-CN": "骨"}, "color": "#E3DAC9", "keep": "largest"},
    {"name": "metal", "title": {"en": "Metal", "zh-CN": "金属"}, "color": "#A6ACAF"},
    {"name": "gold", "title": {"en": "Gold", "zh-CN": "金"}, "color": "#F5B041"},
]


def test_each_label_becomes_a_closed_mesh_and_the_smaller_part_goes(attempt: Attempt) -> None:
    told = manifest(labels=LABELS, surfaces=True)
    outcome, job = attempt(thresholds(400, 1100, 2500), told)
    labels, _ = labels_of(job)
    large = ndimage.label(phantom() == 700)[0]
    large = large == np.bincount(large[large > 0]).argmax()
    np.testing.assert_array_equal(labels == 1, large)
    np.testing.assert_array_equal(labels == 2, phantom() == 1500)
    assert outcome.metrics["labels"]["gold"]["voxels"] == 0
    assert outcome.metrics["labels_without_surface"] == []
    kinds = {artifact.name: artifact.kind for artifact in outcome.artifacts}
    assert kinds == {
        "labels.nii.gz": "label_map",
        "bone.stl": "mesh_stl",
        "bone.glb": "mesh_glb",
        "metal.stl": "mesh_stl",
        "metal.glb": "mesh_glb",
        "thumbnail.png": "thumbnail",
    }
    for artifact in outcome.artifacts:
        if artifact.kind == "mesh_stl":
            mesh = trimesh.load_mesh(job.output_dir / artifact.name)
            assert mesh.is_watertight
            volume = outcome.metrics["labels"][artifact.metadata["tissue"]]["volume_ml"]
            assert mesh.volume / 1000 == pytest.approx(volume, rel=0.01)
            np.testing.assert_allclose(mesh.center_mass, [18 - 30, 20 - 160.5, 24 + 500], atol=0.7)
    colours = {artifact.metadata.get("color") for artifact in outcome.artifacts if "mesh" in artifact.kind}
    assert colours == {"#E3DAC9", "#A6ACAF"}


def test_parts_that_are_too_small_go(attempt: Attempt) -> None:
    label = {**LABELS[0], "keep": "all", "min_volume_ml": 1.5}
    outcome, job = attempt(thresholds(400), manifest(labels=[label]))
    labels, _ = labels_of(job)
    assert ndimage.label(labels)[1] == 1
    assert outcome.metrics["labels"]["bone"]["volume_ml"] == pytest.approx(4 / 3 * np.pi * 0.9**3, rel=0.1)


def test_of_overlapping_regions_the_later_wins(attempt: Attempt) -> None:
    told = manifest(labels=LABELS[:2], output={"kind": "sigmoid"})
    _, job = attempt(thresholds(0, 400, background=False), told)
    labels, _ = labels_of(job)
    hu = phantom()
    large = ndimage.label((hu > 0) & (hu <= 400))[0] == 1
    np.testing.assert_array_equal(labels == 1, large)
    np.testing.assert_array_equal(labels == 2, hu > 400)


def test_nothing_found_is_a_result(attempt: Attempt) -> None:
    outcome, job = attempt(thresholds(3000), manifest(surfaces=True))
    assert not labels_of(job)[0].any()
    assert [artifact.kind for artifact in outcome.artifacts] == ["label_map"]


def test_it_says_how_far_it_is_after_every_window(attempt: Attempt) -> None:
    told: list[tuple[float, str]] = []
    outcome, _ = attempt(thresholds(400), manifest(), lambda percent, text: told.append((percent, text)))
    percents = [percent for percent, _ in told]
    assert percents == sorted(percents)
    assert percents[-1] == 100
    assert sum(text.startswith("Window ") for _, text in told) == outcome.metrics["windows"] > 8


def test_the_same_twice_is_the_same_bytes(attempt: Attempt) -> None:
    told = manifest(input={"axes": "RAS", "spacing_mm": [1.3, 1.3, 1.3]}, surfaces=True)
    files = []
    for _ in range(2):
        _, job = attempt(averaging(300), told)
        files.append({path.name: path.read_bytes() for path in job.output_dir.iterdir()})
    assert files[0] == files[1]
    assert set(files[0]) >= {"labels.nii.gz", "dense.stl", "dense.glb"}


@pytest.mark.parametrize(
    ("network", "told", "kind", "code"),
    [
        (thresholds(1, 2), manifest(), Poison, "MODEL_OUTPUT_SHAPE"),
        (thresholds(1, opset=10_000), manifest(), RetryElsewhere, "MODEL_NOT_LOADED"),
        (thresholds(1), {"name": "x"}, RetryElsewhere, "MODEL_MANIFEST_UNKNOWN"),
    ],
)
def test_a_model_that_is_not_what_it_says_fails_with_its_reason(
    network: onnx.ModelProto, told: dict[str, Any], kind: Any, code: str, attempt: Attempt
) -> None:
    with pytest.raises(kind) as refusal:
        attempt(network, told)
    assert refusal.value.code == code


def test_a_task_without_a_model_is_poison(series: Path, tmp_path: Path) -> None:
    with pytest.raises(Poison) as refusal:
        run(Job(series, tmp_path, {}, lambda *_: None))
    assert refusal.value.code == "MODEL_MISSING"


def test_the_manifest_is_light_and_a_runtime() -> None:
    code = (
        "import sys, hounsfield_engine.algorithms.onnx_volume\n"
        "heavy = {'onnxruntime', 'vtkmodules', 'SimpleITK', 'scipy', 'numpy'} & set(sys.modules)\n"
        "sys.exit(f'imports {heavy}' if heavy else 0)"
    )
    assert run_process([sys.executable, "-c", code], check=False).returncode == 0
    assert MANIFEST.runtime
