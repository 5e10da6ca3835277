"""The production layout from the outside: an upload becomes models, and no part of it is needed all the time."""

from typing import Any

import httpx
import pytest
from tests.acceptance.files import real_ct
from tests.acceptance.people import Person
from tests.fleet import Fleet
from tests.integration.realtime.conftest import NodeClient
from tests.processes import until
from tests.production.conftest import Connect

TUS = {"Tus-Resumable": "1.0.0"}
PRICE = 10  # of one task, at the configuration of a new installation
BYTES = {"Content-Type": "application/offset+octet-stream"}


def send_in_turns(fleet: Fleet, person: Person, archive: bytes) -> str:
    """Upload in three requests that different API processes take, and return the upload's id."""
    apis = list(fleet.api_urls.values())
    headers = {**TUS, "Authorization": person.api.headers["Authorization"]}
    made = httpx.post(
        f"{apis[0]}/api/v1/uploads", headers={**headers, "Upload-Length": str(len(archive))}, timeout=60
    )
    assert made.status_code == 201, made.text
    step = len(archive) // 3 + 1
    for turn, start in enumerate(range(0, len(archive), step)):
        answer = httpx.patch(
            f"{apis[turn % len(apis)]}{made.headers['location']}",
            headers={**headers, **BYTES, "Upload-Offset": str(start)},
            content=archive[start : start + step],
            timeout=60,
        )
        assert answer.status_code == 204, answer.text
    return str(made.headers["location"].rsplit("/", 1)[1])


def ordered(person: Person, upload_id: str) -> str:
    wish = {"task_type": "ct_surface", "upload_id": upload_id, "parameters": {"tissues": ["bone"]}}
    answer = person.api.post("/tasks", json=wish)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["task_id"])


def ended(person: Person, task_id: str) -> dict[str, Any]:
    """Return a task once it has ended."""
    seen: dict[str, Any] = {}

    def done() -> bool:
        seen.update(person.get(f"/tasks/{task_id}"))
        return seen["status"] in ("COMPLETED", "FAILED", "CANCELLED")

    until(done, f"task {task_id} to end", 120)
    return seen


def told(client: NodeClient, last: str) -> list[str]:
    """Return the states that a client is told of, up to the one it waits for."""
    states: list[str] = []
    while last not in states:
        event = client.next()
        if event["name"] == "task_status":
            states.append(event["data"]["status"])
    return states


def test_an_upload_becomes_models_and_is_told_live(fleet: Fleet, person: Person, connect: Connect) -> None:
    client = connect(person)
    task_id = ordered(person, send_in_turns(fleet, person, real_ct("layout 1")))
    task = ended(person, task_id)
    assert task["status"] == "COMPLETED", task["error_message"]
    assert told(client, "COMPLETED") == ["CREATED", "QUEUED", "ASSIGNED", "IN_PROGRESS", "COMPLETED"]

    (bone,) = person.get(f"/models/{task['model_info_id']}/models")
    assert bone["watertight"]
    whole = person.api.get(bone["glb_url"].removeprefix("/api/v1"))
    assert whole.content[:4] == b"glTF"
    etag = whole.headers["etag"]
    for wanted, content in (
        ("bytes=0-3", b"glTF"),
        ("bytes=-5", whole.content[-5:]),
        ("bytes=9-", whole.content[9:]),
    ):
        some = person.api.get(
            bone["glb_url"].removeprefix("/api/v1"), headers={"Range": wanted, "If-Range": etag}
        )
        assert (some.status_code, some.content) == (206, content)
        assert some.headers["content-range"].endswith(f"/{len(whole.content)}")
    beyond = person.api.get(bone["glb_url"].removeprefix("/api/v1"), headers={"Range": "bytes=999999999-"})
    assert beyond.status_code == 416
    for name in (*fleet.names("worker"), *fleet.names("api")):
        spool = fleet.folder / f"{name}-data" / "spool"
        assert list(spool.iterdir()) == []


def test_without_redis_tasks_go_on_and_news_comes_when_it_is_back(
    fleet: Fleet, person: Person, connect: Connect
) -> None:
    client = connect(person)
    fleet.kill("redis")
    task = ended(person, person.order(real_ct("layout 2"), tissues=["bone"]))
    assert task["status"] == "COMPLETED", task["error_message"]
    for name in fleet.names("api"):
        state = httpx.get(f"{fleet.health_urls[name]}/readyz")
        assert (state.status_code, state.json()["events"]) == (200, "down: OSError")
    fleet.start("redis")
    assert told(client, "COMPLETED")[-1] == "COMPLETED"


def test_without_the_bucket_nothing_is_half_kept_and_a_running_task_waits_for_it(
    fleet: Fleet, person: Person
) -> None:
    upload_id = send_in_turns(fleet, person, real_ct("layout 3"))
    before = person.balance()
    fleet.stop("engine-1")
    fleet.stop("engine-2")
    task_id = ordered(person, upload_id)
    until(
        lambda: person.get(f"/tasks/{task_id}")["status"] not in ("CREATED",), "the images to be checked", 60
    )
    fleet.kill("s3")
    fleet.cont("engine-1")
    fleet.cont("engine-2")
    refused = person.api.post(
        "/files/upload",
        files={"file": ("ct.zip", real_ct("layout 4"), "application/zip")},
        data={"task_type": "ct_surface"},
    )
    assert (refused.status_code, refused.json()["code"]) == (503, "UNAVAILABLE")
    for name in fleet.names("api"):
        state = httpx.get(f"{fleet.health_urls[name]}/readyz", timeout=60)
        assert (state.status_code, state.json()["storage"]) == (503, "down: OSError")
    fleet.start("s3")
    task = ended(person, task_id)
    assert task["status"] == "COMPLETED", task["error_message"]
    assert person.get("/tasks")["total"] == 1
    assert before - person.balance() == PRICE


@pytest.mark.parametrize("role", ["engine", "worker", "scheduler", "realtime", "api"])
def test_each_role_ends_within_ten_seconds(fleet: Fleet, role: str) -> None:
    for name in fleet.names(role):
        fleet.end(name)
