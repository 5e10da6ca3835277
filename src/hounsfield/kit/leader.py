"""One process of a kind leads while its lease in the database lasts; the others stand by."""

import time
import uuid
from datetime import datetime, timedelta

from sqlalchemy import Integer, String, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from hounsfield.kit.db import Base, Database, db_now


class Leader(Base):
    """Who leads, and until when if nothing more is heard."""

    __tablename__ = "leaders"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    until: Mapped[datetime]
    term: Mapped[int] = mapped_column(Integer, default=1)  # how often the lead has changed


class Leadership:
    """A candidate for one lead.

    Two may think they lead for a moment, after a pause longer than the lease: what a leader does must be safe to do
    twice. The lease only spares the work.
    """

    def __init__(self, db: Database, name: str, *, seconds: float) -> None:
        self._db, self._name, self._seconds = db, name, seconds
        self._me = uuid.uuid4().hex
        self._renewed = float("-inf")

    def hold(self) -> bool:
        """Take or renew the lead; return whether this candidate has it."""
        if time.monotonic() - self._renewed < self._seconds / 3:
            return True
        asked = time.monotonic()
        self._renewed = asked if self._take() else float("-inf")
        return self._renewed == asked

    def _take(self) -> bool:
        with self._db.write() as session:
            now = db_now(session)
            until = now + timedelta(seconds=self._seconds)
            mine = Leader.holder == self._me
            kept = session.execute(update(Leader).where(Leader.name == self._name, mine).values(until=until))
            if kept.rowcount:  # type: ignore[attr-defined]  # CursorResult has it
                return True
            taken = session.execute(
                update(Leader)
                .where(Leader.name == self._name, Leader.until < now)
                .values(holder=self._me, until=until, term=Leader.term + 1)
            )
            if taken.rowcount:  # type: ignore[attr-defined]
                return True
            if session.get(Leader, self._name) is not None:
                return False
            try:
                with session.begin_nested():
                    session.add(Leader(name=self._name, holder=self._me, until=until))
            except IntegrityError:
                return False
            return True

    def resign(self) -> None:
        """Let another candidate lead at once."""
        self._renewed = float("-inf")
        with self._db.write() as session:
            session.execute(
                update(Leader)
                .where(Leader.name == self._name, Leader.holder == self._me)
                .values(until=db_now(session) - timedelta(seconds=1))
            )
