"""What a node has and a transfer moves is said to be here: to whom it belongs and who may see it, to nobody else."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update
from tests.factories.accounts import bearer, make_organization, make_user
from tests.factories.dicom import ct_folder, writer
from tests.factories.nodes import dcmtk, make_node

from hounsfield.accounts.models import Tier, User
from hounsfield.audit.models import AuditEntry
from hounsfield.dimse.application import Application
from hounsfield.dimse.models import DicomNode, DicomTransfer
from hounsfield.imaging.models import Study
from hounsfield.kit.clock import utc_now
from hounsfield.kit.platform import Platform
from hounsfield.patients.models import Patient

PATH = "/api/v1/admin/dicom-nodes"
STUDY = writer.uid("theirs", "study")


@pytest.fixture
def as_radiologist(platform: Platform, radiologist: User) -> dict[str, str]:
    return bearer(platform, radiologist)


@pytest.fixture
def stored(entity: Application, archive: DicomNode, tmp_path: Path) -> None:
    """Three images of the study that the archive has, of four."""
    store(entity, sorted((tmp_path / "theirs").iterdir())[:3])


def store(entity: Application, files: list[Path], title: str = "SCANNER") -> None:
    done = dcmtk("storescu", entity.port, *files, title=title)
    assert done.returncode == 0, done.stdout
    assert entity.settled()


def here(client: TestClient, headers: dict[str, str], archive: DicomNode) -> dict[str, int]:
    answer = client.post(f"{PATH}/{archive.id}/query", json={}, headers=headers)
    assert answer.status_code == 200, answer.text
    assert [each["StudyInstanceUID"] for each in answer.json()["items"]] == [STUDY]
    found: dict[str, int] = answer.json()["here"]
    return found


def only(client: TestClient, headers: dict[str, str]) -> dict[str, Any]:
    (shown,) = client.get(f"{PATH}/transfers", headers=headers).json()["items"]
    return dict(shown)


def change(platform: Platform, model: type, **values: Any) -> None:
    with platform.db.write() as session:
        session.execute(update(model).values(**values))


def test_what_a_node_has_is_said_to_be_here_once_it_is(
    client: TestClient,
    as_radiologist: dict[str, str],
    archive: DicomNode,
    entity: Application,
    tmp_path: Path,
) -> None:
    assert here(client, as_radiologist, archive) == {}
    store(entity, sorted((tmp_path / "theirs").iterdir())[:3])
    assert here(client, as_radiologist, archive) == {STUDY: 3}


def test_what_another_organization_has_is_not_here(
    client: TestClient,
    platform: Platform,
    as_radiologist: dict[str, str],
    archive: DicomNode,
    entity: Application,
    tmp_path: Path,
) -> None:
    make_node(platform, make_organization(platform), "NEIGHBOUR")
    store(entity, list((tmp_path / "theirs").iterdir()), "NEIGHBOUR")
    everywhere = bearer(platform, make_user(platform, "operator", tier=Tier.SUPER_ADMIN))
    for headers in (
        as_radiologist,
        everywhere,
    ):  # who sees both: what it fetches would come to the node's organization
        assert here(client, headers, archive) == {}
    client.post(f"{PATH}/{archive.id}/retrieve", json={"study_uid": STUDY}, headers=as_radiologist)
    shown = only(client, as_radiologist)
    assert (shown["study_uid"], shown["study"]) == (STUDY, None)


@pytest.mark.parametrize(
    ("model", "values"),
    [(Patient, {"restricted": True}), (Study, {"deleted_at": utc_now()})],
    ids=["restricted", "trash"],
)
def test_what_may_not_be_seen_is_not_here(
    client: TestClient,
    platform: Platform,
    as_radiologist: dict[str, str],
    archive: DicomNode,
    stored: None,
    model: type,
    values: dict[str, Any],
) -> None:
    client.post(f"{PATH}/{archive.id}/retrieve", json={"study_uid": STUDY}, headers=as_radiologist)
    assert only(client, as_radiologist)["study"] is not None
    change(platform, model, **values)
    assert here(client, as_radiologist, archive) == {}
    shown = only(client, as_radiologist)
    assert (shown["study_uid"], shown["study"]) == (STUDY, None)


def test_a_transfer_names_its_study_once_it_is_here(
    client: TestClient,
    platform: Platform,
    as_radiologist: dict[str, str],
    archive: DicomNode,
    entity: Application,
    run_outbox: Any,
) -> None:
    wish = {"study_uid": STUDY}
    ordered = client.post(f"{PATH}/{archive.id}/retrieve", json=wish, headers=as_radiologist).json()
    assert (ordered["study_uid"], ordered["study"]) == (STUDY, None)
    run_outbox()
    assert entity.settled()
    change(platform, Study, description="CT trunk")
    fetched = only(client, as_radiologist)
    assert fetched["study"] == {
        "study_uid": STUDY,
        "patient_name": "Hounsfield^Godfrey",
        "study_date": "20260102",
        "description": "CT trunk",
        "modalities": ["CT"],
    }
    one = client.get(f"{PATH}/transfers/{ordered['id']}", headers=as_radiologist).json()
    assert one == fetched
    sent = client.post(f"{PATH}/{archive.id}/send", json=wish, headers=as_radiologist).json()
    assert sent["study"] == fetched["study"]


def test_what_failed_is_ordered_again(
    client: TestClient,
    platform: Platform,
    as_radiologist: dict[str, str],
    archive: DicomNode,
    entity: Application,
    run_outbox: Any,
) -> None:
    wish = {"study_uid": STUDY, "method": "move"}
    first = client.post(f"{PATH}/{archive.id}/retrieve", json=wish, headers=as_radiologist).json()["id"]
    early = client.post(f"{PATH}/transfers/{first}/again", headers=as_radiologist)
    assert (early.status_code, early.json()["code"]) == (409, "TRANSFER_NOT_FAILED")
    change(platform, DicomTransfer, status="FAILED", finished_at=utc_now())
    ordered = client.post(f"{PATH}/transfers/{first}/again", headers=as_radiologist)
    assert ordered.status_code == 202, ordered.text
    again = ordered.json()
    assert again["id"] != first
    assert (again["direction"], again["status"], again["study_uid"]) == ("RETRIEVE", "QUEUED", STUDY)
    run_outbox()
    shown = client.get(f"{PATH}/transfers", headers=as_radiologist).json()["items"]
    assert {each["id"]: each["status"] for each in shown} == {first: "FAILED", again["id"]: "DONE"}
    with platform.db.read() as session:
        assert session.get_one(DicomTransfer, again["id"]).wanted["method"] == "move"


def test_a_study_is_sent_again_by_whoever_sees_it(
    client: TestClient,
    platform: Platform,
    as_radiologist: dict[str, str],
    archive: DicomNode,
    entity: Application,
    tmp_path: Path,
    run_outbox: Any,
) -> None:
    store(entity, ct_folder(tmp_path / "ours", slices=2, seed="ours"))
    wish = {"study_uid": writer.uid("ours", "study")}
    first = client.post(f"{PATH}/{archive.id}/send", json=wish, headers=as_radiologist).json()["id"]
    change(platform, DicomTransfer, status="FAILED", finished_at=utc_now())
    change(platform, Patient, restricted=True)
    refused = client.post(f"{PATH}/transfers/{first}/again", headers=as_radiologist)
    assert refused.status_code == 404, refused.text
    change(platform, Patient, restricted=False)
    again = client.post(f"{PATH}/transfers/{first}/again", headers=as_radiologist).json()
    assert (again["direction"], again["total"], again["study_uid"]) == ("SEND", 2, wish["study_uid"])
    run_outbox()
    shown = client.get(f"{PATH}/transfers/{again['id']}", headers=as_radiologist).json()
    assert (shown["status"], shown["completed"]) == ("DONE", 2), shown


def test_who_looks_and_who_has_it_moved_is_noted(
    client: TestClient,
    platform: Platform,
    radiologist: User,
    as_radiologist: dict[str, str],
    archive: DicomNode,
    stored: None,
) -> None:
    client.post(f"{PATH}/{archive.id}/query", json={"keys": {"PatientID": "H-1"}}, headers=as_radiologist)
    wish = {"study_uid": STUDY}
    fetched = client.post(f"{PATH}/{archive.id}/retrieve", json=wish, headers=as_radiologist).json()
    client.post(f"{PATH}/{archive.id}/send", json=wish, headers=as_radiologist)
    change(platform, DicomTransfer, status="FAILED", finished_at=utc_now())
    client.post(f"{PATH}/transfers/{fetched['id']}/again", headers=as_radiologist)
    client.get(f"{PATH}/transfers", headers=as_radiologist)
    with platform.db.read() as session:
        theirs = select(AuditEntry).where(AuditEntry.actor_id == radiologist.id)
        noted = [
            (row.action, row.object_id, row.details) for row in session.scalars(theirs) if row.patient_id
        ]
        looked = {row.action: row.details for row in session.scalars(theirs) if not row.patient_id}
    node = {"node": "ARCHIVE"}
    actions = ("study.fetch", "study.forward", "study.fetch")
    assert sorted(noted) == sorted((action, STUDY, node) for action in actions)
    assert looked["study.seek"] == {**node, "keys": {"PatientID": "H-1"}}
    assert looked["study.search"] == {"among": "transfers"}
