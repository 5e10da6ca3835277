"""The relay publishes what is committed in the outbox."""

import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from hounsfield.kit import metrics
from hounsfield.kit.db import Database, db_now, run, table_of
from hounsfield.kit.outbox import KINDS, OutboxMessage, Unpublishable

log = structlog.get_logger()
_BATCH = 200
_CLAIM = timedelta(seconds=15)
STRIKE_SECONDS = 0.25
"""How long what is published may stand in the outbox: to strike it off together spares a transaction a message."""

_ROWS = table_of(OutboxMessage)
_IDS = _ROWS.c.id.in_(bindparam("ids", expanding=True))
_STRIKE_OFF = delete(_ROWS).where(_IDS)
_HOLD = update(_ROWS).where(_IDS).values(claimed_until=bindparam("until"))
_FREE = or_(_ROWS.c.claimed_until.is_(None), _ROWS.c.claimed_until < bindparam("now"))
_WAITING = select(*_ROWS.c["id", "kind", "body", "priority", "created_at"]).where(_FREE).order_by(_ROWS.c.id)


class Relay(threading.Thread):
    """Publishes committed messages: those of this process as they are handed to it, those of dead ones by the clock.

    What this process writes is claimed for this thread by the row itself and handed over in memory at the commit. If the
    process dies, the claim runs out and any relay finds the row.
    """

    gather_seconds = 0.005
    """How long to wait for what comes next before a batch is published: a person does not see it, the broker does."""

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
        self._handed: deque[OutboxMessage] = deque()
        self._published: list[int] = []  # and not yet struck off
        self._look_at = self._strike_at = 0.0
        self._wake, self._stopping = threading.Event(), threading.Event()
        db.after_commit.append(self._committed)

    def _committed(self, session: Session) -> None:
        for message in session.info.get("outbox", ()):
            if message.kind in self._kinds:
                if message.claimed_until:
                    self._handed.append(message)
                else:
                    self._look_at = 0.0
                self._wake.set()

    def run(self) -> None:
        relayed: set[str] = self._db.info.setdefault("relayed", set())
        relayed |= self._kinds
        while not self._stopping.is_set():
            told = self._wake.wait(STRIKE_SECONDS if self._published else self._idle)
            if told and self.gather_seconds:
                self._stopping.wait(self.gather_seconds)
            self._wake.clear()
            self._safely(self._round)
        relayed -= self._kinds
        self._safely(self._last_round)

    def _safely(self, step: Callable[[], None]) -> None:
        try:
            step()
        except (OSError, SQLAlchemyError) as error:
            # the rows stay; the next round tries again
            log.warning("outbox.delayed", error=str(error))
            self._stopping.wait(0.5)
        except Exception:  # a defect must not end the relay while its process goes on
            log.exception("outbox.broken")
            self._stopping.wait(0.5)

    def _round(self) -> None:
        self._publish_handed()
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + self._idle  # first: a commit meanwhile may ask for another look
            if self._something_waits():
                self.drain()
        if now >= self._strike_at:
            self._strike_off()
            self._strike_at = now + STRIKE_SECONDS

    def _last_round(self) -> None:
        self._publish_handed()
        self._strike_off()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()
        self.join(timeout=5)

    # ---- what this process has written

    def _publish_handed(self) -> None:
        batch: list[OutboxMessage] = []
        try:
            while batch := self._next():
                self._out(batch, self._published)
        except BaseException:
            # others may try: the rows are all there is to know
            self._look_at = 0.0
            left = {message.id for message in (*batch, *self._handed)} - set(self._published)
            self._handed.clear()
            if left:
                with self._db.write() as session:
                    run(session, _HOLD, {"ids": sorted(left), "until": None})
            raise

    def _next(self) -> list[OutboxMessage]:
        return [self._handed.popleft() for _ in range(min(len(self._handed), _BATCH))]

    def _strike_off(self) -> None:
        if self._published:
            with self._db.write() as session:
                run(session, _STRIKE_OFF, {"ids": sorted(self._published)})
            self._published.clear()

    # ---- what the rows say

    def drain(self) -> int:
        """Publish all that is committed and nobody's, batch by batch, and return how many messages that were."""
        count, batch = 0, self._turn([], [])
        while batch:
            published: list[int] = []
            try:
                self._out(batch, published)
            except BaseException:
                self._turn(batch, published, free=True)
                raise
            count += len(published)
            batch = self._turn(batch, published)
        return count

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

    # ---- out

    def _out(self, batch: list[OutboxMessage], published: list[int]) -> None:
        """Publish a batch, adding the id of each message that is out."""
        known = len(published)
        try:
            for done in self._send(batch):
                published.append(done)
        finally:
            sent = set(published[known:])
            metrics.outbox_sent((m.kind, m.id in sent) for m in batch)

    def _send(self, batch: list[OutboxMessage]) -> Iterator[int]:
        """Publish a batch, yielding the id of each message as soon as it is done with."""
        assert self._publish is not None
        events = [message for message in batch if message.kind == "event"] if self._publish_events else []
        for message in batch:
            if message.kind == "event" and events:
                continue
            try:
                self._publish(message)
            except Unpublishable:  # it must not hold up those behind it; tried again when its claim is over
                log.exception("outbox.refused", id=message.id, kind=message.kind, body=message.body)
                continue
            yield message.id
        if self._publish_events and events:
            self._publish_events([message.body for message in events])
            yield from (message.id for message in events)
