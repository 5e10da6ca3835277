"""`/patients`: the register, one record, figures, who saw it, and records of one person brought together."""

from typing import Annotated

from fastapi import Query, status
from sqlalchemy import select
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import CurrentActor
from hounsfield.accounts.permissions import Actor
from hounsfield.audit.errors import Refused
from hounsfield.audit.schemas import AccessView
from hounsfield.audit.search import accesses
from hounsfield.audit.service import note, note_read
from hounsfield.kit.paging import Page, PagingQuery, paginate
from hounsfield.kit.platform import Platform
from hounsfield.kit.routing import Router
from hounsfield.kit.web import PlatformDep
from hounsfield.patients import merging, service
from hounsfield.patients.access import about, at_home, managed_patient_for, patient_for
from hounsfield.patients.errors import NoIdNumber
from hounsfield.patients.id_numbers import IdNumbers
from hounsfield.patients.models import Patient, PatientUser
from hounsfield.patients.schemas import (
    MergedRecord,
    MergeWish,
    PatientCan,
    PatientChange,
    PatientDetail,
    PatientView,
    PatientWish,
    Revealed,
    RevealWish,
    Sex,
    show,
    shown_mrn,
)
from hounsfield.patients.search import PatientSort, for_the_trail, register
from hounsfield.patients.statistics import PatientStatistics
from hounsfield.patients.statistics import statistics as figures

router = Router(prefix="/patients", tags=["patients"])


@router.get("")
def patients(
    actor: CurrentActor,
    platform: PlatformDep,
    paging: PagingQuery,
    q: Annotated[str | None, Query(max_length=200)] = None,
    sex: Sex | None = None,
    restricted: bool | None = None,
    sort: PatientSort = "-created_at",
) -> Page[PatientView]:
    """List patients; `q` finds name, pinyin (in full or initials), record number, telephone in part, identity number whole."""
    actor.require("patient:read")
    numbers = IdNumbers(platform.settings)
    query = register(actor, numbers, text=q, sex=sex, restricted=restricted, sort=sort)
    with platform.db.read() as session:
        page = paginate(session, query, paging, lambda row: show(row, numbers))
    details = {"q": for_the_trail(q)} if q else {}
    note_read(
        platform,
        actor,
        "patient.search",
        object_type="patient",
        object_id="",
        details={**details, "page": page.page},
    )
    return page


@router.post("", status_code=status.HTTP_201_CREATED)
def create(wish: PatientWish, actor: CurrentActor, platform: PlatformDep) -> PatientDetail:
    """Make a record."""
    numbers = IdNumbers(platform.settings)
    with platform.db.write() as session:
        return _detail(session, actor, service.create(session, actor, wish, numbers), numbers)


@router.get("/statistics")
def statistics(actor: CurrentActor, platform: PlatformDep) -> PatientStatistics:
    """Count the patients one sees: by sex, age and month, and their visits."""
    actor.require("patient:read")
    with platform.db.read() as session:
        return figures(session, actor)


@router.get("/{patient_id}")
def patient(patient_id: str, actor: CurrentActor, platform: PlatformDep) -> PatientDetail:
    """Return one record."""
    actor.require("patient:read")
    numbers = IdNumbers(platform.settings)
    with platform.db.read() as session:
        row = patient_for(session, actor, patient_id)
        detail = _detail(session, actor, row, numbers)
    _noted(platform, actor, "patient.read", row)
    return detail


@router.put("/{patient_id}")
def change(patient_id: str, wish: PatientChange, actor: CurrentActor, platform: PlatformDep) -> PatientDetail:
    """Change a record; what is not given stays."""
    numbers = IdNumbers(platform.settings)
    with platform.db.write() as session:
        row = managed_patient_for(session, actor, patient_id, "patient:update", "patient.update")
        service.change(session, actor, row, wish, numbers)
        return _detail(session, actor, row, numbers)


@router.post("/{patient_id}/reveal")
def reveal(patient_id: str, wish: RevealWish, actor: CurrentActor, platform: PlatformDep) -> Revealed:
    """Return the identity number in clear; the reason is written down."""
    numbers = IdNumbers(platform.settings)
    with platform.db.write() as session:
        row = managed_patient_for(session, actor, patient_id, "patient:reveal", "patient.reveal")
        if row.id_number is None:
            raise NoIdNumber
        number = numbers.open(row.id, row.id_number)
        note(
            session,
            actor,
            "patient.reveal",
            object_type="patient",
            object_id=row.id,
            patient_id=row.id,
            organization_id=row.organization_id,
            reason=wish.reason,
        )
    return Revealed(id_number=number)


@router.post("/{patient_id}/merge")
def merge(patient_id: str, wish: MergeWish, actor: CurrentActor, platform: PlatformDep) -> PatientDetail:
    """Make a record part of another one; the answer is the other one. `unmerge` undoes it."""
    numbers = IdNumbers(platform.settings)
    with platform.db.write() as session:
        row = managed_patient_for(session, actor, patient_id, "patient:merge", "patient.merge")
        into = managed_patient_for(session, actor, wish.into, "patient:merge", "patient.merge")
        merging.merge(session, actor, row, into, wish.reason)
        session.flush()
        return _detail(session, actor, into, numbers)


@router.post("/{patient_id}/unmerge")
def unmerge(patient_id: str, actor: CurrentActor, platform: PlatformDep) -> PatientDetail:
    """Take a record out of the other one again, with what had been moved."""
    numbers = IdNumbers(platform.settings)
    with platform.db.write() as session:
        row = managed_patient_for(session, actor, patient_id, "patient:merge", "patient.unmerge")
        merging.unmerge(session, actor, row)
        session.flush()
        return _detail(session, actor, row, numbers)


@router.get("/{patient_id}/accesses")
def who_saw(
    patient_id: str, actor: CurrentActor, platform: PlatformDep, paging: PagingQuery
) -> Page[AccessView]:
    """List who did what with this patient's data: for the patient, and for whoever reads the audit trail."""
    actor.require("patient:read")
    with platform.db.read() as session:
        row = patient_for(session, actor, patient_id, "patient.accesses")
        if not _reads_accesses(session, actor, row):
            raise Refused(about(actor, "patient.accesses", row))
        records = [row.id, *(merged.patient_id for merged in _merged_from(session, row))]
        page = paginate(session, accesses(records), paging, AccessView.of)
    _noted(platform, actor, "patient.accesses", row)
    return page


def _reads_accesses(session: Session, actor: Actor, row: Patient) -> bool:
    if session.get(PatientUser, (row.id, actor.user_id)) is not None:
        return True
    return actor.may("audit:read") and at_home(actor, row.organization_id)


def _noted(platform: Platform, actor: Actor, action: str, row: Patient) -> None:
    note_read(
        platform,
        actor,
        action,
        object_type="patient",
        object_id=row.id,
        patient_id=row.id,
        organization_id=row.organization_id,
    )


def _detail(session: Session, actor: Actor, row: Patient, numbers: IdNumbers) -> PatientDetail:
    home = at_home(actor, row.organization_id) and row.merged_into_id is None
    return PatientDetail(
        **show(row, numbers).model_dump(),
        merged_from=_merged_from(session, row),
        can=PatientCan(
            update=home and actor.may("patient:update"),
            grant=home and actor.may("patient:grant"),
            merge=at_home(actor, row.organization_id) and actor.may("patient:merge"),
            restrict=home and actor.may("patient:restrict"),
            reveal=home and actor.may("patient:reveal") and row.id_number is not None,
            link=home and actor.may("patient:link"),
            accesses=_reads_accesses(session, actor, row),
            create_visit=home and actor.may("visit:create"),
        ),
    )


def _merged_from(session: Session, row: Patient) -> list[MergedRecord]:
    """Return the records that became part of this one, also by way of others."""
    found: list[MergedRecord] = []
    waiting = [row.id]
    while waiting:
        query = select(Patient).where(Patient.merged_into_id.in_(waiting)).order_by(Patient.id)
        records = list(session.scalars(query))
        found += [MergedRecord(patient_id=r.id, mrn=shown_mrn(r), name=r.name) for r in records]
        waiting = [record.id for record in records]
    return found
