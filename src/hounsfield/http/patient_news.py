"""What people are told about patients' records: who may see one now, who opened one in an emergency, what changed."""

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.accounts.models import Tier, User, UserStatus
from hounsfield.kit.clock import iso
from hounsfield.notifications.service import tell
from hounsfield.patients.hooks import Change, changed, closed, opened
from hounsfield.patients.models import Patient, PatientGrant, PatientUser


@opened.connect
def record_opened(session: Session, actor: Actor, patient: Patient, grant: PatientGrant) -> None:
    """Tell whoever may see a record now, and the patient; of an emergency the administrators too."""
    body = {
        "patient_id": patient.id,
        "grant_id": grant.id,
        "kind": grant.kind,
        "expires_at": iso(grant.expires_at),
        "granted_by": actor.username,
        "reason": grant.reason,
    }
    tell(session, grant.user_id, "permission_granted", body)
    if grant.kind != "break_glass":
        return
    alert = {**body, "code": "BREAK_GLASS", "level": "warning", "mrn": patient.mrn, "actor": actor.username}
    for user_id in sorted(_administrators(session, patient.organization_id) - {actor.user_id}):
        tell(session, user_id, "system_alert", alert)
    for user_id in _own_accounts(session, patient):
        tell(session, user_id, "record_accessed", {"patient_id": patient.id, "actor": actor.username})


@closed.connect
def record_closed(session: Session, actor: Actor, patient: Patient, grant: PatientGrant) -> None:
    """Tell whoever must not see a record any more."""
    body = {"patient_id": patient.id, "grant_id": grant.id, "kind": grant.kind, "revoked_by": actor.username}
    tell(session, grant.user_id, "permission_revoked", body)


@changed.connect
def record_changed(session: Session, actor: Actor, patient: Patient, change: Change) -> None:
    """Tell the person who did it (in their other windows) and the patient."""
    name = "record_created" if change == "created" else "record_updated"
    for user_id in sorted({actor.user_id, *_own_accounts(session, patient)}):
        tell(session, user_id, name, {"patient_id": patient.id, "change": change})


def _administrators(session: Session, organization_id: str) -> set[str]:
    theirs = and_(User.tier == Tier.ADMIN, User.organization_id == organization_id)
    query = select(User.id).where(
        User.status == UserStatus.ACTIVE, or_(User.tier == Tier.SUPER_ADMIN, theirs)
    )
    return set(session.scalars(query))


def _own_accounts(session: Session, patient: Patient) -> list[str]:
    query = select(PatientUser.user_id).where(PatientUser.patient_id == patient.id)
    return list(session.scalars(query.order_by(PatientUser.user_id)))
