"""A mark is there for everybody who sees the study, in the version that was drawn last, and refused when it is nonsense."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.integration.annotations.conftest import Ct

from hounsfield.annotations import measurements

Headers = dict[str, str]


def length(ct: Ct, **changes: Any) -> dict[str, Any]:
    """Return a distance of 30 mm on the fourth slice."""
    return {
        "tool": "length",
        "series_uid": ct.series_uid,
        "sop_uid": ct.sop_uid(3),
        "frame": 1,
        "frame_of_reference_uid": ct.frame_of_reference_uid,
        "points": [[-15.0, 0.0, -92.5], [15.0, 0.0, -92.5]],
        "label": "肝脏病灶",
        "text": "",
        "stats": {"length_mm": 30.0},
        **changes,
    }


def test_a_mark_is_kept_as_it_is_drawn_and_a_colleague_sees_it(
    client: TestClient, ct: Ct, as_owner: Headers, as_colleague: Headers
) -> None:
    made = client.put(f"{ct.path}/measurements/m-1", json=length(ct), headers=as_owner)
    assert made.status_code == 201, made.text
    assert made.json()["version"] == 1
    seen = client.get(f"{ct.path}/measurements", headers=as_colleague).json()
    assert seen["total"] == 1
    (mark,) = seen["items"]
    assert {key: mark[key] for key in length(ct)} == {
        **length(ct),
        "stats": {**dict.fromkeys(mark["stats"]), "length_mm": 30.0},
    }
    assert (mark["id"], mark["created_by_name"], mark["read_only"]) == ("m-1", "owner", False)

    longer = length(
        ct, points=[[-20.0, 0.0, -92.5], [15.0, 0.0, -92.5]], stats={"length_mm": 35.0}, version=1
    )
    changed = client.put(f"{ct.path}/measurements/m-1", json=longer, headers=as_colleague)
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert changed.json()["created_by_name"] == "owner"
    (mark,) = client.get(f"{ct.path}/measurements", headers=as_owner).json()["items"]
    assert (mark["stats"]["length_mm"], mark["points"][0]) == (35.0, [-20.0, 0.0, -92.5])


def test_of_two_who_change_the_same_version_one_is_told(
    client: TestClient, ct: Ct, as_owner: Headers, as_colleague: Headers
) -> None:
    path = f"{ct.path}/measurements/m-1"
    assert client.put(path, json=length(ct), headers=as_owner).status_code == 201
    assert client.put(path, json=length(ct, label="a", version=1), headers=as_owner).status_code == 200
    late = client.put(path, json=length(ct, label="b", version=1), headers=as_colleague)
    assert (late.status_code, late.json()["code"]) == (409, "MEASUREMENT_CHANGED")
    assert "version 2" in late.json()["detail"]
    unaware = client.put(path, json=length(ct, label="b"), headers=as_colleague)
    assert (unaware.status_code, unaware.json()["code"]) == (409, "MEASUREMENT_CHANGED")
    assert client.delete(f"{path}?version=1", headers=as_colleague).status_code == 409
    (mark,) = client.get(f"{ct.path}/measurements", headers=as_owner).json()["items"]
    assert (mark["label"], mark["version"]) == ("a", 2)
    assert client.delete(f"{path}?version=2", headers=as_owner).status_code == 204
    assert client.delete(path, headers=as_owner).status_code == 404
    ghost = client.put(path, json=length(ct, label="b", version=2), headers=as_colleague)
    assert (ghost.status_code, ghost.json()["code"]) == (409, "MEASUREMENT_GONE")


def test_the_same_request_again_changes_nothing(
    client: TestClient, ct: Ct, as_owner: Headers, run_outbox: Any
) -> None:
    path = f"{ct.path}/measurements/m-1"
    assert client.put(path, json=length(ct), headers=as_owner).status_code == 201
    again = client.put(path, json=length(ct), headers=as_owner)
    assert (again.status_code, again.json()["version"]) == (200, 1)
    moved = length(ct, label="moved", version=1)
    assert client.put(path, json=moved, headers=as_owner).json()["version"] == 2
    again = client.put(path, json=moved, headers=as_owner)
    assert (again.status_code, again.json()["version"]) == (200, 2)
    told = [event for event in run_outbox().of("event") if event["name"] == "record_updated"]
    assert [event["data"]["version"] for event in told] == [1, 2]


def test_eight_who_draw_under_one_id_at_once_leave_one_mark(
    client: TestClient, ct: Ct, as_owner: Headers
) -> None:
    def draw(number: int) -> int:
        body = length(ct, label=str(number))
        return client.put(f"{ct.path}/measurements/same", json=body, headers=as_owner).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(draw, range(8)))
    assert answers == [201] + [409] * 7
    assert client.get(f"{ct.path}/measurements", headers=as_owner).json()["total"] == 1


def test_only_who_sees_the_study_sees_its_marks_and_only_who_works_on_it_leaves_any(
    client: TestClient, ct: Ct, as_owner: Headers, as_nurse: Headers, as_stranger: Headers
) -> None:
    path = f"{ct.path}/measurements/m-1"
    client.put(path, json=length(ct), headers=as_owner)
    assert client.get(f"{ct.path}/measurements", headers=as_nurse).json()["total"] == 1
    assert client.put(path, json=length(ct, version=1), headers=as_nurse).status_code == 403
    assert client.delete(path, headers=as_nurse).status_code == 403
    for asked in (
        client.get(f"{ct.path}/measurements", headers=as_stranger),
        client.put(path, json=length(ct, version=1), headers=as_stranger),
        client.delete(path, headers=as_stranger),
    ):
        assert (asked.status_code, asked.json()["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    "changes",
    [
        {"tool": "lasso"},
        {"points": [[0, 0, 0]]},
        {"points": [[0, 0, 0]] * 3},
        {"points": [[0, 0], [1, 1]]},
        {"points": [[0, 0, 1e9], [0, 0, 0]]},
        {"tool": "area", "points": [[0, 0, 0]] * 2001},
        {"stats": {"length_mm": -1}},
        {"stats": {"volume": 1}},
        {"stats": {"angle_deg": 720}},
        {"label": "x" * 201},
        {"text": "nul\0"},
        {"frame": 0},
        {"sop_uid": "not a uid"},
        {"sop_uid": None, "frame": None, "frame_of_reference_uid": None},
        {"version": -1},
        {"author": "somebody else"},
    ],
)
def test_nonsense_is_refused(client: TestClient, ct: Ct, as_owner: Headers, changes: dict[str, Any]) -> None:
    answer = client.put(f"{ct.path}/measurements/m-1", json=length(ct, **changes), headers=as_owner)
    assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION_FAILED")
    assert client.get(f"{ct.path}/measurements", headers=as_owner).json()["total"] == 0


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_is_no_number_is_refused(client: TestClient, ct: Ct, as_owner: Headers, number: str) -> None:
    body = f'{{"tool":"probe","series_uid":"{ct.series_uid}","frame_of_reference_uid":"1.2","points":[[{number},0,0]]}}'
    headers = {**as_owner, "Content-Type": "application/json"}
    answer = client.put(f"{ct.path}/measurements/m-1", content=body, headers=headers)
    assert answer.status_code == 422


@pytest.mark.parametrize("key", ["UPPER", "a b", "x" * 65, "%00", "-", "a$"])
def test_ids_are_plain(client: TestClient, ct: Ct, as_owner: Headers, key: str) -> None:
    assert client.put(f"{ct.path}/measurements/{key}", json=length(ct), headers=as_owner).status_code == 422


def test_a_mark_lies_on_an_image_of_its_study(client: TestClient, ct: Ct, as_owner: Headers) -> None:
    for changes in ({"sop_uid": "1.2.3"}, {"series_uid": "1.2.3"}, {"frame": 2}):
        answer = client.put(f"{ct.path}/measurements/m-1", json=length(ct, **changes), headers=as_owner)
        assert (answer.status_code, answer.json()["code"]) == (422, "NOT_IN_STUDY")


def test_a_study_holds_only_so_many(
    client: TestClient, ct: Ct, as_owner: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measurements, "MAX_PER_STUDY", 2)
    answers = [
        client.put(f"{ct.path}/measurements/m-{n}", json=length(ct), headers=as_owner) for n in range(3)
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 409]
    assert answers[2].json()["code"] == "TOO_MANY_MARKS"
