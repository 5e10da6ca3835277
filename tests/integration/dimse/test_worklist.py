"""The modality worklist, as dcmtk's findscu asks for it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.factories.accounts import bearer, make_user
from tests.factories.nodes import dcmtk, make_node

from hounsfield.accounts.models import ClinicalRole, User
from hounsfield.kit.platform import Platform

STEP = "(0040,0100)[0]"
ASKED = [
    "PatientName",
    "PatientID",
    "StudyInstanceUID",
    "AccessionNumber",
    f"{STEP}.ScheduledProcedureStepStartDate",
]
ASKED += [f"{STEP}.Modality", f"{STEP}.ScheduledStationAETitle", f"{STEP}.ScheduledProcedureStepDescription"]


@pytest.fixture
def planned(client: TestClient, platform: Platform, radiologist: User) -> None:
    """Two examinations of one day: a CT for our scanner, an MR for whoever is free."""
    doctor = make_user(
        platform, "doctor", organization_id=radiologist.organization_id, clinical_role=ClinicalRole.DOCTOR
    )
    headers = bearer(platform, doctor)
    patient = client.post("/api/v1/patients", json={"mrn": "P-7", "name": "王^小明"}, headers=headers)
    assert patient.status_code == 201, patient.text
    day = datetime(2027, 3, 1, 4, tzinfo=UTC)
    steps = [
        {"modality": "CT", "station_ae": "SCANNER", "starts_at": day.isoformat(), "accession_number": "A1",
         "description": "CT abdomen"},
        {"modality": "MR", "starts_at": day.isoformat(), "accession_number": "A2", "description": "MR head"},
    ]  # fmt: skip
    visit: dict[str, Any] = {"type": "OUTPATIENT", "starts_at": day.isoformat(), "steps": steps}
    path = f"/api/v1/patients/{patient.json()['patient_id']}/visits"
    made = client.post(path, json=visit, headers=headers)
    assert made.status_code == 201, made.text


def ask(port: int, *keys: str, title: str = "SCANNER") -> str:
    named = {key.split("=")[0] for key in keys}
    wanted = [*keys, *(key for key in ASKED if key not in named)]
    done = dcmtk("findscu", port, "-W", *(part for key in wanted for part in ("-k", key)), title=title)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.usefixtures("planned")
def test_a_scanner_finds_what_is_planned_for_it(port: int) -> None:
    found = ask(port, f"{STEP}.Modality=CT", f"{STEP}.ScheduledStationAETitle=SCANNER")
    assert "CT abdomen" in found
    assert "MR head" not in found
    assert "P-7" in found
    assert "ISO_IR 192" in found


@pytest.mark.usefixtures("planned")
@pytest.mark.parametrize(
    ("keys", "count"),
    [
        ([], 2),
        ([f"{STEP}.ScheduledProcedureStepStartDate=20270301"], 2),
        ([f"{STEP}.ScheduledProcedureStepStartDate=20270302-"], 0),
        ([f"{STEP}.ScheduledProcedureStepStartDate=-20270301"], 2),
        ([f"{STEP}.ScheduledStationAETitle=OTHER"], 1),
        (["PatientID=P-*"], 2),
        (["PatientID=P-8"], 0),
        (["AccessionNumber=A2"], 1),
        ([f"{STEP}.ScheduledProcedureStepDescription=CT*"], 1),
    ],
)
def test_what_is_asked_for_is_found(port: int, keys: list[str], count: int) -> None:
    assert ask(port, *keys).count("(Pending)") in (count, 0)
    assert ask(port, *keys).count("(0040,0100) SQ") == count


@pytest.mark.usefixtures("planned")
def test_another_organization_finds_nothing(platform: Platform, port: int) -> None:
    stranger = make_user(platform, "stranger")
    make_node(platform, stranger.organization_id, "NEIGHBOUR")
    assert "(0040,0100) SQ" not in ask(port, title="NEIGHBOUR")
