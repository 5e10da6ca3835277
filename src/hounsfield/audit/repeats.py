"""One row for the first read, one more for how often it was repeated: a viewer that fetches 500 frames writes two.

The memory is the process's own. If it dies, the rows say that somebody read something and when first, and only the number
of repetitions in the last minutes is lost.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

import orjson
import structlog
from sqlalchemy.exc import SQLAlchemyError

from hounsfield.audit.models import AuditEntry
from hounsfield.kit.clock import utc_now
from hounsfield.kit.db import Database

log = structlog.get_logger()
WINDOW_SECONDS = 300.0
MOST = 20_000  # kept in mind at once; beyond it the oldest windows end early
FLUSH_SECONDS = 30.0
_SAID = (
    "organization_id", "actor_kind", "actor_id", "actor_name", "actor_roles", "actor_organization_id", "action",
    "object_type", "object_id", "patient_id", "outcome", "reason", "source", "address", "details",
)  # fmt: skip


Said = dict[str, Any]  # the columns of `_SAID`


@dataclass
class _Window:
    said: Said
    ends: float
    more: int = 0
    first: datetime | None = None
    last: datetime | None = None


class Repeats:
    """What was noted lately, and how often it happened again."""

    def __init__(self, seconds: float = WINDOW_SECONDS) -> None:
        self.seconds = seconds
        self._windows: OrderedDict[bytes, _Window] = OrderedDict()
        self._lock = threading.Lock()

    def again(self, said: Said) -> bool:
        """Count what says the same as a row of the last minutes; False where there is none."""
        key = _key(said)
        with self._lock:
            window = self._windows.get(key)
            if window is None or window.ends <= time.monotonic():
                return False
            window.more, window.last = window.more + 1, utc_now()
            window.first = window.first or window.last
            return True

    def remember(self, said: Said) -> None:
        """Open the window of a row that is committed."""
        with self._lock:
            self._windows.setdefault(_key(said), _Window(said, time.monotonic() + self.seconds))

    def take_over(self, *, everything: bool = False) -> list[AuditEntry]:
        """Close the windows whose time is over and return the rows of those in which something was repeated."""
        now, rows = time.monotonic(), []
        with self._lock:
            while self._windows:
                key, window = next(iter(self._windows.items()))
                if window.ends > now and len(self._windows) <= MOST and not everything:
                    break
                del self._windows[key]
                if window.more:
                    rows.append(
                        AuditEntry(**window.said, count=window.more, at=window.first, until=window.last)
                    )
        return rows

    def put_back(self, rows: Iterable[AuditEntry]) -> None:
        """Keep counts that could not be written for the next try."""
        with self._lock:
            for row in rows:
                said = {name: getattr(row, name) for name in _SAID}
                window = _Window(said, time.monotonic(), row.count, row.at, row.until)
                key = _key(said) + row.at.isoformat().encode()
                self._windows[key] = window
                self._windows.move_to_end(key, last=False)


def _key(said: Said) -> bytes:
    return orjson.dumps([said[name] for name in _SAID], option=orjson.OPT_SORT_KEYS)


_memory: WeakKeyDictionary[Database, Repeats] = WeakKeyDictionary()
_memory_lock = threading.Lock()


def repeats_of(db: Database) -> Repeats:
    """Return the memory that goes with a database."""
    with _memory_lock:
        return _memory.setdefault(db, Repeats())


def flush(db: Database, *, everything: bool = False) -> int:
    """Write the counts of windows that are over (at the end of a process, of all) and return how many rows it took."""
    repeats = repeats_of(db)
    rows = repeats.take_over(everything=everything)
    if rows:
        try:
            with db.write() as session:
                session.add_all(rows)
        except SQLAlchemyError:
            repeats.put_back(rows)
            raise
    return len(rows)


class Flusher(threading.Thread):
    """Writes the counts when their time is over, also where nobody reads anything any more."""

    def __init__(self, db: Database) -> None:
        super().__init__(name="audit-repeats", daemon=True)
        self._db, self._stopping = db, threading.Event()

    def run(self) -> None:
        while not self._stopping.wait(FLUSH_SECONDS):
            self._flush(everything=False)

    def stop(self) -> None:
        """Write what is left."""
        self._stopping.set()
        self.join(timeout=5)
        self._flush(everything=True)

    def _flush(self, *, everything: bool) -> None:
        try:
            flush(self._db, everything=everything)
        except SQLAlchemyError as error:
            log.warning("audit.counts_wait", error=str(error))
