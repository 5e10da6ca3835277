"""The way by which single DICOM objects come in, whatever brings them (STOW-RS, C-STORE, the platform itself).

Their bytes are written and synced first, then their rows are committed: by the same rules as those of an archive's
members (`imaging.store`). What several threads bring at the same moment shares one transaction.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from sqlalchemy.exc import IntegrityError, OperationalError

from hounsfield.dicom.errors import InvalidInstance
from hounsfield.imaging.store import Incoming, Outcome, accept, store_batch
from hounsfield.kit.db import Database
from hounsfield.kit.platform import Platform

__all__ = ["Arrived", "Intake", "Outcome"]

MOST_AT_ONCE = 512  # instances in one transaction, as far as they come in several requests
LINGER_SECONDS = 0.004  # for what others are bringing just now
TRIES = 5


@dataclass(frozen=True)
class Arrived:
    """What became of one object; `code` says why not. The UIDs of one that cannot be read are unknown."""

    outcome: Outcome
    code: str = ""
    sop_class_uid: str = ""
    sop_instance_uid: str = ""
    study_uid: str = ""
    series_uid: str = ""


class Intake:
    """Takes objects for one organization. `owner_id` is the person who brings them, where it is one."""

    def __init__(
        self,
        platform: Platform,
        organization_id: str,
        owner_id: str | None,
        source: str,
        *,
        study_uid: str | None = None,
    ) -> None:
        """Begin.

        `source` says where objects come from (`stow`, `dimse:AETITLE`, …) and is kept with new series; those of
        another study than `study_uid` are refused.
        """
        self._platform = platform
        self._whose = (organization_id, owner_id, source)
        self._study_uid = study_uid

    def take(self, objects: Sequence[bytes]) -> list[Arrived]:
        """Store objects and return what became of each, in their order. It is durable when this returns.

        Raises
        ------
        OSError
            The storage does not answer: nothing was taken.
        """
        writer = _writer(self._platform.db)
        with writer.expecting():
            arrived = self._received(objects)
            batch = [item for item in arrived if isinstance(item, Incoming)]
            request = writer.bring(self._whose, batch) if batch else None
        outcomes = iter(writer.written(request) if request else [])
        return [_settled(item, next(outcomes)) if isinstance(item, Incoming) else item for item in arrived]

    def _received(self, objects: Sequence[bytes]) -> list[Arrived | Incoming]:
        batch = self._platform.blobs.batch()
        arrived: list[Arrived | Incoming] = []
        for data in objects:
            try:
                item = accept("", data, batch)
            except InvalidInstance as error:
                arrived.append(Arrived(Outcome.REFUSED, error.code))
                continue
            elsewhere = self._study_uid not in (None, item.header.StudyInstanceUID)
            arrived.append(_arrived(item, Outcome.REFUSED, "OTHER_STUDY") if elsewhere else item)
        batch.commit()
        return arrived


def _settled(item: Incoming, outcome: Outcome) -> Arrived:
    return _arrived(item, outcome, "UID_TAKEN" if outcome is Outcome.CONFLICT else "")


def _arrived(item: Incoming, outcome: Outcome, code: str) -> Arrived:
    header = item.header
    return Arrived(
        outcome,
        code,
        header.SOPClassUID,
        header.SOPInstanceUID,
        header.StudyInstanceUID,
        header.SeriesInstanceUID,
    )


_Whose = tuple[str, str | None, str]


@dataclass
class _Request:
    whose: _Whose
    batch: list[Incoming]
    outcomes: list[Outcome] = field(default_factory=list)
    error: Exception | None = None
    done: bool = False


class _Writer:
    """One transaction at a time; whoever has the turn writes what the others have brought meanwhile with its own."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: list[_Request] = []
        self._expected = 0
        self._list, self._turn = threading.Condition(), threading.Lock()

    @contextmanager
    def expecting(self) -> Iterator[None]:
        """Say that something will be brought within: a transaction costs more than a moment's wait for it."""
        with self._list:
            self._expected += 1
        try:
            yield
        finally:
            with self._list:
                self._expected -= 1
                self._list.notify_all()

    def bring(self, whose: _Whose, batch: list[Incoming]) -> _Request:
        request = _Request(whose, batch)
        with self._list:
            self._waiting.append(request)
        return request

    def written(self, request: _Request) -> list[Outcome]:
        """Return what became of a request once it is committed."""
        while not request.done:
            with self._turn:
                if not request.done:
                    self._write(self._next())
        if request.error:
            raise request.error
        return request.outcomes

    def _next(self) -> list[_Request]:
        with self._list:
            self._list.wait_for(lambda: not self._expected, LINGER_SECONDS)
            taken = size = 0
            for request in self._waiting:
                if taken and size + len(request.batch) > MOST_AT_ONCE:
                    break
                taken, size = taken + 1, size + len(request.batch)
            requests, self._waiting = self._waiting[:taken], self._waiting[taken:]
            return requests

    def _write(self, requests: list[_Request]) -> None:
        try:
            self._store(requests)
        except (IntegrityError, OperationalError):
            # a race with another process, or a lock that the database broke: each for itself, and again
            for request in requests:
                self._write_alone(request)
        except Exception as error:
            for request in requests:
                request.error = error
        finally:
            for request in requests:
                if not request.outcomes and request.error is None:
                    request.error = OSError("interrupted")
                request.done = True

    def _write_alone(self, request: _Request) -> None:
        for attempt in range(1, TRIES + 1):
            try:
                self._store([request])
                return
            except (IntegrityError, OperationalError) as error:
                if attempt == TRIES:
                    request.error = error
            except Exception as error:
                request.error = error
                return

    def _store(self, requests: list[_Request]) -> None:
        together: dict[_Whose, list[_Request]] = {}
        for request in requests:
            together.setdefault(request.whose, []).append(request)
        found: list[tuple[_Request, list[Outcome]]] = []
        with self._db.write() as session:
            for (organization_id, owner_id, source), same in sorted(together.items(), key=str):
                batch = [item for request in same for item in request.batch]
                outcomes = iter(store_batch(session, organization_id, owner_id, batch, source).outcomes)
                found += [(request, [next(outcomes) for _ in request.batch]) for request in same]
        for request, outcomes_of in found:
            request.outcomes = outcomes_of


_writers: WeakKeyDictionary[Database, _Writer] = WeakKeyDictionary()
_writers_lock = threading.Lock()


def _writer(db: Database) -> _Writer:
    with _writers_lock:
        if db not in _writers:
            _writers[db] = _Writer(db)
        return _writers[db]
