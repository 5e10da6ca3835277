"""Messages leave the platform only as rows of the transaction that caused them; a relay publishes what is committed.

The broker is never the truth: a row that was published twice, or late, must be harmless to whoever receives it.
"""

import threading
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import JSON, BigInteger, Integer, SmallInteger, String, delete, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column

from hounsfield.kit import metrics
from hounsfield.kit.clock import iso, utc_now
from hounsfield.kit.db import Base, Database, db_now

log = structlog.get_logger()
_BATCH = 200
_CLAIM = timedelta(seconds=15)
KINDS = frozenset({"job", "offer", "event"})


class OutboxMessage(Base):
    """A message that is committed and not yet published."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))  # job | offer | event
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    priority: Mapped[int] = mapped_column(SmallInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    claimed_until: Mapped[datetime | None] = mapped_column(default=None)


def _add(session: Session, kind: str, body: dict[str, Any], priority: int = 0) -> None:
    session.add(OutboxMessage(kind=kind, body=body, priority=priority))
    session.info["outbox"] = True


def send_job(session: Session, name: str, *, priority: int = 0, **arguments: Any) -> None:
    """Ask a worker to run the job `name` once this transaction is committed."""
    _add(session, "job", {"name": name, "arguments": arguments}, priority)


def send_offer(session: Session, queue: str, *, task_id: str, epoch: int, priority: int) -> None:
    """Offer an attempt to the engines that listen on a queue."""
    _add(session, "offer", {"queue": queue, "task_id": task_id, "epoch": epoch}, priority)


def send_event(session: Session, room: str, name: str, data: dict[str, Any]) -> None:
    """Tell a room of connected people something. A hint: the rows are the truth."""
    _add(session, "event", event_body(room, name, data))


def event_body(room: str, name: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"room": room, "name": name, "data": {"timestamp": iso(utc_now()), **data}}


class Relay(threading.Thread):
    """Publishes committed messages, woken at each commit of this process and by the clock for those of dead ones."""

    def __init__(
        self,
        db: Database,
        publish: Callable[[OutboxMessage], None] | None,  # None where a subclass sends whole batches
        *,
        idle_seconds: float = 2.0,
        kinds: Collection[str] = KINDS,
    ) -> None:
        super().__init__(name="outbox-relay", daemon=True)
        self._db, self._publish, self._idle = db, publish, idle_seconds
        self._mine = OutboxMessage.kind.in_(sorted(kinds))
        self._wake, self._stopping = threading.Event(), threading.Event()
        db.after_commit.append(self._committed)

    def _committed(self, session: Session) -> None:
        if session.info.get("outbox"):
            self._wake.set()

    def run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait(self._idle)
            self._wake.clear()
            try:
                while self.drain():
                    pass
            except (OSError, SQLAlchemyError) as error:
                # the rows stay; the next round tries again
                log.warning("outbox.delayed", error=str(error))
                self._stopping.wait(0.5)

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()
        self.join(timeout=5)

    def drain(self) -> int:
        """Publish one batch and return how many messages it had."""
        batch = self._claim()
        published: list[int] = []
        try:
            for done in self._send(batch):
                published.append(done)
        finally:
            sent = set(published)
            self._settle(published, [m.id for m in batch if m.id not in sent])
            metrics.outbox_sent((m.kind, m.id in sent) for m in batch)
        return len(batch)

    def _send(self, batch: list[OutboxMessage]) -> Iterator[int]:
        """Publish a batch, yielding the id of each message as soon as it is done with."""
        assert self._publish is not None
        for message in batch:
            self._publish(message)
            yield message.id

    def _claim(self) -> list[OutboxMessage]:
        with self._db.read() as session:
            if session.scalar(select(OutboxMessage.id).where(self._mine).limit(1)) is None:
                return []
        with self._db.write() as session:
            now = db_now(session)
            free = or_(OutboxMessage.claimed_until.is_(None), OutboxMessage.claimed_until < now)
            query = select(OutboxMessage).where(self._mine, free).order_by(OutboxMessage.id).limit(_BATCH)
            batch = list(session.scalars(query.with_for_update(skip_locked=True)))
            if batch:
                chosen = OutboxMessage.id.in_([m.id for m in batch])
                session.execute(update(OutboxMessage).where(chosen).values(claimed_until=now + _CLAIM))
            return batch

    def _settle(self, published: list[int], unpublished: list[int]) -> None:
        if not published and not unpublished:
            return
        with self._db.write() as session:
            session.execute(delete(OutboxMessage).where(OutboxMessage.id.in_(published)))
            if unpublished:
                held = OutboxMessage.id.in_(unpublished)
                session.execute(update(OutboxMessage).where(held).values(claimed_until=None))
