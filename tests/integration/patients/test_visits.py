"""Visits are planned, kept and called off; modalities find what is planned, and images find their visit."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.factories.patients import Clinic, Headers, make_patient

from hounsfield.kit.clock import iso, utc_now
from hounsfield.kit.platform import Platform
from hounsfield.patients.schedule import scheduled_steps

Bring = Callable[..., str]
TOMORROW = utc_now() + timedelta(days=1)


@pytest.fixture
def path(client: TestClient, as_doctor: Headers) -> str:
    return f"/api/v1/patients/{make_patient(client, as_doctor, mrn='A1')['patient_id']}"


def wish(**changes: Any) -> dict[str, Any]:
    step = {
        "modality": "CT",
        "station_ae": "CT1",
        "starts_at": iso(TOMORROW),
        "accession_number": "ACC1",
        "description": "Chest CT",
    }
    return {
        "type": "OUTPATIENT",
        "department": "Pneumology",
        "doctor": "Dr. Li",
        "reason": "咳嗽三周",
        "starts_at": iso(TOMORROW),
        "steps": [step],
        **changes,
    }


def test_a_visit_is_entered_changed_and_listed(client: TestClient, as_doctor: Headers, path: str) -> None:
    made = client.post(f"{path}/visits", json=wish(), headers=as_doctor)
    assert made.status_code == 201, made.text
    visit = made.json()
    assert (visit["status"], visit["reason"], visit["number"][0]) == ("SCHEDULED", "咳嗽三周", "V")
    assert visit["steps"][0]["study_uid"].startswith("2.25.")
    own = f"/api/v1/visits/{visit['visit_id']}"
    arrived = client.put(own, json={"status": "ARRIVED", "doctor": "Dr. Wang"}, headers=as_doctor).json()
    assert (arrived["status"], arrived["doctor"], arrived["department"]) == (
        "ARRIVED",
        "Dr. Wang",
        "Pneumology",
    )
    back = client.put(own, json={"status": "SCHEDULED"}, headers=as_doctor)
    assert (back.status_code, back.json()["code"]) == (409, "VISIT_STEP")
    assert client.get(own, headers=as_doctor).json() == arrived
    today = client.post(
        f"{path}/visits", json=wish(starts_at=iso(utc_now()), steps=[]), headers=as_doctor
    ).json()
    assert today["status"] == "ARRIVED"
    listed = client.get(f"{path}/visits", headers=as_doctor).json()
    assert [v["visit_id"] for v in listed["items"]] == [visit["visit_id"], today["visit_id"]]
    kinds = [e["kind"] for e in client.get(f"{path}/timeline", headers=as_doctor).json()["items"]]
    assert kinds == ["visit", "visit"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ends_at": iso(TOMORROW - timedelta(hours=1))}, "VISIT_ENDS_BEFORE_START"),
        ({"number": "V1", "steps": []}, "VISIT_NUMBER_TAKEN"),
        ({}, "ACCESSION_TAKEN"),
        ({"type": "PICNIC"}, "VALIDATION_FAILED"),
        ({"starts_at": "2030-01-01T00:00:00"}, "VALIDATION_FAILED"),
    ],
)
def test_bad_visits_are_refused_whole(
    client: TestClient, as_doctor: Headers, path: str, changes: dict[str, Any], code: str
) -> None:
    assert client.post(f"{path}/visits", json=wish(number="V1"), headers=as_doctor).status_code == 201
    assert client.post(f"{path}/visits", json=wish(**changes), headers=as_doctor).json()["code"] == code
    assert client.get(f"{path}/visits", headers=as_doctor).json()["total"] == 1


def test_modalities_find_what_is_planned(
    client: TestClient, platform: Platform, clinic: Clinic, as_doctor: Headers, path: str
) -> None:
    visit = client.post(f"{path}/visits", json=wish(), headers=as_doctor).json()
    plan = {"modality": "MR", "starts_at": iso(TOMORROW + timedelta(hours=1))}
    second = client.post(f"/api/v1/visits/{visit['visit_id']}/steps", json=plan, headers=as_doctor).json()

    def planned(**filters: Any) -> list[str]:
        with platform.db.read() as session:
            found = scheduled_steps(session, clinic.organization_id, **filters)
            assert {item.patient.name for item in found} <= {"Zhang^San=张^三"}
            return [item.step.modality for item in found]

    assert planned() == ["CT", "MR"]
    assert planned(modality="MR") == ["MR"]
    assert planned(station_ae="CT1") == ["CT", "MR"]  # no station was named for the second
    assert planned(station_ae="MR9") == ["MR"]
    assert planned(starts_until=TOMORROW + timedelta(minutes=1)) == ["CT"]
    assert planned(starts_from=TOMORROW + timedelta(minutes=1)) == ["MR"]
    assert planned(accession_number="ACC1", mrn="A1") == ["CT"]
    assert planned(mrn="A2") == []
    client.put(
        f"/api/v1/visits/{visit['visit_id']}/steps/{second['step_id']}",
        json={"status": "CANCELLED"},
        headers=as_doctor,
    )
    assert planned() == ["CT"]
    client.put(f"/api/v1/visits/{visit['visit_id']}", json={"status": "CANCELLED"}, headers=as_doctor)
    assert planned() == []


def test_images_with_the_accession_number_join_the_visit(
    client: TestClient, as_doctor: Headers, path: str, bring_in: Bring
) -> None:
    visit = client.post(f"{path}/visits", json=wish(), headers=as_doctor).json()
    study = bring_in(as_doctor, PatientID="A1", AccessionNumber="ACC1")
    assert client.get(f"/api/v1/studies/{study}", headers=as_doctor).json()["visit_id"] == visit["visit_id"]
    again = client.get(f"/api/v1/visits/{visit['visit_id']}", headers=as_doctor).json()
    assert again["steps"][0]["status"] == "PERFORMED"
    make_patient(client, as_doctor, mrn="B1")
    of_another = bring_in(as_doctor, PatientID="B1", AccessionNumber="ACC1")
    assert client.get(f"/api/v1/studies/{of_another}", headers=as_doctor).json()["visit_id"] is None
