"""What a row of the trail says: made here for everybody who notes something."""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy.orm import Session

from hounsfield.accounts.models import User
from hounsfield.accounts.permissions import Actor, roles_of
from hounsfield.audit.models import AuditEntry
from hounsfield.audit.where import here

Outcome = Literal["success", "denied", "failed"]


@dataclass(frozen=True)
class Agent:
    """Somebody who is no signed-in person: an engine, a device (AE title), a guest's link, the platform itself, or a job
    for a person who may have left since (`on_behalf_of`)."""

    kind: Literal["engine", "device", "link", "system", "user"]
    id: str
    name: str
    organization_id: str
    roles: str = ""


Who = Actor | Agent


def on_behalf_of(session: Session, user_id: str) -> Agent:
    """Return the person that a job works for."""
    user = session.get_one(User, user_id)
    roles = " ".join(roles_of(user.tier, user.clinical_role))
    return Agent("user", user.id, user.username, user.organization_id, roles)


@dataclass(frozen=True)
class Attempt:
    """What is being done to what: enough to note it, whether it succeeds or not."""

    who: Who
    action: str
    object_type: str
    object_id: str
    patient_id: str | None = None
    organization_id: str | None = None  # whose data it is, where that is not the actor's own organization
    reason: str = ""
    source: str | None = None
    details: dict[str, Any] | None = None


def entry(attempt: Attempt, outcome: Outcome = "success") -> AuditEntry:
    """Return the row of an attempt, as the actor is and from where they come now."""
    return AuditEntry(**said(attempt, outcome))


def said(attempt: Attempt, outcome: Outcome = "success") -> dict[str, Any]:
    """Return what the row of an attempt says."""
    who, where = attempt.who, here()
    if isinstance(who, Actor):
        kind, identity, name = "user", who.user_id, who.username
        roles = " ".join(roles_of(who.tier, who.clinical_role))
    else:
        kind, identity, name, roles = who.kind, who.id, who.name, who.roles
    return {
        "organization_id": attempt.organization_id or who.organization_id,
        "actor_kind": kind,
        "actor_id": _text(identity, 64),
        "actor_name": _text(name, 64),
        "actor_roles": roles,
        "actor_organization_id": who.organization_id,
        "action": attempt.action,
        "object_type": attempt.object_type,
        "object_id": _text(attempt.object_id, 128),
        "patient_id": attempt.patient_id,
        "outcome": outcome,
        "reason": _text(attempt.reason, 500),
        "source": attempt.source or where.source,
        "address": _text(where.address, 64),
        "details": attempt.details or {},
    }


def _text(value: str, longest: int) -> str:
    return value.replace("\0", "")[:longest]
