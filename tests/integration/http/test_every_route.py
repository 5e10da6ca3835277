"""Every route of the application, found in the router itself: closed to nobody, invisible to strangers.

A new route fails these tests until somebody has said here who may use it.
"""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from tests.factories.dicom import ct_zip
from tests.factories.engines import FakeEngine, result

from hounsfield.accounts.models import User
from hounsfield.http.rooms import ROUTERS
from hounsfield.kit.platform import Platform
from hounsfield.tasks.scheduler import schedule

Headers = dict[str, str]

# anybody may ask these; they reveal nothing of anybody
PUBLIC = {
    "GET /system/info",
    "POST /users/register",
    "POST /users/login",
    "POST /users/refresh",
    "POST /users/logout",
    "POST /shared-models",  # the secret in the body is the key
    "POST /shared-models/{model_id}/glb",
}
# with these an engine speaks; a person's token is refused as no credential at all
ENGINES = {
    "POST /engines",
    "POST /engines/{engine_id}/heartbeat",
    "POST /engines/{engine_id}/claim",
    "GET /tasks/{task_id}/inputs/{sha256}",
    "GET /tasks/{task_id}/model",
    "PUT /tasks/{task_id}/outputs/{name}",
    "POST /tasks/{task_id}/progress",
    "POST /tasks/{task_id}/complete",
    "POST /tasks/{task_id}/fail",
    "POST /tasks/{task_id}/wait",
}
# everybody who is signed in has these, about themselves
OWN = {
    "GET /algorithms",
    "GET /models",
    "GET /models/categories",
    "POST /models/categories",
    "GET /points/balance",
    "GET /points/transactions",
    "GET /studies",
    "GET /tasks",
    "GET /uploads",
    "OPTIONS /uploads",
    "POST /uploads",
    "GET /users/display-config",
    "PUT /users/display-config",
    "GET /users/profile",
    "PUT /users/profile",
    "GET /users/sessions",
    "POST /realtime/ticket",
}
# only administrators have these, whoever's the thing is
ADMINISTRATORS = {
    "GET /admin/algorithms",
    "POST /admin/algorithms/onnx",
    "PUT /admin/algorithms/{name}",
    "PUT /admin/algorithms/{name}/versions/{version}",
    "GET /admin/algorithms/{name}/changes",
    "GET /admin/algorithms/{name}/shadows",
    "GET /admin/configs",
    "GET /admin/configs/{key}",
    "PUT /admin/configs/{key}",
    "GET /admin/quotas/users/{user_id}",
    "PUT /admin/quotas/users/{user_id}/adjust",
    "GET /admin/queues",
    "GET /admin/queues/dead-letters",
    "POST /admin/queues/dead-letters/{letter_id}/redrive",
    "GET /engines",
    "GET /engines/tokens",
    "POST /engines/tokens",
    "DELETE /engines/tokens/{token_id}",
    "DELETE /engines/{engine_id}",
    "PUT /engines/{engine_id}/drain",
    "GET /users",
    "POST /users/sub-accounts",
    "PUT /tasks/{task_id}/status",
}
BODIES: dict[str, Any] = {
    "POST /tasks": {"task_type": "ct_surface", "study_uid": "{study_uid}"},
    "PATCH /models/{model_info_id}": {"name": "stolen"},
    "PATCH /models/{model_info_id}/models/{model_id}": {"visible": False},
    "POST /models/{model_info_id}/shares": {"expires_in": 60},
    "POST /models/categories": {"name": "mine"},
    "POST /files/stl": {
        "task_id": "{task_id}",
        "stl_files": [{"file_name": "a.stl", "upload_id": "{upload_id}"}],
    },
    "POST /points/allocate": {"sub_user_id": "{user_id}", "point_type": "POINT_LOW", "points": 1},
    "PUT /users/{user_id}/status": {"status": "DISABLED"},
    "PUT /users/{user_id}/roles": {"tier": "ADMIN"},
    "PUT /users/profile": {"display_name": "me"},
    "PUT /users/display-config": {"tissues": {}},
    "PUT /admin/algorithms/{name}": {"enabled": False},
    "PUT /admin/algorithms/{name}/versions/{version}": {"state": "DISABLED"},
    "PUT /admin/configs/{key}": {"value": 1},
    "PUT /admin/quotas/users/{user_id}/adjust": {"quota_type": "POINT_LOW", "delta": 1, "reason": "x"},
    "POST /engines/tokens": {"name": "x"},
    "PUT /engines/{engine_id}/drain": {"drain": True},
    "POST /users/sub-accounts": {"username": "sub", "password": "a long enough password"},
    "PUT /tasks/{task_id}/status": {"new_status": "CANCELLED"},
}
TUS = {
    "Tus-Resumable": "1.0.0",
    "Upload-Length": "10",
    "Upload-Offset": "0",
    "Content-Type": "application/offset+octet-stream",
}
FORM = {"task_type": (None, "ct_surface"), "upload_id": (None, "{upload_id}")}


def routes() -> list[str]:
    """Return `METHOD /path` of every route under the API, as the router has them."""
    found = {
        f"{method} {route.path}"
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    }
    return sorted(found)


@dataclass
class Things:
    """Ids of one of everything that the owner has."""

    ids: dict[str, str]

    def fill(self, value: Any) -> Any:
        if isinstance(value, str):
            return re.sub(r"\{(\w+)\}", lambda match: self.ids[match[1]], value)
        if isinstance(value, dict):
            return {key: self.fill(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(self.fill(item) for item in value)
        return value


@pytest.fixture
def things(
    client: TestClient,
    platform: Platform,
    owner: User,
    as_owner: Headers,
    engine: FakeEngine,
    run_outbox: Any,
) -> Things:
    """One upload, study, completed task, set of models and session of the owner."""
    archive = ct_zip(slices=4)
    form = {"task_type": (None, "ct_surface"), "file": ("ct.zip", archive, "application/zip")}
    ordered = client.post("/api/v1/files/upload", files=form, headers=as_owner)
    assert ordered.status_code == 202, ordered.text
    task_id = ordered.json()["task_id"]
    run_outbox()
    schedule(platform)
    engine.claim(task_id, 1)
    engine.upload(task_id, 1, "bone.stl", b"mesh")
    engine.complete(task_id, 1, result("bone.stl", b"mesh", "mesh_stl", tissue="bone"))
    task = client.get(f"/api/v1/tasks/{task_id}", headers=as_owner).json()
    assert task["status"] == "COMPLETED", task
    info = task["model_info_id"]
    part = client.get(f"/api/v1/models/{info}/models", headers=as_owner).json()[0]
    session = client.get("/api/v1/users/sessions", headers=as_owner).json()["items"][0]
    return Things(
        {
            "task_id": task_id,
            "upload_id": task["upload_id"],
            "study_uid": task["study_uid"],
            "model_info_id": info,
            "model_id": part["model_id"],
            "user_id": owner.id,
            "session_id": session["session_id"],
            "name": "bone.stl",
            "form": "stl",
            "sha256": "0" * 64,
            "engine_id": engine.engine_id,
            "token_id": "0" * 32,
            "key": "calculation_price",
            "letter_id": "1",
            "version": "1.0.0",
        }
    )


def ask(client: TestClient, things: Things, route: str, headers: Headers) -> Any:
    method, path = route.split(" ", 1)
    options: dict[str, Any] = {"headers": headers}
    if path.startswith("/uploads"):
        options["headers"] = {**headers, **TUS}
    if route == "POST /files/upload":
        options["files"] = things.fill(FORM)
    elif route in BODIES:
        options["json"] = things.fill(BODIES[route])
    return client.request(method, "/api/v1" + things.fill(path), **options)


def test_no_route_answers_whoever_is_not_signed_in(client: TestClient, things: Things) -> None:
    open_routes = []
    for route in routes():
        if route in PUBLIC:
            continue
        answer = ask(client, things, route, {})
        if answer.status_code != 401:
            open_routes.append((route, answer.status_code))
    assert open_routes == []


def test_a_stranger_finds_none_of_the_owners_things(
    client: TestClient, things: Things, as_owner: Headers, as_stranger: Headers
) -> None:
    before = _all_the_owner_sees(client, things, as_owner)
    surprises = []
    for route in routes():
        if route in PUBLIC | OWN:
            continue
        expected = 401 if route in ENGINES else 403 if route in ADMINISTRATORS else 404
        answer = ask(client, things, route, as_stranger)
        if answer.status_code != expected:
            surprises.append((route, answer.status_code, expected))
    assert surprises == []
    assert _all_the_owner_sees(client, things, as_owner) == before


def test_a_strangers_own_lists_are_empty(client: TestClient, things: Things, as_stranger: Headers) -> None:
    for path in ("tasks", "studies", "models", "uploads"):
        assert client.get(f"/api/v1/{path}", headers=as_stranger).json()["total"] == 0
    assert client.get("/api/v1/models/categories", headers=as_stranger).json() == []


def test_the_owner_reaches_every_thing_of_their_own(
    client: TestClient, things: Things, as_owner: Headers
) -> None:
    for route in routes():
        if route.startswith("GET ") and route not in ADMINISTRATORS | ENGINES | PUBLIC:
            answer = ask(client, things, route, as_owner)
            assert answer.status_code == 200 or route.endswith("/thumbnail") or "glb" in route, (
                route,
                answer.text,
            )


def test_the_tables_above_name_only_routes_that_exist() -> None:
    assert set(routes()) >= PUBLIC | ENGINES | OWN | ADMINISTRATORS
    assert set(BODIES) <= set(routes())


def _all_the_owner_sees(client: TestClient, things: Things, headers: Headers) -> list[Any]:
    paths = [
        "tasks/{task_id}",
        "studies/{study_uid}",
        "models/{model_info_id}",
        "models/{model_info_id}/models",
    ]
    paths += ["users/profile", "points/balance", "uploads/{upload_id}"]
    return [client.get("/api/v1/" + things.fill(path), headers=headers).json() for path in paths]
