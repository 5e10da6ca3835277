"""Two records of one person become one, and two again where that was a mistake."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from hounsfield.accounts.permissions import Actor
from hounsfield.audit.service import note
from hounsfield.kit.clock import utc_now
from hounsfield.kit.ids import new_id
from hounsfield.patients import hooks
from hounsfield.patients.errors import MergedAlready, MergeIntoItself, NotMerged
from hounsfield.patients.models import Patient, PatientGrant, PatientMerge, PatientUser, Visit


def merge(session: Session, actor: Actor, patient: Patient, into: Patient, reason: str) -> PatientMerge:
    """Move everything of one record to another; the first stays as a pointer, and images for it go to the second.

    Raises
    ------
    MergedAlready, MergeIntoItself
    """
    if patient.id == into.id or patient.organization_id != into.organization_id:
        raise MergeIntoItself
    if patient.merged_into_id or into.merged_into_id:
        raise MergedAlready
    moved: dict[str, Any] = {
        "visits": _moved(session, Visit, patient, into),
        "grants": _moved(session, PatientGrant, patient, into),
        "users": _move_users(session, patient, into),
    }
    hooks.merging.fire(session, patient, into, moved)
    if patient.restricted and not into.restricted:
        # what was closed to colleagues does not open by a merge
        into.restricted, into.restricted_by_id = True, actor.user_id
        moved["restricted"] = True
    patient.merged_into_id = into.id
    row = PatientMerge(
        id=new_id(),
        patient_id=patient.id,
        into_id=into.id,
        merged_by_id=actor.user_id,
        reason=reason,
        moved=moved,
    )
    session.add(row)
    _note(session, actor, "patient.merge", patient, into, reason)
    hooks.changed.fire(session, actor, into, "merged")
    return row


def unmerge(session: Session, actor: Actor, patient: Patient) -> Patient:
    """Undo the last merge of a record: what was moved and is still there goes back. Return the other record.

    Raises
    ------
    NotMerged
    """
    query = (
        select(PatientMerge)
        .where(PatientMerge.patient_id == patient.id, PatientMerge.undone_at.is_(None))
        .order_by(PatientMerge.id.desc())
        .limit(1)
    )
    row = session.scalar(query)
    if row is None or patient.merged_into_id != row.into_id:
        raise NotMerged
    into = session.get_one(Patient, row.into_id)
    for kind, model in (("visits", Visit), ("grants", PatientGrant)):
        _assign(session, model, row.moved.get(kind, []), into, patient)
    for user_id in row.moved.get("users", []):
        link = session.get(PatientUser, (into.id, user_id))
        if link is not None:
            session.delete(link)
            session.add(PatientUser(patient_id=patient.id, user_id=user_id, linked_by_id=actor.user_id))
    hooks.parting.fire(session, patient, into, row.moved)
    if row.moved.get("restricted") and into.restricted:
        into.restricted, into.restricted_by_id = False, None
    patient.merged_into_id = None
    row.undone_at, row.undone_by_id = utc_now(), actor.user_id
    _note(session, actor, "patient.unmerge", patient, into, "")
    hooks.changed.fire(session, actor, patient, "updated")
    return into


def _moved(
    session: Session, model: type[Visit] | type[PatientGrant], patient: Patient, into: Patient
) -> list[str]:
    ids = list(session.scalars(select(model.id).where(model.patient_id == patient.id)))
    _assign(session, model, ids, patient, into)
    return ids


def _assign(
    session: Session,
    model: type[Visit] | type[PatientGrant],
    ids: list[str],
    origin: Patient,
    target: Patient,
) -> None:
    if ids:
        there = (model.id.in_(ids), model.patient_id == origin.id)
        session.execute(update(model).where(*there).values(patient_id=target.id))


def _move_users(session: Session, patient: Patient, into: Patient) -> list[str]:
    moved = []
    for link in session.scalars(select(PatientUser).where(PatientUser.patient_id == patient.id)).all():
        if session.get(PatientUser, (into.id, link.user_id)) is None:
            session.add(PatientUser(patient_id=into.id, user_id=link.user_id, linked_by_id=link.linked_by_id))
            moved.append(link.user_id)
        session.delete(link)
    return moved


def _note(session: Session, actor: Actor, action: str, patient: Patient, into: Patient, reason: str) -> None:
    for row in (patient, into):
        note(
            session,
            actor,
            action,
            object_type="patient",
            object_id=row.id,
            patient_id=row.id,
            organization_id=row.organization_id,
            reason=reason,
            details={"patient_id": patient.id, "into_id": into.id},
        )
