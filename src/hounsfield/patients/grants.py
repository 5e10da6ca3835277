"""Opening a record to somebody: by a colleague until a date, or by oneself in an emergency (break-glass)."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from hounsfield.accounts import names
from hounsfield.accounts.access import is_id
from hounsfield.accounts.models import User, UserStatus
from hounsfield.accounts.permissions import Actor
from hounsfield.audit.errors import Hidden, Refused
from hounsfield.audit.service import note
from hounsfield.kit.clock import iso, utc_now
from hounsfield.kit.errors import NotFound
from hounsfield.kit.ids import new_id
from hounsfield.patients import hooks
from hounsfield.patients.access import about, at_home, visible_patients
from hounsfield.patients.errors import ExpiryInvalid, NoSuchUser, OpenAlready
from hounsfield.patients.models import Patient, PatientGrant
from hounsfield.patients.service import surviving

MAX_DAYS = 366
BREAK_GLASS = timedelta(hours=4)


def user_named(session: Session, name: str) -> User:
    """Return the active user with this name or id, or raise NoSuchUser."""
    query = select(User).where(User.username_key == names.fold(name))
    if is_id(name):
        query = select(User).where(or_(User.id == name, User.username_key == names.fold(name)))
    found = session.scalar(query)
    if found is None or found.status is not UserStatus.ACTIVE:
        raise NoSuchUser
    return found


def grant(
    session: Session, actor: Actor, patient: Patient, *, user: str, expires_at: datetime, reason: str
) -> PatientGrant:
    """Let a named user see a record until a time.

    Raises
    ------
    ExpiryInvalid, NoSuchUser
    """
    if not utc_now() < expires_at <= utc_now() + timedelta(days=MAX_DAYS):
        raise ExpiryInvalid(days=MAX_DAYS)
    reader = user_named(session, user)
    row = _open(session, actor, patient, reader.id, "grant", expires_at, reason)
    _note(session, actor, "patient.grant", patient, row)
    return row


def revoke(session: Session, actor: Actor, patient: Patient, grant_id: str) -> PatientGrant:
    """End a grant, or an emergency access, now; ended twice, nothing happens."""
    row = session.get(PatientGrant, grant_id) if is_id(grant_id) else None
    if row is None or row.patient_id != patient.id:
        raise NotFound
    if row.revoked_at is None:
        row.revoked_at, row.revoked_by_id = utc_now(), actor.user_id
        _note(session, actor, "patient.revoke", patient, row)
        hooks.closed.fire(session, actor, patient, row)
    return row


def break_glass(session: Session, actor: Actor, patient: Patient | None, reason: str) -> PatientGrant:
    """Open a record of one's own organization for four hours, for a reason that others will read.

    Raises
    ------
    NotFound
        There is none, or not in the actor's organization.
    Forbidden
        The actor is not clinical staff.
    OpenAlready
        Nothing has to be broken.
    """
    if patient is None:
        raise NotFound
    if not at_home(actor, patient.organization_id):
        raise Hidden(about(actor, "patient.break_glass", patient, reason))
    if not actor.may("patient:breakglass"):
        raise Refused(about(actor, "patient.break_glass", patient, reason))
    patient = surviving(session, patient)
    if session.scalar(select(Patient.id).where(Patient.id == patient.id, visible_patients(actor))):
        raise OpenAlready
    row = _open(session, actor, patient, actor.user_id, "break_glass", utc_now() + BREAK_GLASS, reason)
    _note(session, actor, "patient.break_glass", patient, row)
    return row


def by_number(session: Session, actor: Actor, mrn: str, issuer: str) -> Patient | None:
    """Return the record of one's own organization with this number, whether the actor sees it or not."""
    query = select(Patient).where(
        Patient.organization_id == actor.organization_id, Patient.mrn == mrn, Patient.issuer == issuer
    )
    return session.scalar(query)


def _open(
    session: Session,
    actor: Actor,
    patient: Patient,
    user_id: str,
    kind: str,
    expires_at: datetime,
    reason: str,
) -> PatientGrant:
    row = PatientGrant(
        id=new_id(),
        patient_id=patient.id,
        user_id=user_id,
        kind=kind,
        reason=reason,
        granted_by_id=actor.user_id,
        created_at=utc_now(),
        expires_at=expires_at,
    )
    session.add(row)
    session.flush()
    hooks.opened.fire(session, actor, patient, row)
    return row


def _note(session: Session, actor: Actor, action: str, patient: Patient, row: PatientGrant) -> None:
    note(
        session,
        actor,
        action,
        object_type="grant",
        object_id=row.id,
        patient_id=patient.id,
        organization_id=patient.organization_id,
        reason=row.reason,
        details={"user_id": row.user_id, "expires_at": iso(row.expires_at)},
    )
