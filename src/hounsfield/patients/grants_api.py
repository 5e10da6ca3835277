"""`/patients/{id}/grants`, `/break-glass`, `/users`: who else may see a record, and until when."""

from fastapi import status
from sqlalchemy import select
from sqlalchemy.orm import Session

from hounsfield.accounts.access import is_id
from hounsfield.accounts.actor import CurrentActor
from hounsfield.accounts.models import User
from hounsfield.audit.service import note
from hounsfield.kit.clock import utc_now
from hounsfield.kit.errors import NotFound
from hounsfield.kit.routing import Router
from hounsfield.kit.web import PlatformDep
from hounsfield.patients import grants
from hounsfield.patients.access import managed_patient_for
from hounsfield.patients.models import Patient, PatientGrant, PatientUser
from hounsfield.patients.schemas import (
    BreakGlassByNumber,
    BreakGlassWish,
    GrantView,
    GrantWish,
    LinkView,
    LinkWish,
    Opened,
)

router = Router(prefix="/patients", tags=["patients"])


@router.post("/break-glass", status_code=status.HTTP_201_CREATED)
def break_glass_by_number(wish: BreakGlassByNumber, actor: CurrentActor, platform: PlatformDep) -> Opened:
    """Open a closed record that one knows the number of, for four hours; the reason is told to the administrators."""
    with platform.db.write() as session:
        found = grants.by_number(session, actor, wish.mrn, wish.issuer)
        return _opened(grants.break_glass(session, actor, found, wish.reason))


@router.post("/{patient_id}/break-glass", status_code=status.HTTP_201_CREATED)
def break_glass(patient_id: str, wish: BreakGlassWish, actor: CurrentActor, platform: PlatformDep) -> Opened:
    """Open a closed record for four hours; the reason is told to the administrators."""
    with platform.db.write() as session:
        found = session.get(Patient, patient_id) if is_id(patient_id) else None
        return _opened(grants.break_glass(session, actor, found, wish.reason))


def _opened(row: PatientGrant) -> Opened:
    return Opened(patient_id=row.patient_id, grant_id=row.id, expires_at=row.expires_at)


@router.get("/{patient_id}/grants")
def grants_of(patient_id: str, actor: CurrentActor, platform: PlatformDep) -> list[GrantView]:
    """List who was given access, or took it in an emergency, newest first."""
    with platform.db.read() as session:
        row = managed_patient_for(session, actor, patient_id, "patient:grant", "patient.grants")
        query = (
            select(PatientGrant)
            .where(PatientGrant.patient_id == row.id)
            .order_by(PatientGrant.created_at.desc(), PatientGrant.id.desc())
            .limit(200)
        )
        return [_grant(session, found) for found in session.scalars(query).all()]


@router.post("/{patient_id}/grants", status_code=status.HTTP_201_CREATED)
def grant(patient_id: str, wish: GrantWish, actor: CurrentActor, platform: PlatformDep) -> GrantView:
    """Let a named user see the record until a time."""
    with platform.db.write() as session:
        row = managed_patient_for(session, actor, patient_id, "patient:grant", "patient.grant")
        made = grants.grant(
            session, actor, row, user=wish.user, expires_at=wish.expires_at, reason=wish.reason
        )
        return _grant(session, made)


@router.delete("/{patient_id}/grants/{grant_id}", status_code=status.HTTP_204_NO_CONTENT)
def revoke(patient_id: str, grant_id: str, actor: CurrentActor, platform: PlatformDep) -> None:
    """Take a grant back at once."""
    with platform.db.write() as session:
        row = managed_patient_for(session, actor, patient_id, "patient:grant", "patient.revoke")
        grants.revoke(session, actor, row, grant_id)


@router.get("/{patient_id}/users")
def users(patient_id: str, actor: CurrentActor, platform: PlatformDep) -> list[LinkView]:
    """List the patient's own accounts."""
    with platform.db.read() as session:
        row = managed_patient_for(session, actor, patient_id, "patient:link", "patient.users")
        query = (
            select(PatientUser, User)
            .join(User, User.id == PatientUser.user_id)
            .where(PatientUser.patient_id == row.id)
            .order_by(PatientUser.created_at)
        )
        return [_link(link, user) for link, user in session.execute(query)]


@router.post("/{patient_id}/users", status_code=status.HTTP_201_CREATED)
def link(patient_id: str, wish: LinkWish, actor: CurrentActor, platform: PlatformDep) -> LinkView:
    """Let an account be this patient's own: it sees the record, its images, and who saw them."""
    with platform.db.write() as session:
        row = managed_patient_for(session, actor, patient_id, "patient:link", "patient.link")
        user = grants.user_named(session, wish.user)
        made = session.get(PatientUser, (row.id, user.id))
        if made is None:
            made = PatientUser(
                patient_id=row.id, user_id=user.id, linked_by_id=actor.user_id, created_at=utc_now()
            )
            session.add(made)
            _note_link(session, actor, "patient.link", row, user.id)
        return _link(made, user)


@router.delete("/{patient_id}/users/{user_id}", status_code=status.HTTP_204_NO_CONTENT)
def unlink(patient_id: str, user_id: str, actor: CurrentActor, platform: PlatformDep) -> None:
    """End that an account is this patient's own."""
    with platform.db.write() as session:
        row = managed_patient_for(session, actor, patient_id, "patient:link", "patient.unlink")
        made = session.get(PatientUser, (row.id, user_id)) if is_id(user_id) else None
        if made is None:
            raise NotFound
        session.delete(made)
        _note_link(session, actor, "patient.unlink", row, user_id)


def _note_link(session: Session, actor: CurrentActor, action: str, row: Patient, user_id: str) -> None:
    note(
        session,
        actor,
        action,
        object_type="patient",
        object_id=row.id,
        patient_id=row.id,
        organization_id=row.organization_id,
        details={"user_id": user_id},
    )


def _grant(session: Session, row: PatientGrant) -> GrantView:
    reader, giver = session.get(User, row.user_id), session.get(User, row.granted_by_id)
    return GrantView(
        grant_id=row.id,
        patient_id=row.patient_id,
        user_id=row.user_id,
        username=reader.username if reader else "",
        kind=row.kind,
        reason=row.reason,
        granted_by=giver.username if giver else "",
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        active=row.revoked_at is None and row.expires_at > utc_now(),
    )


def _link(row: PatientUser, user: User) -> LinkView:
    return LinkView(
        user_id=user.id, username=user.username, display_name=user.display_name, created_at=row.created_at
    )
