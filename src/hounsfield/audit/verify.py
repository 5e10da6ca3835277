"""Checking the chain: every row, from the first to the head."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hounsfield.audit.chain import chain_keys, link
from hounsfield.audit.models import AuditEntry, AuditHead
from hounsfield.kit.keyring import Key
from hounsfield.kit.platform import Platform

STRETCH = 1000
Problem = Literal["GAP", "CHANGED", "FORGED", "HEAD", "EXPECTED"]
"""A row is missing; a row is not what was sealed; it was sealed without the key; the head says otherwise than the rows; a
link that was written down elsewhere is not there."""


@dataclass(frozen=True)
class Verdict:
    """What the check of one chain found: nothing wrong, or the first row that is."""

    organization_id: str
    entries: int
    head: str
    waiting: int  # not sealed yet
    unmarked: (
        int  # sealed with a secret that is not known any more: their hashes fit, who sealed them is not shown
    )
    problem: Problem | None = None
    number: int | None = None

    @property
    def ok(self) -> bool:
        return self.problem is None


def chains(session: Session) -> list[str]:
    """Return the organizations that have a trail."""
    known = set(session.scalars(select(AuditHead.organization_id)))
    return sorted(known | set(session.scalars(select(AuditEntry.organization_id).distinct())))


def verify(platform: Platform, organization_id: str, expected: dict[int, str] | None = None) -> Verdict:
    """Check a chain; `expected` are hashes by number that were written down outside the database."""
    marks = {key.id: key for key in chain_keys(platform.settings)}
    with platform.db.read() as session:
        return _check(session, organization_id, marks, dict(expected or {}))


def _check(
    session: Session, organization_id: str, marks: dict[str, Key], expected: dict[int, str]
) -> Verdict:
    number, before, unmarked = 0, "", 0
    head = session.get(AuditHead, organization_id)
    waiting = select(func.count()).where(
        AuditEntry.organization_id == organization_id, AuditEntry.number.is_(None)
    )
    unsealed = session.scalar(waiting) or 0

    def verdict(problem: Problem | None = None, at: int | None = None) -> Verdict:
        return Verdict(organization_id, number, before, unsealed, unmarked, problem, at)

    for row in _sealed(session, organization_id, head.number if head else None):
        if row.number != number + 1:
            return verdict("GAP", number + 1)
        if row.hash is None or link(row, number + 1, before) != row.hash:
            return verdict("CHANGED", number + 1)
        key = marks.get(row.key_id or "")
        if key is None:
            unmarked += 1
        elif key.mark(row.hash.encode()) != row.mark:
            return verdict("FORGED", number + 1)
        number, before = number + 1, row.hash
        if expected.pop(number, before) != before:
            return verdict("EXPECTED", number)
    if (head.number, head.hash) != (number, before) if head else number:
        return verdict("HEAD", number)
    return verdict("EXPECTED", min(expected)) if expected else verdict()


def _sealed(session: Session, organization_id: str, last: int | None) -> Iterator[AuditEntry]:
    """Yield the rows up to the head that was read first: what is sealed meanwhile is for the next check."""
    query = select(AuditEntry).where(
        AuditEntry.organization_id == organization_id, AuditEntry.number.is_not(None)
    )
    if last is not None:
        query = query.where(AuditEntry.number <= last)
    done = 0
    while True:
        rows = session.scalars(
            query.where(AuditEntry.number > done).order_by(AuditEntry.number).limit(STRETCH)
        ).all()
        yield from rows
        if len(rows) < STRETCH:
            return
        done = rows[-1].number or 0
        session.expunge_all()
