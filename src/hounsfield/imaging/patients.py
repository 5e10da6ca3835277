"""Studies follow their patients: when records are merged or parted, and when somebody says whose a study is."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.audit.service import note
from hounsfield.imaging.errors import VisitOfAnother
from hounsfield.imaging.models import Study
from hounsfield.patients.access import managed_patient_for, visit_for
from hounsfield.patients.errors import MergedAlready
from hounsfield.patients.hooks import merging, parting
from hounsfield.patients.models import Patient


@merging.connect
def move(session: Session, patient: Patient, into: Patient, moved: dict[str, Any]) -> None:
    """Give the studies of a record to the one it becomes part of."""
    moved["studies"] = list(session.scalars(select(Study.id).where(Study.patient_id == patient.id)))
    session.execute(update(Study).where(Study.patient_id == patient.id).values(patient_id=into.id))


@parting.connect
def move_back(session: Session, patient: Patient, into: Patient, moved: dict[str, Any]) -> None:
    """Give them back, except those that were given to somebody else meanwhile."""
    theirs = (Study.id.in_(moved.get("studies", [])), Study.patient_id == into.id)
    session.execute(update(Study).where(*theirs).values(patient_id=patient.id))


def assign(
    session: Session,
    actor: Actor,
    study: Study,
    *,
    patient_id: str | None,
    visit_id: str | None,
    change_visit: bool,
    reason: str,
) -> None:
    """Say whose a study is, and of which visit; with a new patient it leaves its visit.

    Raises
    ------
    NotFound, Forbidden
        The patient or the visit.
    MergedAlready, VisitOfAnother
    """
    before = {"patient_id": study.patient_id, "visit_id": study.visit_id}
    if patient_id and patient_id != study.patient_id:
        patient = managed_patient_for(session, actor, patient_id, "patient:update", "study.update")
        if patient.merged_into_id:
            raise MergedAlready
        if patient.organization_id != study.organization_id:
            raise VisitOfAnother
        study.patient_id, study.visit_id = patient.id, None
    if change_visit:
        if visit_id and visit_for(session, actor, visit_id).patient_id != study.patient_id:
            raise VisitOfAnother
        study.visit_id = visit_id
    # both patients shall find it in their list of accesses
    for whose in {before["patient_id"], study.patient_id}:
        note(
            session,
            actor,
            "study.update",
            object_type="study",
            object_id=study.study_uid,
            patient_id=whose,
            organization_id=study.organization_id,
            reason=reason,
            details={"before": before, "patient_id": study.patient_id, "visit_id": study.visit_id},
        )
