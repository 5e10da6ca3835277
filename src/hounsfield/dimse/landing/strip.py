"""The strip that received objects land on: durable at once, taken into the archive in batches behind it.

An object is acknowledged when it is on the strip and synced, which takes one write of the disk where taking it in takes
several. Those that arrive at the same moment over several associations share that write. Whatever happens then, the object
is taken in: by this process, or by the next one that starts on the same folder.
"""

import fcntl
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, islice
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from hounsfield.dimse.landing.segments import Segment, packed, size_of

log = structlog.get_logger()
SEGMENTS: Final = 8
BATCH: Final = 64
RETRY_SECONDS: Final = 1.0
GATHER_SECONDS: Final = 0.05  # for more to land: a transaction costs as much as taking in several objects


class Full(OSError):
    """There is no room for now: what landed earlier cannot be taken in quickly enough, or at all."""


@dataclass(frozen=True)
class Origin:
    """Whose an object is and who brought it."""

    organization_id: str
    node_id: str
    ae_title: str


@dataclass(eq=False)
class Landed:
    """An object on the strip."""

    origin: Origin
    sop_uid: str
    data: bytes
    segment: Segment | None = None
    end: int = 0
    durable: bool = False
    error: OSError | None = None


Take = Callable[[Origin, list[bytes]], None]


@dataclass
class _State:
    """What both ends of the strip look at, under one lock."""

    arriving: list[Landed] = field(default_factory=list)
    landed: deque[Landed] = field(default_factory=deque)
    pending: dict[tuple[str, str], int] = field(default_factory=dict)


class Strip(threading.Thread):
    """`take` puts objects of one origin into the archive; it may raise, and is then asked again."""

    def __init__(self, folder: Path, take: Take, *, size: int) -> None:
        """Open the strip and bring in what an earlier process left on it.

        Raises
        ------
        BlockingIOError
            Another process has it.
        """
        super().__init__(name="dimse-landing", daemon=True)
        folder.mkdir(parents=True, exist_ok=True)
        self._lock_file = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._take = take
        each = max(size // SEGMENTS, 1 << 20)
        self.largest = each // 2  # larger objects are worth their own writes
        self._segments = [Segment(folder / f"{number}.strip", each) for number in range(SEGMENTS)]
        self._recover()
        for segment in self._segments:
            segment.clear()
        self._active, *self._free = self._segments
        self._active.begin()
        self._state, self._changed = _State(), threading.Condition()
        self._turn, self._stopping = threading.Lock(), threading.Event()
        self._hurry = threading.Event()  # somebody waits for what has landed

    def _recover(self) -> None:
        left = [record for segment in self._segments for record in segment.left()]
        records = ((Origin(**description), data) for description, data in left)
        for origin, batch in _batches(records):
            self._take(origin, batch)
        if left:
            log.warning("dimse.landing_recovered", objects=len(left))

    # ---- those who bring something

    def put(self, origin: Origin, sop_uid: str, data: bytes, seconds: float) -> None:
        """Make an object durable, waiting so long for room.

        Raises
        ------
        Full, OSError
            It is not durable, and will not be taken in.
        """
        item, key = Landed(origin, sop_uid, data), (origin.organization_id, sop_uid)
        with self._changed:
            self._state.arriving.append(item)
            self._state.pending[key] = self._state.pending.get(key, 0) + 1
        with self._turn:  # whoever has the turn writes what the others have brought meanwhile with its own
            if not item.durable and item.error is None:
                self._write(seconds)
        if item.error is not None:
            with self._changed:
                self._forget(item)
            raise item.error

    def _write(self, seconds: float) -> None:
        with self._changed:
            batch, self._state.arriving = self._state.arriving, []
        try:
            for item in batch:
                self._append(item, seconds)
            self._active.sync()
        except OSError as error:
            for item in batch:
                item.error = error
            return
        with self._changed:
            for item in batch:
                item.durable = True
            self._state.landed.extend(batch)
            self._changed.notify_all()

    def _append(self, item: Landed, seconds: float) -> None:
        record = packed(vars(item.origin), item.data)
        if not self._active.room_for(size_of(record)):
            self._active.sync()
            self._turn_over(seconds)
        item.segment, item.end = self._active, self._active.append(record)

    def _turn_over(self, seconds: float) -> None:
        """Go on in a segment of which everything is taken in."""
        with self._changed:
            if not self._free:
                self._hurry.set()
            if not self._changed.wait_for(lambda: bool(self._free), seconds):
                raise Full("nothing can be taken in at the moment")
            full, self._active = self._active, self._free.pop(0)
            self._active.begin()
            if full.is_taken:
                full.clear()
                self._free.append(full)

    def holds(self, organization_id: str, sop_uid: str) -> bool:
        """Tell whether an object of this UID has landed and is not taken in."""
        with self._changed:
            return (organization_id, sop_uid) in self._state.pending

    def settled(self, seconds: float) -> bool:
        """Wait until what has landed by now is taken in."""
        with self._changed:
            last = self._state.landed[-1] if self._state.landed else None
            if last is None:
                return True
            self._hurry.set()
            return self._changed.wait_for(lambda: last.segment is None, seconds)

    # ---- the one who takes it in

    def run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._state.landed or self._stopping.is_set())
            if len(self._state.landed) < BATCH:
                self._hurry.wait(GATHER_SECONDS)
            self._hurry.clear()  # before looking: whoever asks from now on finds it set for the next batch
            with self._changed:
                batch = list(islice(self._state.landed, BATCH))
            if not batch:
                return
            if not self._bring_in(batch):
                if self._stopping.is_set():
                    return  # the next process finds it
                self._stopping.wait(RETRY_SECONDS)

    def _bring_in(self, batch: list[Landed]) -> bool:
        try:
            for origin, objects in _batches((item.origin, item.data) for item in batch):
                self._take(origin, objects)
        except (OSError, SQLAlchemyError):
            log.exception("dimse.landing_waits", objects=len(batch))
            return False
        with self._changed:
            for item in batch:
                self._state.landed.popleft()
                self._forget(item)
                segment, item.segment = item.segment, None
                assert segment is not None
                segment.taken_up_to(item.end)
                if segment.is_taken and segment is not self._active and segment not in self._free:
                    segment.clear()
                    self._free.append(segment)
            self._changed.notify_all()
        return True

    def _forget(self, item: Landed) -> None:
        key = (item.origin.organization_id, item.sop_uid)
        self._state.pending[key] -= 1
        if not self._state.pending[key]:
            del self._state.pending[key]

    def stop(self, seconds: float) -> None:
        """Take in what there is, as far as that goes; nobody may put anything any more."""
        self._stopping.set()
        self._hurry.set()
        with self._changed:
            self._changed.notify_all()
        if self.is_alive():
            self.join(seconds)
        if not self.is_alive():
            for segment in self._segments:
                segment.close()
            os.close(self._lock_file)


def _batches(records: Iterator[tuple[Origin, bytes]]) -> Iterator[tuple[Origin, list[bytes]]]:
    """Yield what came from one origin together."""
    for origin, group in groupby(sorted(records, key=lambda each: repr(each[0])), key=lambda each: each[0]):
        while objects := [data for _, data in islice(group, BATCH)]:
            yield origin, objects
