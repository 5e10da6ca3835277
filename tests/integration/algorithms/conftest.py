"""A model in the registry, a study to order it on, and an engine that runs models."""

import json
from collections.abc import Callable
from typing import Any

import onnx
import pytest
from fastapi.testclient import TestClient
from tests.factories.dicom import ct_zip
from tests.factories.engines import MANIFEST, FakeEngine, engine_token
from tests.factories.onnx_models import manifest, thresholds

from hounsfield.algorithms import registry
from hounsfield.algorithms.model_manifest import ModelManifest
from hounsfield.algorithms.registry import CheckedModel
from hounsfield.kit.platform import Platform

Headers = dict[str, str]
RUNTIME = {
    **MANIFEST,
    "name": "onnx",
    "title": {"en": "ONNX models"},
    "parameters": {"type": "object"},
    "runtime": True,
}


@pytest.fixture
def upload(client: TestClient, as_admin: Headers) -> Callable[..., Any]:
    """Adds a model through the API, as the page does."""

    def send(told: Any = None, network: onnx.ModelProto | bytes | None = None, **fields: Any) -> Any:
        network = thresholds(400) if network is None else network
        data = network if isinstance(network, bytes) else network.SerializeToString()
        files = {
            "model": ("model.onnx", data, "application/octet-stream"),
            "manifest": (None, told if isinstance(told, str) else json.dumps(told or manifest())),
            **fields,
        }
        return client.post(
            "/api/v1/admin/algorithms/onnx",
            files={key: value for key, value in files.items() if value is not None},
            headers=as_admin,
        )

    return send


@pytest.fixture
def add_version(platform: Platform, root_id: str) -> Callable[..., str]:
    """Adds a checked model without the check, for tests of what comes after it."""

    def add(version: str, **changes: Any) -> str:
        data = f"model {version}".encode()
        told = ModelManifest.model_validate(manifest(version=version, **changes))
        with platform.db.write() as session:
            model = CheckedModel(told, platform.blobs.put(data), len(data), {"opset": 20})
            registry.add_model(session, model, actor_id=root_id)
        return told.name

    return add


@pytest.fixture
def root_id(client: TestClient, as_admin: Headers) -> str:
    user_id: str = client.get("/api/v1/users/profile", headers=as_admin).json()["user_id"]
    return user_id


@pytest.fixture
def switch(client: TestClient, as_admin: Headers) -> Callable[..., Any]:
    """Changes a version of the model through the API."""

    def change(version: str, name: str = "dense_tissue", **wish: Any) -> Any:
        path = f"/api/v1/admin/algorithms/{name}/versions/{version}"
        return client.put(path, json=wish, headers=as_admin)

    return change


@pytest.fixture
def runner(platform: Platform, client: TestClient) -> FakeEngine:
    """An engine of two slots that runs models and nothing else."""
    engine = FakeEngine(client, engine_token(platform), engine_id="runner", algorithms=[RUNTIME], capacity=2)
    assert engine.register().status_code == 201
    return engine


@pytest.fixture
def study(client: TestClient, as_owner: Headers, run_outbox: Any) -> str:
    """A study of the owner's, in the archive."""
    archive = ct_zip(slices=4)
    tus = {**as_owner, "Tus-Resumable": "1.0.0"}
    made = client.post("/api/v1/uploads", headers={**tus, "Upload-Length": str(len(archive))})
    where = made.headers["location"]
    body = {**tus, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    assert client.patch(where, content=archive, headers=body).status_code == 204
    assert client.post(f"{where}/ingest", headers=as_owner).status_code == 202
    run_outbox()
    uid: str = client.get("/api/v1/studies", headers=as_owner).json()["items"][0]["study_uid"]
    return uid


@pytest.fixture
def order(client: TestClient, as_owner: Headers, study: str) -> Callable[..., Any]:
    """Orders the model on the study."""

    def send(name: str = "dense_tissue", **wish: Any) -> Any:
        body = {"task_type": name, "study_uid": study, **wish}
        return client.post("/api/v1/tasks", json=body, headers=as_owner)

    return send
