"""Visits and the examinations planned in them."""

from collections import defaultdict
from collections.abc import Iterable

from pydicom.uid import generate_uid
from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hounsfield.accounts.permissions import Actor
from hounsfield.audit.service import note
from hounsfield.kit.clock import utc_now
from hounsfield.kit.errors import DomainError
from hounsfield.kit.ids import new_id, order_number
from hounsfield.patients.errors import (
    AccessionTaken,
    EndsBeforeStart,
    MergedAlready,
    VisitNumberTaken,
    VisitStep,
)
from hounsfield.patients.models import Patient, ProcedureStep, Visit
from hounsfield.patients.visit_schemas import (
    StepChange,
    StepView,
    StepWish,
    VisitChange,
    VisitView,
    VisitWish,
)

STEPS: dict[str, frozenset[str]] = {
    "SCHEDULED": frozenset({"ARRIVED", "COMPLETED", "CANCELLED", "NO_SHOW"}),
    "ARRIVED": frozenset({"COMPLETED", "CANCELLED"}),
    "NO_SHOW": frozenset({"SCHEDULED", "ARRIVED"}),
    "CANCELLED": frozenset({"SCHEDULED"}),
    "COMPLETED": frozenset(),
}
_OVER = ("CANCELLED", "NO_SHOW")


def listing(patient: Patient) -> Select[Visit]:
    """Return the query for a patient's visits, newest first."""
    return (
        select(Visit).where(Visit.patient_id == patient.id).order_by(Visit.starts_at.desc(), Visit.id.desc())
    )


def create(session: Session, actor: Actor, patient: Patient, wish: VisitWish) -> Visit:
    """Enter a visit with the examinations planned in it.

    Raises
    ------
    MergedAlready, EndsBeforeStart, VisitNumberTaken, AccessionTaken
    """
    if patient.merged_into_id:
        raise MergedAlready
    now = utc_now()
    row = Visit(
        id=new_id(),
        organization_id=patient.organization_id,
        patient_id=patient.id,
        number=wish.number or order_number("V", now.strftime("%y%m%d")),
        status=wish.status or ("SCHEDULED" if wish.starts_at > now else "ARRIVED"),
        created_by_id=actor.user_id,
        created_at=now,
        **wish.model_dump(exclude={"number", "status", "steps"}),
    )
    _check_times(row)
    _add(session, row, VisitNumberTaken)
    for step in wish.steps:
        add_step(session, row, step)
    _note(session, actor, "visit.create", row)
    return row


def change(session: Session, actor: Actor, row: Visit, wish: VisitChange) -> None:
    """Change what is given; a visit that is called off takes its planned examinations with it.

    Raises
    ------
    VisitStep, EndsBeforeStart
    """
    given = wish.model_dump(exclude_unset=True)
    status = given.pop("status", None) or row.status
    if status != row.status:
        if status not in STEPS[row.status]:
            raise VisitStep(origin=row.status, target=status)
        row.status = status
    for column, value in given.items():
        if value is not None or column == "ends_at":
            setattr(row, column, value)
    _check_times(row)
    for step in steps_of(session, [row.id])[row.id]:
        if row.status in _OVER and step.status == "SCHEDULED":
            step.status = "CANCELLED"
    _note(session, actor, "visit.update", row, changed=sorted(wish.model_fields_set))


def plan(session: Session, actor: Actor, row: Visit, wish: StepWish) -> ProcedureStep:
    """Plan an examination in a visit, or raise AccessionTaken."""
    step = add_step(session, row, wish)
    _note(session, actor, "visit.plan", row, accession_number=step.accession_number)
    return step


def add_step(session: Session, row: Visit, wish: StepWish) -> ProcedureStep:
    step = ProcedureStep(
        id=new_id(),
        organization_id=row.organization_id,
        visit_id=row.id,
        accession_number=wish.accession_number or order_number("A", "")[:11],
        study_uid=generate_uid(prefix=None),
        status="SCHEDULED",
        **wish.model_dump(exclude={"accession_number"}),
    )
    _add(session, step, AccessionTaken)
    return step


def change_step(session: Session, actor: Actor, row: Visit, step: ProcedureStep, wish: StepChange) -> None:
    for column, value in wish.model_dump(exclude_unset=True).items():
        if value is not None:
            setattr(step, column, value)
    _note(session, actor, "visit.plan", row, accession_number=step.accession_number)


def steps_of(session: Session, visit_ids: Iterable[str]) -> dict[str, list[ProcedureStep]]:
    """Return the examinations planned in each visit, in their order."""
    query = (
        select(ProcedureStep)
        .where(ProcedureStep.visit_id.in_(list(visit_ids)))
        .order_by(ProcedureStep.starts_at, ProcedureStep.id)
    )
    found: dict[str, list[ProcedureStep]] = defaultdict(list)
    for step in session.scalars(query):
        found[step.visit_id].append(step)
    return found


def show(row: Visit, steps: Iterable[ProcedureStep]) -> VisitView:
    return VisitView(
        visit_id=row.id,
        patient_id=row.patient_id,
        number=row.number,
        type=row.type,
        status=row.status,
        department=row.department,
        doctor=row.doctor,
        reason=row.reason,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        steps=[show_step(step) for step in steps],
        created_at=row.created_at,
    )


def show_step(step: ProcedureStep) -> StepView:
    return StepView(
        step_id=step.id,
        modality=step.modality,
        station_ae=step.station_ae,
        starts_at=step.starts_at,
        accession_number=step.accession_number,
        description=step.description,
        physician=step.physician,
        study_uid=step.study_uid,
        status=step.status,
    )


def _add(session: Session, row: Visit | ProcedureStep, taken: type[DomainError]) -> None:
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise taken from None


def _check_times(row: Visit) -> None:
    if row.ends_at is not None and row.ends_at < row.starts_at:
        raise EndsBeforeStart


def _note(session: Session, actor: Actor, action: str, row: Visit, **details: object) -> None:
    note(
        session,
        actor,
        action,
        object_type="visit",
        object_id=row.id,
        patient_id=row.patient_id,
        organization_id=row.organization_id,
        details=details,
    )
