"""Who sees a record, and everything made of its images: grants, closed records, break-glass, the patient's own account."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update
from tests.factories.accounts import bearer, make_user
from tests.factories.engines import FakeEngine
from tests.factories.patients import Clinic, Headers, make_clinic, make_patient

from hounsfield.accounts.models import Tier
from hounsfield.kit.clock import iso, utc_now
from hounsfield.kit.platform import Platform
from hounsfield.patients.models import PatientGrant

Bring = Callable[..., str]


@pytest.fixture
def record(client: TestClient, as_doctor: Headers, bring_in: Bring) -> dict[str, Any]:
    """A patient with one study."""
    made = make_patient(client, as_doctor, mrn="A1")
    made["study_uid"] = bring_in(as_doctor, PatientID="A1", PatientName="Zhang^San")
    return made


def sees(client: TestClient, headers: Headers, record: dict[str, Any]) -> dict[str, int]:
    """Return what a person is answered, and how many they find in each list."""
    patient, study = record["patient_id"], record["study_uid"]
    paths = {
        "patient": f"/patients/{patient}",
        "visits": f"/patients/{patient}/visits",
        "timeline": f"/patients/{patient}/timeline",
        "study": f"/studies/{study}",
    }
    found = {name: client.get(f"/api/v1{path}", headers=headers).status_code for name, path in paths.items()}
    for name in ("patients", "studies"):
        found[name] = client.get(f"/api/v1/{name}", headers=headers).json()["total"]
    return found


EVERYTHING = {"patient": 200, "visits": 200, "timeline": 200, "study": 200, "patients": 1, "studies": 1}
NOTHING = {"patient": 404, "visits": 404, "timeline": 404, "study": 404, "patients": 0, "studies": 0}


def in_days(days: float) -> str:
    return iso(utc_now() + timedelta(days=days))


def grant(client: TestClient, headers: Headers, record: dict[str, Any], user: str, days: float = 1) -> Any:
    wish = {"user": user, "expires_at": in_days(days), "reason": "second opinion"}
    return client.post(f"/api/v1/patients/{record['patient_id']}/grants", json=wish, headers=headers)


def test_staff_see_their_organizations_records_and_others_none(
    client: TestClient, platform: Platform, clinic: Clinic, record: dict[str, Any], as_stranger: Headers
) -> None:
    for name in ("doctor", "colleague", "technician", "nurse", "manager"):
        assert sees(client, clinic.headers[name], record) == EVERYTHING, name
    elsewhere = make_clinic(platform, "other-").headers["doctor"]
    for headers in (as_stranger, elsewhere, clinic.headers["patient"]):
        assert sees(client, headers, record) == NOTHING
    root = make_user(platform, "root", tier=Tier.SUPER_ADMIN)
    assert sees(client, bearer(platform, root), record) == EVERYTHING


def test_a_grant_opens_a_record_to_a_named_person_until_it_ends(
    client: TestClient, platform: Platform, as_doctor: Headers, record: dict[str, Any], published: Any
) -> None:
    reader = make_user(platform, "outside-reader")
    headers = bearer(platform, reader)
    assert sees(client, headers, record) == NOTHING
    made = grant(client, as_doctor, record, "Outside-Reader")
    assert made.status_code == 201, made.text
    assert made.json()["active"] is True
    assert sees(client, headers, record) == EVERYTHING
    # they look, and no more
    path = f"/api/v1/patients/{record['patient_id']}"
    assert client.put(path, json={"sex": "M"}, headers=headers).status_code == 403
    assert client.get(f"{path}/grants", headers=headers).status_code == 403
    order = {"task_type": "ct_surface", "study_uid": record["study_uid"]}
    assert client.post("/api/v1/tasks", json=order, headers=headers).json()["code"] in (
        "FORBIDDEN",
        "UNKNOWN_TASK_TYPE",
    )
    with platform.db.write() as session:
        session.execute(update(PatientGrant).values(expires_at=utc_now() - timedelta(seconds=1)))
    assert sees(client, headers, record) == NOTHING
    assert client.get(f"{path}/grants", headers=as_doctor).json()[0]["active"] is False

    again = grant(client, as_doctor, record, reader.id).json()
    assert sees(client, headers, record) == EVERYTHING
    gone = client.delete(f"{path}/grants/{again['grant_id']}", headers=as_doctor)
    assert gone.status_code == 204
    assert sees(client, headers, record) == NOTHING
    while platform.relay.drain():
        pass
    told = [event["name"] for event in published.of("event") if event["room"] == f"user:{reader.id}"]
    assert told == ["permission_granted", "permission_granted", "permission_revoked"]


@pytest.mark.parametrize(
    ("user", "days", "code"),
    [
        ("nobody-of-that-name", 1, "NO_SUCH_USER"),
        ("colleague", -1, "EXPIRY_INVALID"),
        ("colleague", 500, "EXPIRY_INVALID"),
    ],
)
def test_a_grant_needs_a_user_and_an_end(
    client: TestClient, as_doctor: Headers, record: dict[str, Any], user: str, days: float, code: str
) -> None:
    assert grant(client, as_doctor, record, user, days).json()["code"] == code


def close(client: TestClient, headers: Headers, record: dict[str, Any]) -> None:
    answer = client.put(
        f"/api/v1/patients/{record['patient_id']}", json={"restricted": True}, headers=headers
    )
    assert answer.json()["restricted"] is True, answer.text


def test_a_closed_record_is_hidden_from_colleagues(
    client: TestClient, clinic: Clinic, record: dict[str, Any]
) -> None:
    nurse = client.put(
        f"/api/v1/patients/{record['patient_id']}", json={"restricted": True}, headers=clinic.headers["nurse"]
    )
    assert nurse.status_code == 403
    close(client, clinic.headers["doctor"], record)
    assert sees(client, clinic.headers["doctor"], record) == EVERYTHING
    for name in ("colleague", "technician", "nurse", "manager"):
        assert sees(client, clinic.headers[name], record) == NOTHING, name
    assert grant(client, clinic.headers["doctor"], record, "colleague").status_code == 201
    assert sees(client, clinic.headers["colleague"], record) == EVERYTHING


def test_breaking_the_glass_opens_a_closed_record_for_four_hours_and_alerts(
    client: TestClient, platform: Platform, clinic: Clinic, record: dict[str, Any], published: Any
) -> None:
    nurse, path = clinic.headers["nurse"], f"/api/v1/patients/{record['patient_id']}"
    early = client.post(f"{path}/break-glass", json={"reason": "emergency"}, headers=nurse)
    assert early.json()["code"] == "RECORD_OPEN"
    close(client, clinic.headers["doctor"], record)
    for headers in (nurse,):
        assert client.post(f"{path}/break-glass", json={"reason": ""}, headers=headers).status_code == 422
    broken = client.post(f"{path}/break-glass", json={"reason": "unconscious, ER"}, headers=nurse)
    assert broken.status_code == 201, broken.text
    assert sees(client, nurse, record) == EVERYTHING
    assert sees(client, clinic.headers["colleague"], record) == NOTHING
    by_number = client.post(
        "/api/v1/patients/break-glass",
        json={"mrn": "A1", "reason": "same emergency"},
        headers=clinic.headers["colleague"],
    )
    assert by_number.json()["patient_id"] == record["patient_id"]
    while platform.relay.drain():
        pass
    alerts = [e["data"] for e in published.of("event") if e["name"] == "system_alert"]
    assert [(a["code"], a["actor"], a["reason"]) for a in alerts] == [
        ("BREAK_GLASS", "nurse", "unconscious, ER"),
        ("BREAK_GLASS", "colleague", "same emergency"),
    ]
    with platform.db.write() as session:
        later = utc_now() - timedelta(seconds=1)
        session.execute(update(PatientGrant).values(expires_at=later))
    assert sees(client, nurse, record) == NOTHING
    trail = client.get(
        "/api/v1/admin/audit?action=patient.break_glass", headers=clinic.headers["manager"]
    ).json()
    assert [(row["actor_name"], row["outcome"]) for row in trail["items"]] == [
        ("colleague", "success"),
        ("nurse", "success"),
    ]


def test_only_clinical_staff_of_the_organization_break_the_glass(
    client: TestClient, platform: Platform, clinic: Clinic, record: dict[str, Any], as_stranger: Headers
) -> None:
    close(client, clinic.headers["doctor"], record)
    path = f"/api/v1/patients/{record['patient_id']}/break-glass"
    wish = {"reason": "let me in"}
    elsewhere = make_clinic(platform, "other-").headers["doctor"]
    assert client.post(path, json=wish, headers=elsewhere).status_code == 404
    assert client.post(path, json=wish, headers=as_stranger).status_code == 404
    assert client.post(path, json=wish, headers=clinic.headers["patient"]).status_code == 404
    assert client.post(path, json=wish, headers=clinic.headers["manager"]).status_code == 403
    unknown = {"mrn": "A2", "reason": "let me in"}
    answer = client.post("/api/v1/patients/break-glass", json=unknown, headers=clinic.headers["nurse"])
    assert answer.status_code == 404


def test_a_patient_sees_its_own_record_and_who_saw_it_and_nothing_else(
    client: TestClient, clinic: Clinic, as_doctor: Headers, record: dict[str, Any], bring_in: Bring
) -> None:
    other = make_patient(client, as_doctor, mrn="B1", name="李四")
    bring_in(as_doctor, PatientID="B1", PatientName="Li^Si")
    mine, path = clinic.headers["patient"], f"/api/v1/patients/{record['patient_id']}"
    linked = client.post(f"{path}/users", json={"user": "patient"}, headers=as_doctor)
    assert linked.status_code == 201, linked.text
    assert sees(client, mine, record) == EVERYTHING
    assert client.get(f"/api/v1/patients/{other['patient_id']}", headers=mine).status_code == 404
    can = client.get(path, headers=mine).json()["can"]
    assert {name for name, may in can.items() if may} == {"accesses"}
    client.get(path, headers=clinic.headers["nurse"])
    accesses = client.get(f"{path}/accesses", headers=mine).json()["items"]
    assert ("nurse", "patient.read") in {(a["actor_name"], a["action"]) for a in accesses}
    assert ("doctor", "study.receive") in {(a["actor_name"], a["action"]) for a in accesses}
    assert client.get(f"{path}/accesses", headers=clinic.headers["manager"]).status_code == 200
    assert client.get(f"{path}/accesses", headers=clinic.headers["nurse"]).status_code == 403
    for wish in ({"sex": "M"}, {"restricted": True}):
        assert client.put(path, json=wish, headers=mine).status_code == 403
    users = client.get(f"{path}/users", headers=as_doctor).json()
    client.delete(f"{path}/users/{users[0]['user_id']}", headers=as_doctor)
    assert sees(client, mine, record) == NOTHING


def test_tasks_and_models_of_a_closed_record_are_closed_too(
    client: TestClient,
    platform: Platform,
    clinic: Clinic,
    engine: FakeEngine,
    record: dict[str, Any],
    run_outbox: Any,
) -> None:
    wish = {"task_type": "ct_surface", "study_uid": record["study_uid"]}
    ordered = client.post("/api/v1/tasks", json=wish, headers=clinic.headers["doctor"])
    assert ordered.status_code == 201, ordered.text
    task, info = ordered.json()["task_id"], ordered.json()["model_info_id"]
    paths = [f"tasks/{task}", f"models/{info}", f"models/{info}/models"]

    def answers(name: str) -> list[int]:
        headers = clinic.headers[name]
        found = [client.get(f"/api/v1/{path}", headers=headers).status_code for path in paths]
        return found + [
            client.get(f"/api/v1/{kind}", headers=headers).json()["total"] for kind in ("tasks", "models")
        ]

    assert answers("nurse") == [200, 200, 200, 1, 1]
    close(client, clinic.headers["doctor"], record)
    assert answers("doctor") == [200, 200, 200, 1, 1]
    assert answers("nurse") == [404, 404, 404, 0, 0]
    client.post(
        f"/api/v1/patients/{record['patient_id']}/break-glass",
        json={"reason": "emergency"},
        headers=clinic.headers["nurse"],
    )
    assert answers("nurse") == [200, 200, 200, 1, 1]


def test_refused_attempts_are_in_the_trail_and_look_like_nothing_there(
    client: TestClient, clinic: Clinic, record: dict[str, Any], as_stranger: Headers
) -> None:
    patient, study = f"/api/v1/patients/{record['patient_id']}", f"/api/v1/studies/{record['study_uid']}"
    hidden = client.get(patient, headers=as_stranger)
    missing = client.get(f"/api/v1/patients/{'0' * 32}", headers=as_stranger)
    assert (hidden.status_code, hidden.json()) == (missing.status_code, missing.json())
    for _ in range(3):
        client.get(study, headers=as_stranger)
    client.get("/api/v1/studies/1.2.3.4", headers=as_stranger)
    trail = client.get(
        f"/api/v1/admin/audit?outcome=denied&patient_id={record['patient_id']}",
        headers=clinic.headers["manager"],
    ).json()["items"]
    assert [(row["actor_name"], row["action"]) for row in trail] == [
        ("stranger", "study.read"),
        ("stranger", "patient.read"),
    ]
