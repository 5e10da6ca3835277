"""Messages leave the platform only as rows of the transaction that caused them; a relay publishes what is committed.

The broker is never the truth: a row that was published twice, or late, must be harmless to whoever receives it.
"""

import threading
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import (
    JSON,
    BigInteger,
    Integer,
    SmallInteger,
    String,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column

from hounsfield.kit import metrics
from hounsfield.kit.clock import iso, utc_now
from hounsfield.kit.db import Base, Database, at_end, db_now, insert_rows, run, table_of

log = structlog.get_logger()
_BATCH = 200
_CLAIM = timedelta(seconds=15)
KINDS = frozenset({"job", "offer", "event"})


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


_ROWS = table_of(OutboxMessage)
_INSERT = insert(_ROWS)
_IDS = _ROWS.c.id.in_(bindparam("ids", expanding=True))
_STRIKE_OFF = delete(_ROWS).where(_IDS)
_HOLD = update(_ROWS).where(_IDS).values(claimed_until=bindparam("until"))
_FREE = or_(_ROWS.c.claimed_until.is_(None), _ROWS.c.claimed_until < bindparam("now"))
_WAITING = select(*_ROWS.c["id", "kind", "body", "priority", "created_at"]).where(_FREE).order_by(_ROWS.c.id)


def _add(session: Session, kind: str, body: dict[str, Any], priority: int = 0) -> None:
    at_end(session, _insert, {"kind": kind, "body": body, "priority": priority})


def _insert(session: Session, rows: list[dict[str, Any]]) -> None:
    insert_rows(session, _INSERT, rows)
    session.info.setdefault("outbox", set()).update(row["kind"] for row in rows)


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


class Relay(threading.Thread):
    """Publishes committed messages, woken at each commit of this process and by the clock for those of dead ones."""

    gather_seconds = 0.0
    """How long to wait for what comes next before a batch is taken: a batch costs two transactions, whatever is in it."""

    def __init__(
        self,
        db: Database,
        publish: Callable[[OutboxMessage], None] | None,  # None where a subclass sends whole batches
        *,
        publish_events: Callable[[list[dict[str, Any]]], None] | None = None,  # all of a batch in one message
        idle_seconds: float = 2.0,
        kinds: Collection[str] = KINDS,
    ) -> None:
        super().__init__(name="outbox-relay", daemon=True)
        self._db, self._publish, self._idle = db, publish, idle_seconds
        self._publish_events = publish_events
        self._kinds = frozenset(kinds)
        mine = _ROWS.c.kind.in_(sorted(kinds))
        self._waiting = _WAITING.where(mine).limit(_BATCH).with_for_update(skip_locked=True)
        self._anything = select(_ROWS.c.id).where(mine).limit(1)
        self._wake, self._stopping = threading.Event(), threading.Event()
        db.after_commit.append(self._committed)

    def _committed(self, session: Session) -> None:
        if not self._kinds.isdisjoint(session.info.get("outbox", ())):
            self._wake.set()

    def run(self) -> None:
        while not self._stopping.is_set():
            told = self._wake.wait(self._idle)
            if told and self.gather_seconds:
                self._stopping.wait(self.gather_seconds)
            self._wake.clear()
            try:
                if told or self._something_waits():
                    self.drain()
            except (OSError, SQLAlchemyError) as error:
                # the rows stay; the next round tries again
                log.warning("outbox.delayed", error=str(error))
                self._stopping.wait(0.5)
            except Exception:  # a defect must not end the relay while its process goes on
                log.exception("outbox.broken")
                self._stopping.wait(0.5)

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()
        self.join(timeout=5)

    def drain(self) -> int:
        """Publish all that is committed, batch by batch, and return how many messages that were."""
        count, batch = 0, self._turn([], [])
        while batch:
            published: list[int] = []
            try:
                for done in self._send(batch):
                    published.append(done)
            except BaseException:
                self._turn(batch, published, free=True)
                raise
            finally:
                sent = set(published)
                metrics.outbox_sent((m.kind, m.id in sent) for m in batch)
            count += len(published)
            batch = self._turn(batch, published)
        return count

    def _send(self, batch: list[OutboxMessage]) -> Iterator[int]:
        """Publish a batch, yielding the id of each message as soon as it is done with."""
        assert self._publish is not None
        events = [message for message in batch if message.kind == "event"] if self._publish_events else []
        for message in batch:
            if message not in events:
                try:
                    self._publish(message)
                except (
                    Unpublishable
                ):  # it must not hold up those behind it; tried again when its claim is over
                    log.exception("outbox.refused", id=message.id, kind=message.kind, body=message.body)
                    continue
                yield message.id
        if self._publish_events and events:
            self._publish_events([message.body for message in events])
            yield from (message.id for message in events)

    def _something_waits(self) -> bool:
        with self._db.look() as connection:
            return connection.scalar(self._anything) is not None

    def _turn(
        self, batch: list[OutboxMessage], published: list[int], *, free: bool = False
    ) -> list[OutboxMessage]:
        """Strike off what of a batch is published; claim the next one, or free the rest of this for another try."""
        with self._db.write() as session:
            if published:
                run(session, _STRIKE_OFF, {"ids": published})
            if free and (left := {message.id for message in batch} - set(published)):
                run(session, _HOLD, {"ids": sorted(left), "until": None})
            # a batch that was not full was all there was: what came since has woken this thread again
            return self._claim(session) if not free and len(batch) in (0, _BATCH) else []

    def _claim(self, session: Session) -> list[OutboxMessage]:
        now = db_now(session)
        batch = [OutboxMessage(**row) for row in run(session, self._waiting, {"now": now}).mappings()]
        if batch:
            run(session, _HOLD, {"ids": [message.id for message in batch], "until": now + _CLAIM})
        return batch
