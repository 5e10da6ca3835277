"""`/patients/{id}/timeline`: everything that happened to a patient, from every room that knows of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor, CurrentActor
from hounsfield.audit.service import note_attempt_read
from hounsfield.imaging.access import visible_studies
from hounsfield.imaging.models import Study
from hounsfield.kit.paging import Page, Paging, PagingQuery
from hounsfield.kit.routing import Router
from hounsfield.kit.web import PlatformDep
from hounsfield.patients.access import about, patient_for
from hounsfield.patients.models import Patient, Visit
from hounsfield.tasks.access import visible_tasks
from hounsfield.tasks.models import Task

router = Router(prefix="/patients", tags=["patients"])


class TimelineEntry(BaseModel):
    """One thing: a visit, a study, a task; `details` are those of its kind."""

    kind: str
    id: str
    at: datetime
    title: str
    status: str | None
    details: dict[str, Any]


@dataclass(frozen=True)
class Source:
    """Where entries come from: the rows of a patient, newest first, and how one reads."""

    rows: Callable[[Actor, Patient], Select[Any]]
    show: Callable[[Any], TimelineEntry]


def _visits(_actor: Actor, patient: Patient) -> Select[Any]:
    return select(Visit).where(Visit.patient_id == patient.id).order_by(Visit.starts_at.desc(), Visit.id)


def _visit(row: Visit) -> TimelineEntry:
    details = {"type": row.type, "number": row.number, "department": row.department, "doctor": row.doctor}
    return TimelineEntry(
        kind="visit", id=row.id, at=row.starts_at, title=row.reason, status=row.status, details=details
    )


def _studies(actor: Actor, patient: Patient) -> Select[Any]:
    query = select(Study).where(Study.patient_id == patient.id, visible_studies(actor))
    day = func.coalesce(Study.study_date, "")
    return query.order_by(day.desc(), Study.study_time.desc(), Study.id)


def _study(row: Study) -> TimelineEntry:
    details = {
        "study_uid": row.study_uid,
        "modalities": row.modalities,
        "series": row.series_count,
        "instances": row.instance_count,
        "accession_number": row.accession_number,
        "visit_id": row.visit_id,
    }
    return TimelineEntry(
        kind="study",
        id=row.study_uid,
        at=_taken_at(row),
        title=row.description,
        status=None,
        details=details,
    )


def _taken_at(row: Study) -> datetime:
    """Return when a study was made, as far as its header says; else when it came in."""
    if row.study_date is None:
        return row.created_at
    clock = (row.study_time or "").partition(".")[0].ljust(6, "0")
    try:
        return datetime.strptime(row.study_date + clock, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return row.created_at


def _tasks(actor: Actor, patient: Patient) -> Select[Any]:
    uids = select(Study.study_uid).where(
        Study.patient_id == patient.id, Study.organization_id == patient.organization_id
    )
    return (
        select(Task)
        .where(
            Task.study_uid.in_(uids),
            Task.organization_id == patient.organization_id,
            Task.deleted_at.is_(None),
            Task.shadow_of.is_(None),
            visible_tasks(actor),
        )
        .order_by(Task.created_at.desc(), Task.id)
    )


def _task(row: Task) -> TimelineEntry:
    details = {"order_no": row.order_no, "task_type": row.task_type, "study_uid": row.study_uid}
    return TimelineEntry(
        kind="task", id=row.id, at=row.created_at, title=row.name, status=row.status, details=details
    )


SOURCES: tuple[Source, ...] = (Source(_visits, _visit), Source(_studies, _study), Source(_tasks, _task))


@router.get("/{patient_id}/timeline")
def timeline(
    patient_id: str, actor: CurrentActor, platform: PlatformDep, paging: PagingQuery
) -> Page[TimelineEntry]:
    """List a patient's visits, studies and tasks, newest first."""
    actor.require("patient:read")
    with platform.db.read() as session:
        row = patient_for(session, actor, patient_id, "patient.timeline")
        page = _merged(session, actor, row, paging)
    note_attempt_read(platform, about(actor, "patient.timeline", row))
    return page


def _merged(session: Session, actor: Actor, patient: Patient, paging: Paging) -> Page[TimelineEntry]:
    """Return one page of all sources: of each, no more is read than could stand on it."""
    entries, total, last = [], 0, paging.offset + paging.size
    for source in SOURCES:
        query = source.rows(actor, patient)
        total += session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
        entries += [source.show(row) for row in session.scalars(query.limit(last))]
    entries.sort(key=lambda entry: (entry.at, entry.kind, entry.id), reverse=True)
    return Page(items=entries[paging.offset : last], total=total, page=paging.page, size=paging.size)
