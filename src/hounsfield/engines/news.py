"""Telling administrators that the fleet has changed: a hint, on which their pages read it again."""

import time
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from hounsfield.engines.models import Engine
from hounsfield.kit import dead_letters
from hounsfield.kit.db import Database, db_now
from hounsfield.kit.outbox import send_event

ROOM = "admin:engines"
EVENT = "engines_changed"
LOOK_SECONDS = 5.0


@dead_letters.changed.connect
def tell_changed(session: Session) -> None:
    """Tell whoever watches the fleet; their gateway passes it on once a second at most."""
    send_event(session, ROOM, EVENT, {})


class Watch:
    """Notices which engines fall silent and which are heard again: silence writes no row that would tell of it."""

    def __init__(self, db: Database, timeout_seconds: float) -> None:
        self._db, self._timeout = db, timedelta(seconds=timeout_seconds)
        self._there: frozenset[str] | None = None
        self._next = 0.0

    def look(self) -> None:
        """Look again, if the last look was long enough ago."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + LOOK_SECONDS
        with self._db.read() as session:
            since = db_now(session) - self._timeout
            there = frozenset(session.scalars(select(Engine.id).where(Engine.heartbeat_at > since)))
        if there != self._there:
            with self._db.write() as session:
                tell_changed(session)
            self._there = there
