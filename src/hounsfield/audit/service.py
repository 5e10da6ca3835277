"""Noting what happens to patient data. The only way into the trail.

- A write is noted in the transaction that does it: `note`.
- A read is noted after its transaction and before anything leaves: `note_read`. It fails where it cannot be noted.
- What was refused is noted by `http`, from the error that refused it (`audit.errors`): `note_denied`.
"""

from typing import Any

from sqlalchemy.orm import Session

from hounsfield.audit.entries import Agent, Attempt, Outcome, Who, entry, on_behalf_of, said
from hounsfield.audit.models import AuditEntry
from hounsfield.audit.repeats import repeats_of
from hounsfield.kit.platform import Platform

__all__ = [
    "Agent",
    "Attempt",
    "Who",
    "note",
    "note_attempt",
    "note_attempt_read",
    "note_denied",
    "note_read",
    "on_behalf_of",
]


def note(
    session: Session,
    actor: Who,
    action: str,
    *,
    object_type: str,
    object_id: str,
    patient_id: str | None = None,
    organization_id: str | None = None,
    outcome: Outcome = "success",
    reason: str = "",
    source: str | None = None,
    details: dict[str, Any] | None = None,
) -> AuditEntry:
    """Append a row in the caller's transaction.

    `organization_id` says whose data it is where that is not the actor's own organization; `source` and the address come
    from `audit.where` unless given.
    """
    attempt = Attempt(
        actor, action, object_type, object_id, patient_id, organization_id, reason, source, details
    )
    row = entry(attempt, outcome)
    session.add(row)
    return row


def note_read(
    platform: Platform,
    actor: Who,
    action: str,
    *,
    object_type: str,
    object_id: str,
    patient_id: str | None = None,
    organization_id: str | None = None,
    reason: str = "",
    source: str | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Note a read. Call it before the answer leaves, and never inside a transaction: it opens its own.

    The first read is a row at once. The same one again (by the same person, from the same place) within some minutes is
    counted, and the count follows as one more row.
    """
    attempt = Attempt(
        actor, action, object_type, object_id, patient_id, organization_id, reason, source, details
    )
    _append_once(platform, said(attempt))


def note_attempt(session: Session, attempt: Attempt, outcome: Outcome = "success") -> None:
    """Append a row for something that `access` has described, in the caller's transaction."""
    session.add(entry(attempt, outcome))


def note_attempt_read(platform: Platform, attempt: Attempt) -> None:
    """Note a read that `access` has described, as `note_read` does."""
    _append_once(platform, said(attempt))


def note_denied(platform: Platform, attempt: Attempt) -> None:
    """Note something that was refused; repeated attempts are counted like repeated reads."""
    _append_once(platform, said(attempt, "denied"))


def _append_once(platform: Platform, what: dict[str, Any]) -> None:
    repeats = repeats_of(platform.db)
    if repeats.again(what):
        return
    over = repeats.take_over()
    try:
        with platform.db.write() as session:
            session.add_all([AuditEntry(**what), *over])
    except BaseException:
        repeats.put_back(over)
        raise
    repeats.remember(what)
