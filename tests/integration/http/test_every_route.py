"""Every route of the application, found in the router itself: closed to nobody, invisible to strangers.

A new route fails these tests until somebody has said here who may use it.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from tests.factories.accounts import bearer, make_user
from tests.factories.dicom import ct_datasets, ct_zip
from tests.factories.engines import FakeEngine, result
from tests.factories.overlays import presentation_state, segmentation, structure_set
from tests.integration.http.audiences import (
    ADMINISTRATORS,
    BODIES,
    ENGINES,
    FORM,
    OF_THE_STAFF,
    OWN,
    PUBLIC,
    STAFF,
    TUS,
)

from hounsfield.accounts.models import ClinicalRole, User
from hounsfield.http.rooms import DICOMWEB, ROUTERS
from hounsfield.imaging.intake import Intake
from hounsfield.imaging.models import Study
from hounsfield.kit.clock import utc_now
from hounsfield.kit.ids import new_id
from hounsfield.kit.platform import Platform
from hounsfield.patients.models import Patient, PatientGrant, PatientUser, ProcedureStep, Visit
from hounsfield.tasks.scheduler import schedule

Headers = dict[str, str]


def routes() -> list[str]:
    """Return `METHOD /path` of every route under the API, as the router has them."""
    found = {
        f"{method} {route.path}"
        for router in (*ROUTERS, *DICOMWEB)
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
            return re.sub(r"\{(\w+)(?::path)?\}", lambda match: self.ids[match[1]], value)
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
    record = add_record(platform, owner, task["study_uid"])
    session = client.get("/api/v1/users/sessions", headers=as_owner).json()["items"][0]
    images = ct_datasets(slices=4)
    overlays = [
        segmentation(images, np.ones((4, 32, 32), np.uint8)),
        structure_set(images),
        presentation_state(images),
    ]
    taken = Intake(platform, owner.organization_id, owner.id, "stow").take(overlays)
    wish = {"study_uids": [task["study_uid"]]}
    export = client.post("/api/v1/exports", json=wish, headers=as_owner).json()
    run_outbox()
    return Things(
        {
            "task_id": task_id,
            "upload_id": task["upload_id"],
            "study_uid": task["study_uid"],
            "model_info_id": info,
            "model_id": part["model_id"],
            "user_id": owner.id,
            **record,
            "session_id": session["session_id"],
            "name": "bone.stl",
            "form": "stl",
            "sha256": "0" * 64,
            "engine_id": engine.engine_id,
            "token_id": "0" * 32,
            "key": "calculation_price",
            "letter_id": "1",
            "node_id": "0" * 32,
            "transfer_id": "0" * 32,
            "version": "1.0.0",
            "series_uid": images[0].SeriesInstanceUID,
            "sop_uid": images[0].SOPInstanceUID,
            "segmentation_uid": taken[0].sop_instance_uid,
            "structures_uid": taken[1].sop_instance_uid,
            "presentation_uid": taken[2].sop_instance_uid,
            "export_id": export["export_id"],
            "project_id": "0" * 32,
            "peer_id": "0" * 32,
            "rule_id": "0" * 32,
            "run_id": "0" * 32,
            "view_id": "0" * 32,
            "measurement_id": "m-1",
            "frames": "1",
            "frame": "1",
            "way": "7FE00010",
        }
    )


def add_record(platform: Platform, owner: User, study_uid: str) -> dict[str, str]:
    """Add a visit with a planned examination and a grant of long ago to the patient of a study; return their ids."""
    with platform.db.write() as session:
        study = session.scalars(select(Study).where(Study.study_uid == study_uid)).one()
        common = {"organization_id": owner.organization_id}
        visit = Visit(
            id=new_id(),
            patient_id=study.patient_id,
            number="V1",
            type="CHECKUP",
            status="SCHEDULED",
            starts_at=utc_now(),
            created_by_id=owner.id,
            **common,
        )
        step = ProcedureStep(
            id=new_id(),
            visit_id=visit.id,
            modality="CT",
            starts_at=utc_now(),
            accession_number="A1",
            study_uid="2.25.1",
            **common,
        )
        session.add(visit)
        session.flush()
        session.add(step)
        grant = give(session, study.patient_id, owner.id, "grant", hours=-1)
        ids = {"patient_id": study.patient_id, "visit_id": visit.id, "step_id": step.id}
        return {**ids, "grant_id": grant.id}


def give(session: Session, patient_id: str, user_id: str, kind: str, hours: float) -> PatientGrant:
    row = PatientGrant(
        id=new_id(),
        patient_id=patient_id,
        user_id=user_id,
        kind=kind,
        granted_by_id=user_id,
        expires_at=utc_now() + timedelta(hours=hours),
    )
    session.add(row)
    session.flush()
    return row


def ask(client: TestClient, things: Things, route: str, headers: Headers) -> Any:
    method, path = route.split(" ", 1)
    options: dict[str, Any] = {"headers": headers}
    if path.startswith("/uploads"):
        options["headers"] = {**headers, **TUS}
    if route == "POST /files/upload":
        options["files"] = things.fill(FORM)
    elif route in BODIES:
        options["json"] = things.fill(BODIES[route])
    base = "" if path.startswith("/dicomweb/") else "/api/v1"
    return client.request(method, base + things.fill(path), **options)


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
        expected = 401 if route in ENGINES else 403 if route in ADMINISTRATORS | STAFF else 404
        answer = ask(client, things, route, as_stranger)
        if answer.status_code != expected:
            surprises.append((route, answer.status_code, expected))
    assert surprises == []
    assert _all_the_owner_sees(client, things, as_owner) == before


def test_a_strangers_own_lists_are_empty(client: TestClient, things: Things, as_stranger: Headers) -> None:
    for path in ("tasks", "studies", "models", "uploads", "patients"):
        assert client.get(f"/api/v1/{path}", headers=as_stranger).json()["total"] == 0
    assert client.get("/api/v1/models/categories", headers=as_stranger).json() == []


def test_the_owner_reaches_every_thing_of_their_own(
    client: TestClient, things: Things, as_owner: Headers
) -> None:
    for route in routes():
        if route.startswith("GET ") and route not in ADMINISTRATORS | ENGINES | PUBLIC:
            answer = ask(client, things, route, as_owner)
            if route in OF_THE_STAFF:
                assert answer.status_code == 403, route
                continue
            assert answer.status_code == 200 or route.endswith("/thumbnail") or "glb" in route, (
                route,
                answer.text,
            )


def test_the_tables_above_name_only_routes_that_exist() -> None:
    assert set(routes()) >= PUBLIC | ENGINES | OWN | ADMINISTRATORS | STAFF | OF_THE_STAFF
    assert set(BODIES) <= set(routes())


# whose paths name something of a patient
CLINICAL = [
    route
    for route in routes()
    if re.search(r"\{(patient_id|visit_id|study_uid|task_id|model_info_id)\}", route) and route not in ENGINES
]
LOOKS = {
    route
    for route in CLINICAL
    if route.startswith("GET ") and re.search(r"\{(patient_id|visit_id|study_uid)\}", route)
} - OF_THE_STAFF
MADE_OF_IT = {route for route in CLINICAL if route.startswith("GET ")} - LOOKS - OF_THE_STAFF


@dataclass
class Reader:
    """Somebody who sees a record in one of the ways that there are, and what each GET answers them."""

    headers: Headers
    opened: set[str]
    refused: set[str]


@pytest.fixture
def closed(platform: Platform, things: Things) -> None:
    """The record is restricted."""
    with platform.db.write() as session:
        session.get_one(Patient, things.ids["patient_id"]).restricted = True


@pytest.fixture
def readers(platform: Platform, owner: User, things: Things, closed: None) -> dict[str, Reader]:
    """The patient, whoever was granted the record, whose grant is over, who broke the glass, who did not."""
    patient_id = things.ids["patient_id"]
    own, nurse = ClinicalRole.PATIENT, ClinicalRole.NURSE
    home = owner.organization_id
    people = {
        "patient": make_user(platform, "p", clinical_role=own, organization_id=home),
        "granted": make_user(platform, "g"),
        "expired": make_user(platform, "e"),
        "break-glass": make_user(platform, "b", clinical_role=nurse, organization_id=home),
        "kept out": make_user(platform, "k", clinical_role=nurse, organization_id=home),
    }
    with platform.db.write() as session:
        session.add(PatientUser(patient_id=patient_id, user_id=people["patient"].id, linked_by_id=owner.id))
        give(session, patient_id, people["granted"].id, "grant", hours=1)
        give(session, patient_id, people["expired"].id, "grant", hours=-1)
        give(session, patient_id, people["break-glass"].id, "break_glass", hours=4)
    accesses, grants, users = sorted(OF_THE_STAFF)
    shown = {
        "patient": (LOOKS | {accesses}, {grants, users}),
        "granted": (LOOKS, OF_THE_STAFF),
        "expired": (set[str](), set[str]()),
        "break-glass": (LOOKS | MADE_OF_IT | {users}, {accesses, grants}),
        "kept out": (set[str](), set[str]()),
    }
    return {name: Reader(bearer(platform, people[name]), *shown[name]) for name in people}


def test_each_reader_of_a_record_sees_what_it_may_and_nothing_else(
    client: TestClient, things: Things, readers: dict[str, Reader]
) -> None:
    surprises = []
    for name, reader in readers.items():
        for route in (route for route in CLINICAL if route.startswith("GET ")):
            expected = 200 if route in reader.opened else 403 if route in reader.refused else 404
            answer = ask(client, things, route, reader.headers)
            absent = route.endswith("/thumbnail") and expected == 200  # there is none
            if answer.status_code != expected and not absent:
                surprises.append((name, route, answer.status_code, expected))
    assert surprises == []


@pytest.mark.parametrize("name", ["patient", "granted", "expired", "kept out"])
def test_whoever_only_looks_changes_nothing(
    client: TestClient, things: Things, readers: dict[str, Reader], as_owner: Headers, name: str
) -> None:
    before = _all_the_owner_sees(client, things, as_owner)
    surprises = []
    for route in CLINICAL:
        if route.startswith("GET ") or (name, route) == (
            "kept out",
            "POST /patients/{patient_id}/break-glass",
        ):
            continue
        if (
            route == "POST /dicomweb/studies/{study_uid}"
        ):  # it stores with whoever sends, not with whose study it names
            continue
        answer = ask(client, things, route, readers[name].headers)
        unread = (
            answer.status_code == 422 and answer.json()["code"] == "VALIDATION_FAILED"
        )  # no body is known here
        if answer.status_code not in (403, 404) and not unread:
            surprises.append((route, answer.status_code))
    assert surprises == []
    assert _all_the_owner_sees(client, things, as_owner) == before


def _all_the_owner_sees(client: TestClient, things: Things, headers: Headers) -> list[Any]:
    paths = [
        "tasks/{task_id}",
        "studies/{study_uid}",
        "patients/{patient_id}",
        "visits/{visit_id}",
        "models/{model_info_id}",
        "models/{model_info_id}/models",
        "studies/{study_uid}/measurements",
        "studies/{study_uid}/key-images",
        "studies/{study_uid}/overlays",
    ]
    paths += ["users/profile", "points/balance", "uploads/{upload_id}"]
    return [client.get("/api/v1/" + things.fill(path), headers=headers).json() for path in paths]
