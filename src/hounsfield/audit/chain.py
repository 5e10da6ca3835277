"""The chain: each organization's rows numbered without gaps, each hash covering the row and the hash before it.

Rows come unsealed with their transactions, so that nobody waits for anybody; one sealer puts them into the chain some
seconds later. Two sealers at once do no harm: the head's row is locked.
"""

import hashlib
from collections.abc import Iterator

import orjson
import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hounsfield.audit.models import AuditEntry, AuditHead
from hounsfield.kit.clock import iso
from hounsfield.kit.keyring import Key, keys
from hounsfield.kit.platform import Platform
from hounsfield.kit.settings import Settings

log = structlog.get_logger()
BATCH = 500
_FORM = 1  # of `link`: a later form gets another number, and rows keep theirs
_LINKED = (
    "id", "organization_id", "actor_kind", "actor_id", "actor_name", "actor_roles", "actor_organization_id", "action",
    "object_type", "object_id", "patient_id", "outcome", "reason", "source", "address", "count", "details",
)  # fmt: skip


def link(row: AuditEntry, number: int, before: str) -> str:
    """Return the hash of a row at its place in the chain."""
    said = [getattr(row, name) for name in _LINKED]
    times = [iso(row.at), iso(row.until) if row.until else None]
    content = orjson.dumps([_FORM, before, number, times, said], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(content).hexdigest()


def chain_keys(settings: Settings) -> list[Key]:
    return keys(settings, "audit.chain")


def seal(platform: Platform) -> int:
    """Put every committed row into its chain and return how many there were."""
    unsealed = select(AuditEntry.organization_id).where(AuditEntry.number.is_(None)).distinct()
    with platform.db.read() as session:
        waiting = list(session.scalars(unsealed))
    key = chain_keys(platform.settings)[0]
    return sum(sum(_batches(platform, organization_id, key)) for organization_id in waiting)


def _batches(platform: Platform, organization_id: str, key: Key) -> Iterator[int]:
    full = True
    while full:
        with platform.db.write() as session:
            head = _head(session, organization_id)
            rows = _unsealed(session, organization_id)
            for row in rows:
                head.number += 1
                row.hash = head.hash = link(row, head.number, head.hash)
                row.number, row.mark, row.key_id = head.number, key.mark(row.hash.encode()), key.id
        if rows:
            # a copy that whoever changes the database cannot reach: `audit verify --expect` compares with it
            log.info("audit.sealed", organization=organization_id, number=head.number, hash=head.hash)
        full = len(rows) == BATCH
        yield len(rows)


def _head(session: Session, organization_id: str) -> AuditHead:
    head = session.get(AuditHead, organization_id, with_for_update=True)
    if head is not None:
        return head
    try:
        with session.begin_nested():
            session.add(AuditHead(organization_id=organization_id))
    except IntegrityError:  # another sealer's first row
        pass
    return session.get_one(AuditHead, organization_id, with_for_update=True, populate_existing=True)


def _unsealed(session: Session, organization_id: str) -> list[AuditEntry]:
    query = (
        select(AuditEntry)
        .where(AuditEntry.organization_id == organization_id, AuditEntry.number.is_(None))
        .order_by(AuditEntry.at, AuditEntry.id)
        .limit(BATCH)
    )
    return list(session.scalars(query))
