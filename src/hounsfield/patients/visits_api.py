"""`/patients/{id}/visits` and `/visits`: when a patient came or comes, and what is planned then."""

from fastapi import status
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import CurrentActor
from hounsfield.accounts.permissions import Actor
from hounsfield.audit.service import note_read
from hounsfield.kit.paging import Page, PagingQuery, paginate
from hounsfield.kit.routing import Router
from hounsfield.kit.web import PlatformDep
from hounsfield.patients import visits
from hounsfield.patients.access import managed_patient_for, patient_for, step_for, visit_for
from hounsfield.patients.models import Visit
from hounsfield.patients.visit_schemas import (
    StepChange,
    StepView,
    StepWish,
    VisitChange,
    VisitView,
    VisitWish,
)

router = Router(tags=["patients"])


@router.get("/patients/{patient_id}/visits")
def visits_of(
    patient_id: str, actor: CurrentActor, platform: PlatformDep, paging: PagingQuery
) -> Page[VisitView]:
    """List a patient's visits, newest first."""
    actor.require("patient:read")
    with platform.db.read() as session:
        row = patient_for(session, actor, patient_id, "visit.list")
        page = paginate(session, visits.listing(row), paging, lambda visit: _show(session, visit))
    note_read(
        platform,
        actor,
        "visit.list",
        object_type="patient",
        object_id=row.id,
        patient_id=row.id,
        organization_id=row.organization_id,
    )
    return page


@router.post("/patients/{patient_id}/visits", status_code=status.HTTP_201_CREATED)
def create(patient_id: str, wish: VisitWish, actor: CurrentActor, platform: PlatformDep) -> VisitView:
    """Enter a visit, with the examinations planned in it."""
    with platform.db.write() as session:
        row = managed_patient_for(session, actor, patient_id, "visit:create", "visit.create")
        made = visits.create(session, actor, row, wish)
        session.flush()
        return _show(session, made)


@router.get("/visits/{visit_id}")
def visit(visit_id: str, actor: CurrentActor, platform: PlatformDep) -> VisitView:
    """Return one visit."""
    actor.require("patient:read")
    with platform.db.read() as session:
        row = visit_for(session, actor, visit_id)
        shown = _show(session, row)
    note_read(
        platform,
        actor,
        "visit.read",
        object_type="visit",
        object_id=row.id,
        patient_id=row.patient_id,
        organization_id=row.organization_id,
    )
    return shown


@router.put("/visits/{visit_id}")
def change(visit_id: str, wish: VisitChange, actor: CurrentActor, platform: PlatformDep) -> VisitView:
    """Change a visit, or what has become of it."""
    with platform.db.write() as session:
        row = _managed(session, actor, visit_id, "visit.update")
        visits.change(session, actor, row, wish)
        session.flush()
        return _show(session, row)


@router.post("/visits/{visit_id}/steps", status_code=status.HTTP_201_CREATED)
def plan(visit_id: str, wish: StepWish, actor: CurrentActor, platform: PlatformDep) -> StepView:
    """Plan an examination: modalities find it in their worklist."""
    with platform.db.write() as session:
        row = _managed(session, actor, visit_id, "visit.plan")
        return visits.show_step(visits.plan(session, actor, row, wish))


@router.put("/visits/{visit_id}/steps/{step_id}")
def change_plan(
    visit_id: str, step_id: str, wish: StepChange, actor: CurrentActor, platform: PlatformDep
) -> StepView:
    """Change a planned examination, or call it off."""
    with platform.db.write() as session:
        row = _managed(session, actor, visit_id, "visit.plan")
        step = step_for(session, row, step_id)
        visits.change_step(session, actor, row, step, wish)
        return visits.show_step(step)


def _managed(session: Session, actor: Actor, visit_id: str, action: str) -> Visit:
    row = visit_for(session, actor, visit_id, action)
    managed_patient_for(session, actor, row.patient_id, "visit:update", action)
    return row


def _show(session: Session, row: Visit) -> VisitView:
    return visits.show(row, visits.steps_of(session, [row.id])[row.id])
