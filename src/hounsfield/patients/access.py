"""Who sees which patient: one policy for every room and protocol.

| who | sees |
|---|---|
| super administrator | every record |
| clinical staff, administrator | their organization's records, except restricted ones of colleagues |
| a patient's own account | the records it is linked to |
| anybody else | the records of people whose images they brought in |
| everybody | what was granted to them, or opened in an emergency, until it ends |
"""

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    false,
    not_,
    or_,
    select,
    true,
    union,
)
from sqlalchemy.orm import Session

from hounsfield.accounts.access import is_id
from hounsfield.accounts.hooks import opened_records
from hounsfield.accounts.models import ClinicalRole
from hounsfield.accounts.permissions import Actor, Column, Scope
from hounsfield.audit.entries import Attempt
from hounsfield.audit.errors import Hidden, Refused
from hounsfield.kit.clock import utc_now
from hounsfield.kit.errors import NotFound
from hounsfield.patients.models import Patient, PatientGrant, PatientUser, ProcedureStep, Visit

_OPENED = union(
    select(PatientUser.patient_id).where(PatientUser.user_id == bindparam("user_id")),
    select(PatientGrant.patient_id).where(
        PatientGrant.user_id == bindparam("user_id"),
        PatientGrant.revoked_at.is_(None),
        PatientGrant.expires_at > bindparam("now"),
    ),
)


@opened_records.connect
def find_opened(connection: Connection, user_id: str, found: set[str]) -> None:
    """Add the records that are a user's own, or that were opened to them and still are."""
    found.update(connection.scalars(_OPENED, {"user_id": user_id, "now": utc_now()}))


def opened_to(actor: Actor, patient_id: Column) -> ColumnElement[bool]:
    """Return the condition that keeps what was opened to the actor beyond its scope."""
    # known since the request began: where there is nothing, the condition stays one that an index answers
    return patient_id.in_(sorted(actor.opened)) if actor.opened else false()


def closed_patients(actor: Actor) -> Select[str]:
    """Return the query for the ids of the organization's records that the actor does not see despite the scope."""
    return select(Patient.id).where(
        Patient.organization_id == actor.organization_id,
        Patient.restricted,
        or_(Patient.restricted_by_id.is_(None), Patient.restricted_by_id != actor.user_id),
        not_(opened_to(actor, Patient.id)),
    )


def visible_patients(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that keeps the patients an actor may see."""
    if actor.scope is Scope.ALL:
        return true()
    opened = opened_to(actor, Patient.id)
    if actor.scope is Scope.ORGANIZATION:
        home = Patient.organization_id == actor.organization_id
        open_here = or_(not_(Patient.restricted), Patient.restricted_by_id == actor.user_id)
        return or_(and_(home, open_here), opened)
    if actor.clinical_role is ClinicalRole.PATIENT:
        return opened
    return or_(Patient.created_by_id == actor.user_id, opened)


def patient_for(session: Session, actor: Actor, patient_id: str, action: str = "patient.read") -> Patient:
    """Return a patient that the actor may see, or raise NotFound."""
    if not is_id(patient_id):
        raise NotFound
    row = session.scalar(select(Patient).where(Patient.id == patient_id, visible_patients(actor)))
    if row is not None:
        return row
    there = session.get(Patient, patient_id)
    if there is None:
        raise NotFound
    raise Hidden(about(actor, action, there))


def managed_patient_for(
    session: Session, actor: Actor, patient_id: str, permission: str, action: str
) -> Patient:
    """Return a patient whose record the actor may do something to: staff of its own organization.

    Raises
    ------
    NotFound
        As `patient_for`.
    Forbidden
        The actor sees the record, but only reads it.
    """
    row = patient_for(session, actor, patient_id, action)
    if actor.may(permission) and at_home(actor, row.organization_id):
        return row
    raise Refused(about(actor, action, row))


def at_home(actor: Actor, organization_id: str) -> bool:
    """Tell whether an organization's records are the actor's to write in."""
    if actor.scope is Scope.ORGANIZATION:
        return organization_id == actor.organization_id
    return actor.scope is Scope.ALL


def visit_for(session: Session, actor: Actor, visit_id: str, action: str = "visit.read") -> Visit:
    """Return a visit of a patient that the actor may see, or raise NotFound."""
    row = session.get(Visit, visit_id) if is_id(visit_id) else None
    if row is None:
        raise NotFound
    patient_for(session, actor, row.patient_id, action)
    return row


def step_for(session: Session, visit: Visit, step_id: str) -> ProcedureStep:
    """Return an examination planned in a visit, or raise NotFound."""
    row = session.get(ProcedureStep, step_id) if is_id(step_id) else None
    if row is None or row.visit_id != visit.id:
        raise NotFound
    return row


def about(actor: Actor, action: str, patient: Patient, reason: str = "") -> Attempt:
    """Return what is done to a patient's record, for the audit trail."""
    return Attempt(actor, action, "patient", patient.id, patient.id, patient.organization_id, reason)
