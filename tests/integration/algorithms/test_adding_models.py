"""From a file and a manifest to something that can be ordered, and everything that is refused on the way."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.factories.engines import MANIFEST, FakeEngine
from tests.factories.onnx_models import manifest, thresholds

from hounsfield.accounts.models import Tier
from hounsfield.kit.platform import Platform
from hounsfield.kit.storage import sha256_of
from hounsfield.tasks.scheduler import schedule

Headers = dict[str, str]


def listed(client: TestClient, headers: Headers, name: str) -> dict[str, Any] | None:
    items = client.get("/api/v1/admin/algorithms", headers=headers).json()["items"]
    return next((item for item in items if item["name"] == name), None)


def offered(client: TestClient, headers: Headers) -> dict[str, Any]:
    items = client.get("/api/v1/algorithms", headers=headers).json()["items"]
    return {item["name"]: item for item in items}


def test_a_model_is_kept_switched_on_ordered_and_run(
    client: TestClient,
    platform: Platform,
    as_admin: Headers,
    as_owner: Headers,
    runner: FakeEngine,
    upload: Callable[..., Any],
    switch: Callable[..., Any],
    order: Callable[..., Any],
    run_outbox: Any,
) -> None:
    network = thresholds(400).SerializeToString()
    answer = upload(network=network)
    assert answer.status_code == 201, answer.text
    added = answer.json()
    assert (added["state"], added["share_percent"], added["created_by"]) == ("DISABLED", 0, "root")
    assert added["facts"]["opset"] == 20
    assert added["manifest"]["labels"][0]["title"] == {"en": "Dense", "zh-CN": "致密"}
    assert "dense_tissue" not in offered(client, as_owner)
    assert order().json()["code"] == "UNKNOWN_TASK_TYPE"

    line = switch("1.0.0", state="ENABLED").json()
    assert line["versions"][0]["share_percent"] == 100
    shown = offered(client, as_owner)["dense_tissue"]
    assert shown["intended_use"] == {"en": "Tests.", "zh-CN": "测试。"}
    assert (shown["licence"], shown["version"], shown["available"]) == ("Apache-2.0", "1.0.0", True)
    assert "onnx" not in offered(client, as_owner)

    made = order()
    assert made.status_code == 201, made.text
    assert made.json()["algorithm_version"] == "1.0.0"
    run_outbox()
    assert schedule(platform) == 1
    claim = runner.claim(made.json()["task_id"], 1).json()
    assert (claim["algorithm"], claim["task_type"]) == ("onnx", "dense_tissue")
    assert claim["memory_mb"] > 2048
    assert len(claim["inputs"][0]["files"]) == 4
    model = claim["model"]
    assert model["manifest"] == added["manifest"]
    assert (model["sha256"], model["size"]) == (added["model_sha256"], len(network))
    told = {**runner.headers, "X-Attempt-Epoch": "1"}
    fetched = client.get(model["url"], headers=told)
    assert fetched.content == network
    assert client.get(model["url"], headers={**told, "X-Attempt-Epoch": "2"}).status_code == 409
    assert runner.complete(made.json()["task_id"], 1).json()["status"] == "COMPLETED"
    assert client.get(model["url"], headers=told).status_code == 409


def test_parameters_are_refused_for_there_are_none(
    add_version: Callable[..., str], switch: Callable[..., Any], order: Callable[..., Any]
) -> None:
    add_version("1.0.0")
    switch("1.0.0", state="ENABLED")
    assert order(parameters={"level": 3}).json()["code"] == "INVALID_PARAMETERS"


def test_an_algorithm_of_an_engine_comes_without_a_model(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine, run_outbox: Any
) -> None:
    made = client.post("/api/v1/tasks", json={"task_type": "plain"}, headers=as_owner).json()
    run_outbox()
    schedule(platform)
    assert engine.claim(made["task_id"], 1).json()["model"] is None
    told = {**engine.headers, "X-Attempt-Epoch": "1"}
    assert client.get(f"/api/v1/tasks/{made['task_id']}/model", headers=told).status_code == 404


def test_a_version_never_changes_and_a_new_one_stands_beside_it(
    client: TestClient, as_admin: Headers, upload: Callable[..., Any]
) -> None:
    assert upload().status_code == 201
    again = upload(network=thresholds(500))
    assert (again.status_code, again.json()["code"]) == (409, "MODEL_VERSION_EXISTS")
    assert upload(manifest(version="1.1.0"), thresholds(500)).status_code == 201
    line = listed(client, as_admin, "dense_tissue")
    assert line is not None
    assert [version["version"] for version in line["versions"]] == ["1.1.0", "1.0.0"]


def test_names_of_engines_are_taken_and_models_keep_theirs(
    client: TestClient,
    as_admin: Headers,
    as_owner: Headers,
    engine: FakeEngine,
    upload: Callable[..., Any],
    switch: Callable[..., Any],
) -> None:
    for name in ("ct_surface", "onnx"):
        answer = upload(manifest(name))
        assert (answer.status_code, answer.json()["code"]) == (409, "ALGORITHM_NAME_TAKEN")
    upload()
    switch("1.0.0", state="ENABLED")
    engine.algorithms = [{**MANIFEST, "name": "dense_tissue", "version": "9"}]
    assert engine.register().status_code == 201
    line = listed(client, as_admin, "dense_tissue")
    assert line is not None
    assert [version["version"] for version in line["versions"]] == ["1.0.0"]
    assert offered(client, as_owner)["dense_tissue"]["version"] == "1.0.0"


@pytest.mark.parametrize(
    ("told", "where"),
    [
        ("{", "JSON"),
        ("[]", "manifest"),
        ({"name": "x"}, "name"),
        (manifest(licence=""), "licence"),
        (manifest(title={"en": "Only English"}), "title"),
        (manifest(colour="red"), "colour"),
        (manifest(patch={"size": [0, 8, 8]}), "patch.size.0"),
        (manifest(labels=[]), "labels"),
        (manifest(version="1 0"), "version"),
        (manifest(name="../evil"), "name"),
        (manifest(memory_mb=10), "memory_mb"),
        ('{"name": "dense_tissue", "patch": {"overlap": NaN}}', "JSON"),
    ],
)
def test_a_manifest_that_is_wrong_says_where(told: Any, where: str, upload: Callable[..., Any]) -> None:
    answer = upload(told)
    assert (answer.status_code, answer.json()["code"]) == (422, "MODEL_MANIFEST_INVALID")
    assert f"at {where}" in answer.json()["detail"]


@pytest.mark.parametrize(
    "fields",
    [
        {"model": None},
        {"manifest": None},
        {"extra": (None, "1")},
        {"file": ("a.onnx", b"x", "application/octet-stream")},
    ],
)
def test_a_form_that_is_not_the_one_asked_for_is_refused(
    fields: dict[str, Any], upload: Callable[..., Any]
) -> None:
    answer = upload(**fields)
    assert answer.status_code == 422
    assert answer.json()["code"] in ("INVALID_FORM", "MODEL_MANIFEST_INVALID")


@pytest.mark.parametrize(
    ("network", "code"),
    [
        (b"no model at all", "MODEL_NOT_ONNX"),
        (thresholds(1, 2), "MODEL_CHANNELS"),
        (thresholds(1, opset=9999), "MODEL_TOO_NEW"),
    ],
)
def test_a_model_that_cannot_be_used_is_refused_and_leaves_nothing(
    network: Any,
    code: str,
    client: TestClient,
    platform: Platform,
    as_admin: Headers,
    upload: Callable[..., Any],
) -> None:
    answer = upload(network=network)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert listed(client, as_admin, "dense_tissue") is None
    assert list(platform.settings.spool_dir.iterdir()) == []
    data = network if isinstance(network, bytes) else network.SerializeToString()
    path = platform.settings.spool_dir / "probe"
    path.write_bytes(data)
    assert not platform.blobs.exists(sha256_of(path))


def test_the_reason_is_told_in_the_readers_language(
    client: TestClient, as_admin: Headers, upload: Callable[..., Any]
) -> None:
    as_admin["Accept-Language"] = "zh-CN"
    assert upload(network=b"x").json()["detail"] == "该文件不是 ONNX 模型。"


def test_the_size_is_limited_by_configuration(
    client: TestClient, platform: Platform, as_admin: Headers, upload: Callable[..., Any]
) -> None:
    size = len(thresholds(400).SerializeToString())
    path = "/api/v1/admin/configs/max_model_bytes"
    assert client.put(path, json={"value": size - 1}, headers=as_admin).status_code == 200
    answer = upload()
    assert (answer.status_code, answer.json()["code"]) == (413, "FILE_TOO_LARGE")
    assert list(platform.settings.spool_dir.iterdir()) == []
    announced = upload(network=b"x" * (2 << 20))
    assert (announced.status_code, announced.json()["code"]) == (413, "FILE_TOO_LARGE")
    assert client.put(path, json={"value": size}, headers=as_admin).status_code == 200
    assert upload().status_code == 201


def test_administrators_of_one_organization_do_not_manage_models(
    client: TestClient, platform: Platform
) -> None:
    from tests.factories.accounts import bearer, make_user

    headers = bearer(platform, make_user(platform, "boss", tier=Tier.ADMIN))
    assert client.get("/api/v1/admin/algorithms", headers=headers).status_code == 403
    body = {"manifest": (None, json.dumps(manifest())), "model": ("m.onnx", b"x", "text/plain")}
    sent = client.post("/api/v1/admin/algorithms/onnx", files=body, headers=headers)
    assert sent.status_code == 403
