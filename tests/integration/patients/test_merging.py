"""Two records of one person become one and, where that was wrong, two again; studies are given to whom they belong."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.factories.patients import Clinic, Headers, make_clinic, make_patient

from hounsfield.kit.clock import iso, utc_now
from hounsfield.kit.platform import Platform

Bring = Callable[..., str]


@pytest.fixture
def pair(client: TestClient, as_doctor: Headers, bring_in: Bring) -> tuple[str, str]:
    """Ids of two records; the first has a study, a visit, a grant and an account."""
    first = make_patient(client, as_doctor, mrn="A1")["patient_id"]
    second = make_patient(client, as_doctor, mrn="A2", name="张三丰")["patient_id"]
    bring_in(as_doctor, PatientID="A1")
    path = f"/api/v1/patients/{first}"
    visit = {"type": "CHECKUP", "starts_at": iso(utc_now())}
    assert client.post(f"{path}/visits", json=visit, headers=as_doctor).status_code == 201
    reader = {"user": "colleague", "expires_at": iso(utc_now() + timedelta(days=1))}
    assert client.post(f"{path}/grants", json=reader, headers=as_doctor).status_code == 201
    assert client.post(f"{path}/users", json={"user": "patient"}, headers=as_doctor).status_code == 201
    return first, second


def holdings(client: TestClient, headers: Headers, patient_id: str) -> dict[str, int]:
    path = f"/api/v1/patients/{patient_id}"
    return {
        "studies": client.get(f"/api/v1/studies?patient_id={patient_id}", headers=headers).json()["total"],
        "visits": client.get(f"{path}/visits", headers=headers).json()["total"],
        "grants": len(client.get(f"{path}/grants", headers=headers).json()),
        "users": len(client.get(f"{path}/users", headers=headers).json()),
    }


ALL = {"studies": 1, "visits": 1, "grants": 1, "users": 1}
NONE = dict.fromkeys(ALL, 0)


def test_everything_moves_and_can_be_moved_back(
    client: TestClient, clinic: Clinic, as_doctor: Headers, pair: tuple[str, str], bring_in: Bring
) -> None:
    first, second = pair
    merged = client.post(
        f"/api/v1/patients/{first}/merge", json={"into": second, "reason": "double entry"}, headers=as_doctor
    )
    assert merged.status_code == 200, merged.text
    assert [record["mrn"] for record in merged.json()["merged_from"]] == ["A1"]
    assert holdings(client, as_doctor, second) == ALL
    assert holdings(client, as_doctor, first) == NONE
    assert client.get(f"/api/v1/patients/{first}", headers=as_doctor).json()["merged_into_id"] == second
    assert [p["mrn"] for p in client.get("/api/v1/patients", headers=as_doctor).json()["items"]] == ["A2"]
    # images that still come for the old number go to the record it became part of
    later = bring_in(as_doctor, PatientID="A1", StudyDescription="later")
    assert client.get(f"/api/v1/studies/{later}", headers=as_doctor).json()["patient_id"] == second
    # the patient reads the accesses to both
    mine = client.get(
        f"/api/v1/patients/{second}/accesses?size=200", headers=clinic.headers["patient"]
    ).json()
    assert {a["object_id"] for a in mine["items"] if a["action"] == "patient.create"} == {first, second}

    changed = client.put(f"/api/v1/patients/{first}", json={"sex": "F"}, headers=as_doctor)
    assert changed.json()["code"] == "PATIENT_MERGED"
    parted = client.post(f"/api/v1/patients/{first}/unmerge", headers=as_doctor)
    assert parted.status_code == 200, parted.text
    assert parted.json()["merged_into_id"] is None
    assert holdings(client, as_doctor, first) == ALL
    assert holdings(client, as_doctor, second) == {**NONE, "studies": 1}
    again = client.post(f"/api/v1/patients/{first}/unmerge", headers=as_doctor)
    assert again.json()["code"] == "NOT_MERGED"
    trail = client.get("/api/v1/admin/audit?action=patient.merge", headers=clinic.headers["manager"]).json()
    assert {(row["object_id"], row["reason"]) for row in trail["items"]} == {
        (first, "double entry"),
        (second, "double entry"),
    }


def test_what_cannot_be_merged(
    client: TestClient, platform: Platform, clinic: Clinic, as_doctor: Headers, pair: tuple[str, str]
) -> None:
    first, second = pair

    def merge(patient: str, into: str, name: str = "doctor") -> Any:
        return client.post(
            f"/api/v1/patients/{patient}/merge", json={"into": into}, headers=clinic.headers[name]
        )

    assert merge(first, first).json()["code"] == "MERGE_INTO_ITSELF"
    assert merge(first, second, "nurse").status_code == 403
    elsewhere = make_patient(client, make_clinic(platform, "other-").headers["doctor"])["patient_id"]
    assert merge(first, elsewhere).status_code == 404
    assert merge(first, second).status_code == 200
    assert merge(second, first).json()["code"] == "PATIENT_MERGED"
    assert merge(first, second).json()["code"] == "PATIENT_MERGED"


def test_a_closed_record_stays_closed_in_the_one_it_becomes_part_of(
    client: TestClient, clinic: Clinic, as_doctor: Headers, pair: tuple[str, str]
) -> None:
    first, second = pair
    client.put(f"/api/v1/patients/{first}", json={"restricted": True}, headers=as_doctor)
    client.post(f"/api/v1/patients/{first}/merge", json={"into": second}, headers=as_doctor)
    assert client.get(f"/api/v1/patients/{second}", headers=clinic.headers["nurse"]).status_code == 404
    client.post(f"/api/v1/patients/{first}/unmerge", headers=as_doctor)
    assert client.get(f"/api/v1/patients/{second}", headers=clinic.headers["nurse"]).status_code == 200
    assert client.get(f"/api/v1/patients/{first}", headers=clinic.headers["nurse"]).status_code == 404


def test_a_study_is_given_to_whom_it_belongs(
    client: TestClient, platform: Platform, clinic: Clinic, as_doctor: Headers, pair: tuple[str, str]
) -> None:
    first, second = pair
    study = client.get(f"/api/v1/studies?patient_id={first}", headers=as_doctor).json()["items"][0][
        "study_uid"
    ]
    path = f"/api/v1/studies/{study}"
    wish = {"patient_id": second, "reason": "wrong wristband"}
    assert client.put(path, json=wish, headers=clinic.headers["nurse"]).status_code == 403
    assert client.put(path, json=wish, headers=clinic.headers["patient"]).status_code == 403
    elsewhere = make_patient(client, make_clinic(platform, "other-").headers["doctor"])["patient_id"]
    assert client.put(path, json={"patient_id": elsewhere}, headers=as_doctor).status_code == 404
    visit = client.get(f"/api/v1/patients/{first}/visits", headers=as_doctor).json()["items"][0]["visit_id"]
    kept = client.put(path, json={"visit_id": visit}, headers=as_doctor).json()
    assert kept["visit_id"] == visit
    moved = client.put(path, json=wish, headers=as_doctor).json()
    assert (moved["patient_id"], moved["visit_id"]) == (second, None)
    wrong = client.put(path, json={"visit_id": visit}, headers=as_doctor)
    assert wrong.json()["code"] == "VISIT_OF_ANOTHER"
    for patient in (first, second):
        trail = client.get(
            f"/api/v1/admin/audit?action=study.update&outcome=success&patient_id={patient}",
            headers=clinic.headers["manager"],
        ).json()["items"]
        assert trail[0]["reason"] == "wrong wristband"
