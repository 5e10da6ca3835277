"""From an ONNX file to a volume in millilitres: the real platform, a real engine and its child, a real CT."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import nibabel
import numpy as np
import pytest
from tests.acceptance.files import real_ct
from tests.acceptance.people import Person, newcomer, sign_in
from tests.acceptance.server import ADMIN_PASSWORD, Server
from tests.factories.onnx_models import manifest, thresholds
from tests.processes import until

LEVEL = 200
LABELS = [
    {"name": "dense", "title": {"en": "Dense", "zh-CN": "致密"}, "color": "#123ABC", "min_volume_ml": 1}
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("models"), demo=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def admin(server: Server) -> Person:
    return sign_in(server.url, "admin", ADMIN_PASSWORD)


def add(admin: Person, version: str, **changes: Any) -> None:
    told = manifest(version=version, labels=LABELS, **changes)
    answer = admin.api.post(
        "/admin/algorithms/onnx",
        files={
            "model": ("model.onnx", thresholds(LEVEL).SerializeToString(), "application/octet-stream"),
            "manifest": (None, json.dumps(told)),
        },
        timeout=120,
    )
    assert answer.status_code == 201, answer.text


def switch(admin: Person, version: str, **wish: Any) -> None:
    admin.put(f"/admin/algorithms/dense_tissue/versions/{version}", wish)


def fetched(api: httpx.Client, url: str, path: Path) -> Path:
    path.write_bytes(api.get(url.removeprefix("/api/v1")).content)
    return path


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_an_uploaded_model_measures_a_trunk(server: Server, admin: Person, tmp_path: Path) -> None:
    add(admin, "1.0.0", surfaces=True, patch={"size": [40, 48, 56], "overlap": 0.25})
    add(admin, "2.0.0", input={"axes": "RAS", "spacing_mm": [2.0, 2.0, 2.5]})
    switch(admin, "1.0.0", state="ENABLED")
    switch(admin, "2.0.0", state="ENABLED", shadow=True)
    person = newcomer(server.url)
    answer = person.api.post(
        "/files/upload",
        files={"file": ("trunk.zip", real_ct("real model"), "application/zip")},
        data={"task_type": "dense_tissue", "model_name": "Trunk"},
    )
    assert answer.status_code == 202, answer.text

    task = person.wait(answer.json()["task_id"], "COMPLETED", "FAILED")

    assert task["status"] == "COMPLETED", task
    assert task["algorithm_version"] == "1.0.0"
    results = {result["name"]: result for result in task["results"]}
    assert set(results) == {"labels.nii.gz", "dense.stl", "dense.glb", "thumbnail.png"}
    image = nibabel.load(fetched(person.api, results["labels.nii.gz"]["url"], tmp_path / "labels.nii.gz"))
    labels = np.asarray(image.dataobj)
    # the gate and the engine see the series as its DICOM says; thresholding needs only its values
    expected = _dense_ml()
    found = float((labels > 0).sum()) * float(np.prod(image.header.get_zooms())) / 1000
    assert found == pytest.approx(expected, rel=0.01)
    measured = task["metrics"]["labels"]["dense"]["volume_ml"]
    assert measured == pytest.approx(found, rel=1e-3)
    (mesh,) = person.get(f"/models/{task['model_info_id']}/models")
    assert (mesh["tissue"], mesh["color"], mesh["watertight"]) == ("dense", "#123ABC", True)
    assert mesh["volume_ml"] == pytest.approx(measured, rel=0.01)

    def comparison() -> Any:
        (shadow,) = admin.get("/admin/algorithms/dense_tissue/shadows")["items"]
        assert shadow["status"] not in ("FAILED", "CANCELLED"), shadow
        return shadow["comparison"]

    until(lambda: comparison() is not None, "the shadow to be compared")
    compared = comparison()["labels"]["dense"]
    assert compared["volume_ml"] == measured
    assert compared["shadow_volume_ml"] == pytest.approx(measured, rel=0.05)
    assert 0.8 < compared["dice"] < 1  # bone is thin for a grid of other voxels
    assert person.balance() == 90


def _dense_ml() -> float:
    """Millilitres of the parts of at least one millilitre that lie above the level."""
    from importlib.resources import as_file, files

    from scipy import ndimage

    from hounsfield.cli import demo
    from hounsfield.dicom import nifti

    with as_file(files(demo) / "trunk_ct.nii.gz") as path:
        volume = nifti.read(path)
    voxel_ml = float(np.prod(volume.spacing)) / 1000
    parts, _ = ndimage.label(volume.voxels > LEVEL)
    sizes = np.bincount(parts.ravel())[1:] * voxel_ml
    return float(sizes[sizes >= 1].sum())
