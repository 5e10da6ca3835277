"""Sets of models: how they appear, look, are shared, and take meshes made elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import trimesh
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session
from tests.factories import dicom
from tests.factories.engines import FakeEngine, result

from hounsfield.kit.db import Database
from hounsfield.kit.platform import Platform
from hounsfield.models3d import attach
from hounsfield.tasks.scheduler import schedule

Headers = dict[str, str]
BOX = bytes(trimesh.creation.box(extents=(10, 20, 30)).export(file_type="stl"))


def completed(
    client: TestClient, platform: Platform, headers: Headers, engine: FakeEngine, run_outbox: Any
) -> str:
    """Return the id of a completed task that delivered a bone and something unknown."""
    task_id: str = client.post("/api/v1/tasks", json={"task_type": "plain"}, headers=headers).json()[
        "task_id"
    ]
    run_outbox()
    schedule(platform)
    engine.claim(task_id, 1)
    measured = {"triangles": 12, "volume_ml": 6.0, "area_cm2": 22.0, "watertight": True}
    for name in ("bone.stl", "gadget.stl"):
        engine.upload(task_id, 1, name, BOX)
    engine.upload(task_id, 1, "thumbnail.png", b"png")
    engine.complete(
        task_id,
        1,
        result("bone.stl", BOX, "mesh_stl", tissue="bone", **measured),
        result("gadget.stl", BOX, "mesh_stl", tissue="gadget", **measured),
        result("thumbnail.png", b"png", "thumbnail"),
    )
    return task_id


def test_a_new_set_looks_as_its_owner_likes_and_keeps_what_is_changed(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine, run_outbox: Any
) -> None:
    liking = {
        "tissues": {"bone": {"color": "#abcdef", "opacity": 0.5, "visible": True}},
        "background": "#000000",
    }
    assert client.put("/api/v1/users/display-config", json=liking, headers=as_owner).json() == liking
    completed(client, platform, as_owner, engine, run_outbox)
    info = client.get("/api/v1/models?status=ENABLED", headers=as_owner).json()["items"][0]
    assert (info["model_count"], info["status"]) == (2, "ENABLED")
    assert client.get(info["thumbnail_url"], headers=as_owner).content == b"png"
    base = f"/api/v1/models/{info['model_info_id']}"
    bone, gadget = client.get(f"{base}/models", headers=as_owner).json()
    assert (bone["color"], bone["opacity"], bone["volume_ml"], bone["watertight"]) == (
        "#ABCDEF",
        0.5,
        6.0,
        True,
    )
    assert gadget["color"] != bone["color"]
    change = {"color": "#112233", "visible": False}
    client.patch(f"{base}/models/{bone['model_id']}", json=change, headers=as_owner)
    again = client.get(f"{base}/models", headers=as_owner).json()[0]
    assert (again["color"], again["visible"], again["opacity"]) == ("#112233", False, 0.5)
    for bad in ({"color": "red"}, {"opacity": 2}, {"triangles": 1}):
        refused = client.patch(f"{base}/models/{bone['model_id']}", json=bad, headers=as_owner)
        assert refused.status_code == 422
    stl = client.get(bone["stl_url"], headers=as_owner)
    assert stl.content == BOX
    assert 'filename="bone.stl"' in stl.headers["content-disposition"]


def test_categories_sort_sets_and_names_are_unique(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine, run_outbox: Any
) -> None:
    completed(client, platform, as_owner, engine, run_outbox)
    info = client.get("/api/v1/models", headers=as_owner).json()["items"][0]["model_info_id"]
    made = client.post("/api/v1/models/categories", json={"name": "膝关节"}, headers=as_owner).json()
    twice = client.post("/api/v1/models/categories", json={"name": "膝关节"}, headers=as_owner)
    assert (twice.status_code, twice.json()["code"]) == (409, "CATEGORY_EXISTS")
    change = {"category_id": made["category_id"], "name": "knee"}
    assert client.patch(f"/api/v1/models/{info}", json=change, headers=as_owner).json()["name"] == "knee"
    found = client.get(f"/api/v1/models?category_id={made['category_id']}", headers=as_owner).json()
    assert found["total"] == 1
    foreign = client.patch(f"/api/v1/models/{info}", json={"category_id": "0" * 32}, headers=as_owner)
    assert foreign.status_code == 404


def test_a_share_opens_one_set_until_it_is_deleted(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine, run_outbox: Any
) -> None:
    completed(client, platform, as_owner, engine, run_outbox)
    info = client.get("/api/v1/models", headers=as_owner).json()["items"][0]["model_info_id"]
    key = client.post(f"/api/v1/models/{info}/shares", json={"expires_in": 60}, headers=as_owner).json()
    shown = client.post("/api/v1/shared-models", json={"secret": key["secret"]}).json()
    assert [part["tissue"] for part in shown["models"]] == ["bone", "gadget"]
    assert all(part["stl_url"] is None for part in shown["models"])
    assert (
        client.post("/api/v1/shared-models", json={"secret": "hfs_wrong"}).json()["code"] == "SHARE_INVALID"
    )
    assert client.delete(f"/api/v1/models/{info}", headers=as_owner).status_code == 204
    assert client.post("/api/v1/shared-models", json={"secret": key["secret"]}).status_code == 404
    assert client.get(f"/api/v1/models/{info}", headers=as_owner).status_code == 404


def _uploaded(client: TestClient, headers: Headers, content: bytes) -> str:
    tus = {**headers, "Tus-Resumable": "1.0.0"}
    made = client.post("/api/v1/uploads", headers={**tus, "Upload-Length": str(len(content))})
    place = made.headers["Location"]
    sent = {**tus, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    client.patch(place, content=content, headers=sent)
    return place.rsplit("/", 1)[1]


def test_meshes_made_elsewhere_are_measured_and_join_the_set(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine, run_outbox: Any
) -> None:
    task_id = completed(client, platform, as_owner, engine, run_outbox)
    files = [{"file_name": "implant.stl", "upload_id": _uploaded(client, as_owner, BOX)}]
    added = client.post("/api/v1/files/stl", json={"task_id": task_id, "stl_files": files}, headers=as_owner)
    assert added.status_code == 201
    implant = next(part for part in added.json()["models"] if part["tissue"] == "implant")
    assert implant["volume_ml"] == pytest.approx(6.0, rel=1e-5)
    assert implant["area_cm2"] == pytest.approx(22.0, rel=1e-5)
    assert (implant["triangles"], implant["watertight"]) == (12, True)


@pytest.mark.parametrize("content", [BOX[:-1], b"solid ascii\nendsolid", BOX[:84] + b"\xff" * 600])
def test_what_is_no_binary_stl_is_refused_and_nothing_is_added(
    client: TestClient,
    platform: Platform,
    as_owner: Headers,
    engine: FakeEngine,
    run_outbox: Any,
    content: bytes,
) -> None:
    task_id = completed(client, platform, as_owner, engine, run_outbox)
    files = [{"file_name": "x.stl", "upload_id": _uploaded(client, as_owner, content)}]
    refused = client.post(
        "/api/v1/files/stl", json={"task_id": task_id, "stl_files": files}, headers=as_owner
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "INVALID_STL")
    info = client.get("/api/v1/models", headers=as_owner).json()["items"][0]
    assert info["model_count"] == 2


def test_an_open_box_is_not_watertight(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine, run_outbox: Any
) -> None:
    task_id = completed(client, platform, as_owner, engine, run_outbox)
    holed = BOX[:80] + (11).to_bytes(4, "little") + BOX[84 : 84 + 11 * 50]
    files = [{"file_name": "holed.stl", "upload_id": _uploaded(client, as_owner, holed)}]
    added = client.post(
        "/api/v1/files/stl", json={"task_id": task_id, "stl_files": files}, headers=as_owner
    ).json()
    assert next(part for part in added["models"] if part["tissue"] == "holed")["watertight"] is False


def ordered(client: TestClient, headers: Headers, content: bytes) -> str:
    form: dict[str, Any] = {"task_type": (None, "ct_surface"), "file": ("ct.zip", content, "application/zip")}
    task_id: str = client.post("/api/v1/files/upload", files=form, headers=headers).json()["task_id"]
    return task_id


def test_the_gallery_shows_what_has_or_will_have_models_and_the_rest_when_asked(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine, run_outbox: Any
) -> None:
    done = completed(client, platform, as_owner, engine, run_outbox)
    failed = ordered(client, as_owner, dicom.ct_zip(slices=12, missing=[5]))
    running = ordered(client, as_owner, dicom.ct_zip(slices=4, seed="other"))
    cancelled = ordered(client, as_owner, dicom.ct_zip(slices=4, seed="third"))
    run_outbox()
    client.post(f"/api/v1/tasks/{cancelled}/cancel", headers=as_owner)
    schedule(platform)
    engine.claim(running, 1)
    engine.progress(running, 1, 42)

    def shown(status: str) -> set[str]:
        found = client.get(f"/api/v1/models?{status}", headers=as_owner)
        assert found.status_code == 200
        return {item["task_id"] for item in found.json()["items"]}

    assert shown("") == {done, running}
    assert shown("status=ENABLED") == {done}
    assert shown("status=PREPARING") == {running}
    assert shown("status=FAILED") == {failed, cancelled}
    assert shown("status=DISABLED") == {running, failed, cancelled}
    assert client.get("/api/v1/models?status=nonsense", headers=as_owner).status_code == 422
    card = next(
        item
        for item in client.get("/api/v1/models", headers=as_owner).json()["items"]
        if item["task_id"] == running
    )
    assert (card["task_status"], card["progress"], card["model_count"]) == ("IN_PROGRESS", 42, 0)


def test_a_set_says_whose_images_it_was_made_of(
    client: TestClient, as_owner: Headers, engine: FakeEngine, run_outbox: Any
) -> None:
    ordered(client, as_owner, dicom.ct_zip(slices=4, attributes={"PatientName": "王^小东"}))
    info = client.get("/api/v1/models", headers=as_owner).json()["items"][0]
    assert info["patient_name"] is None  # nobody has looked at the images yet
    run_outbox()
    again = client.get(f"/api/v1/models/{info['model_info_id']}", headers=as_owner).json()
    assert again["patient_name"] == "王^小东"


@pytest.mark.parametrize("nonsense", [{"triangles": "many"}, {"volume_ml": -1}, {"area_cm2": {}}])
def test_what_an_engine_says_of_a_mesh_must_make_sense(
    client: TestClient,
    platform: Platform,
    as_owner: Headers,
    engine: FakeEngine,
    run_outbox: Any,
    nonsense: dict[str, Any],
) -> None:
    task_id = client.post("/api/v1/tasks", json={"task_type": "plain"}, headers=as_owner).json()["task_id"]
    run_outbox()
    schedule(platform)
    engine.claim(task_id, 1)
    engine.upload(task_id, 1, "bone.stl", BOX)
    answer = engine.complete(task_id, 1, result("bone.stl", BOX, "mesh_stl", tissue="bone", **nonsense))
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_MEASURES")
    assert client.get(f"/api/v1/tasks/{task_id}", headers=as_owner).json()["status"] == "IN_PROGRESS"


def attached(client: TestClient, headers: Headers, task_id: str, uploads: dict[str, str]) -> Any:
    files = [{"file_name": name, "upload_id": upload_id} for name, upload_id in uploads.items()]
    return client.post("/api/v1/files/stl", json={"task_id": task_id, "stl_files": files}, headers=headers)


def test_a_mesh_beside_one_that_is_refused_can_be_used_again_once(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine, run_outbox: Any
) -> None:
    task_id = completed(client, platform, as_owner, engine, run_outbox)
    good, bad = _uploaded(client, as_owner, BOX), _uploaded(client, as_owner, b"solid")
    refused = attached(client, as_owner, task_id, {"good.stl": good, "bad.stl": bad})
    assert (refused.status_code, refused.json()["code"]) == (422, "INVALID_STL")
    assert attached(client, as_owner, task_id, {"good.stl": good}).status_code == 201
    again = attached(client, as_owner, task_id, {"good.stl": good})
    assert (again.status_code, again.json()["code"]) == (404, "NOT_FOUND")
    assert [path.name for path in platform.settings.spool_dir.iterdir()] == [f"upload-{bad}"]


def test_no_file_is_read_or_moved_while_a_transaction_is_open(
    client: TestClient,
    platform: Platform,
    as_owner: Headers,
    engine: FakeEngine,
    run_outbox: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    task_id = completed(client, platform, as_owner, engine, run_outbox)
    upload_id = _uploaded(client, as_owner, BOX)
    open_now, seen = [0], []

    @contextmanager
    def counted(kind: str) -> Iterator[Session]:
        with getattr(Database, kind)(platform.db) as session:
            open_now[0] += 1
            yield session
            open_now[0] -= 1

    def watched(name: str, function: Any) -> Any:
        def call(*args: Any) -> Any:
            seen.append((name, open_now[0]))
            return function(*args)

        return call

    for kind in ("read", "write"):
        monkeypatch.setattr(platform.db, kind, lambda kind=kind: counted(kind))
    for name in ("measure", "sha256_of"):
        monkeypatch.setattr(attach, name, watched(name, getattr(attach, name)))
    monkeypatch.setattr(platform.blobs, "adopt", watched("adopt", platform.blobs.adopt))
    assert attached(client, as_owner, task_id, {"box.stl": upload_id}).status_code == 201
    assert seen == [("measure", 0), ("sha256_of", 0), ("adopt", 0)]
