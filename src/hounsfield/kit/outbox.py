"""Messages leave the platform only as rows of the transaction that caused them; a relay publishes what is committed.

The broker is never the truth: a row that was published twice, or late, must be harmless to whoever receives it.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, Integer, SmallInteger, String, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hounsfield.kit.clock import iso, utc_now
from hounsfield.kit.db import Base, at_end, db_now, table_of

KINDS = frozenset({"job", "offer", "event"})
HANDED = timedelta(seconds=5)
"""How long a row is left to the relay of the process that wrote it; then the process is taken for dead."""


class Unpublishable(Exception):
    """The broker is there and refuses this message: a queue that was declared otherwise, say."""


class OutboxMessage(Base):
    """A message that is committed and not yet published."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))  # job | offer | event
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    priority: Mapped[int] = mapped_column(SmallInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    claimed_until: Mapped[datetime | None] = mapped_column(default=None)


_INSERT = insert(table_of(OutboxMessage))
_INSERT_AND_SAY = _INSERT.returning(OutboxMessage.id, sort_by_parameter_order=True)


def _add(session: Session, kind: str, body: dict[str, Any], priority: int = 0) -> None:
    row = {"kind": kind, "body": body, "priority": priority, "created_at": utc_now(), "claimed_until": None}
    at_end(session, _insert, row)


def _insert(session: Session, rows: list[dict[str, Any]]) -> None:
    """Write the rows, and keep them for the relay of this process: it need not ask for what is known here."""
    connection = session.connection()
    relayed = session.info.get("relayed", ()) if connection.dialect.insert_executemany_returning else ()
    for row in rows:
        if row["kind"] in relayed:
            row["claimed_until"] = db_now(session) + HANDED
    statement = _INSERT_AND_SAY if relayed else _INSERT
    done = connection.execute(statement, rows[0] if len(rows) == 1 else rows)
    ids = done.scalars() if relayed else [None] * len(rows)
    written = [OutboxMessage(id=number, **row) for number, row in zip(ids, rows, strict=True)]
    session.info.setdefault("outbox", []).extend(written)


def send_job(session: Session, name: str, *, priority: int = 0, **arguments: Any) -> None:
    """Ask a worker to run the job `name` once this transaction is committed."""
    _add(session, "job", {"name": name, "arguments": arguments}, priority)


def waiting_jobs(session: Session, name: str) -> list[dict[str, Any]]:
    """Return the arguments of the jobs of this name that are committed and not yet published."""
    bodies = session.scalars(select(OutboxMessage.body).where(OutboxMessage.kind == "job"))
    return [body["arguments"] for body in bodies if body["name"] == name]


def send_offer(session: Session, queue: str, *, task_id: str, epoch: int, priority: int) -> None:
    """Offer an attempt to the engines that listen on a queue."""
    _add(session, "offer", {"queue": queue, "task_id": task_id, "epoch": epoch}, priority)


def send_event(session: Session, room: str, name: str, data: dict[str, Any]) -> None:
    """Tell a room of connected people something. A hint: the rows are the truth."""
    _add(session, "event", event_body(room, name, data))


def event_body(room: str, name: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"room": room, "name": name, "data": {"timestamp": iso(utc_now()), **data}}
