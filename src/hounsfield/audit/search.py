"""Finding rows of the trail."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, or_, select

from hounsfield.accounts.permissions import Actor
from hounsfield.audit.models import AuditEntry
from hounsfield.kit.paging import like

_NEWEST_FIRST = (AuditEntry.at.desc(), AuditEntry.id.desc())


def trail(
    actor: Actor,
    *,
    who: str | None = None,
    action: str | None = None,
    patient_id: str | None = None,
    object_id: str | None = None,
    outcome: str | None = None,
    source: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Select[AuditEntry]:
    """Return the query for the rows an administrator may read: those about its own organization's data."""
    query = select(AuditEntry).order_by(*_NEWEST_FIRST)
    if not actor.is_super_admin:
        query = query.where(AuditEntry.organization_id == actor.organization_id)
    if who:
        query = query.where(
            or_(AuditEntry.actor_id == who, AuditEntry.actor_name.ilike(like(who), escape="\\"))
        )
    if action:
        # `study` finds study.read, study.update …
        query = query.where(or_(AuditEntry.action == action, AuditEntry.action.startswith(f"{action}.")))
    exact = {
        AuditEntry.patient_id: patient_id,
        AuditEntry.object_id: object_id,
        AuditEntry.outcome: outcome,
        AuditEntry.source: source,
    }
    query = query.where(*(column == value for column, value in exact.items() if value))
    return query.where(*_between(since, until))


def accesses(patient_ids: list[str]) -> Select[AuditEntry]:
    """Return the query for everything that was done with a patient's data, under whichever record it then was."""
    return select(AuditEntry).where(AuditEntry.patient_id.in_(patient_ids)).order_by(*_NEWEST_FIRST)


def _between(since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    bounds = []
    if since:
        bounds.append(AuditEntry.at >= since)
    if until:
        bounds.append(AuditEntry.at < until)
    return bounds
