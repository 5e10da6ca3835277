"""One try of a task on this engine, and the set of those that run now."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from typing import TypeVar

from hounsfield_engine.agent import wire
from hounsfield_engine.agent.platform import Unreachable

T = TypeVar("T")


class Stop(Enum):
    """Why an attempt ends before its algorithm does."""

    CANCELLED = "cancelled"  # its owner said so
    FENCED = "fenced"  # the platform gave the task to someone else; nothing may be reported
    LEAVING = "leaving"  # this engine shuts down; another one should take the task


class Stopped(Exception):
    """Raised in the attempt's thread at the next opportunity after `Attempt.stop`."""

    def __init__(self, reason: Stop) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Attempt:
    """Progress, lease and stop flag of one attempt, shared by its thread, its reporter and the heartbeat."""

    def __init__(self, task_id: str, epoch: int, patience_s: float) -> None:
        self.task_id = task_id
        self.epoch = epoch
        self.started = time.monotonic()
        self.progress = 0.0
        self.message = ""
        self.changed = threading.Event()  # there is progress to report
        self.wake = threading.Event()  # stopped, or its child ended
        self.claimed = False
        self.finishing = False  # the algorithm is done, its results are on their way
        self._patience_s = patience_s
        self._last_contact = self.started
        self._reason: Stop | None = None

    def report(self, progress: float, message: str) -> None:
        """Take the latest progress of the algorithm."""
        self.progress, self.message = min(max(progress, 0.0), 100.0), message[:200]
        self.changed.set()

    def stop(self, reason: Stop) -> None:
        """End the attempt; the first reason counts, but nothing is reported once it is fenced."""
        if self._reason is None or reason is Stop.FENCED:
            self._reason = reason
        self.wake.set()

    def check(self) -> None:
        """Raise if the attempt was stopped."""
        if self._reason is not None:
            raise Stopped(self._reason)

    def pause(self, seconds: float) -> None:
        """Sleep unless stopped."""
        self.wake.wait(seconds)
        self.check()

    def touch(self) -> None:
        """The platform answered for this epoch, so the lease lives."""
        self._last_contact = time.monotonic()

    @property
    def lease_lost(self) -> bool:
        """After so long a silence someone else must be assumed to have the task."""
        return time.monotonic() - self._last_contact > self._patience_s

    def insist(self, call: Callable[[], T], pause: Callable[[float], None] | None = None) -> T:
        """Repeat `call` with backoff until the platform answers or the lease must be assumed lost."""
        delay = 0.2
        while True:
            try:
                answer = call()
            except Unreachable as error:
                if self.lease_lost:
                    raise Stopped(Stop.FENCED) from error
                (pause or self.pause)(delay * random.uniform(0.7, 1.3))  # noqa: S311 - spreads retries, hides nothing
                delay = min(delay * 2, 5.0)
            else:
                self.touch()
                return answer


class Attempts:
    """The attempts this engine holds a lease for, or is asking for one."""

    def __init__(self) -> None:
        self._running: set[Attempt] = set()
        self._lock = threading.Lock()
        self._closed_for: Stop | None = None

    @contextmanager
    def running(self, attempt: Attempt) -> Iterator[None]:
        """Keep the attempt in reach while the block runs."""
        with self._lock:
            self._running.add(attempt)
            if self._closed_for:
                attempt.stop(self._closed_for)
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(attempt)

    def claimed(self) -> list[Attempt]:
        """Those with a lease at this moment."""
        with self._lock:
            return [attempt for attempt in self._running if attempt.claimed]

    def stop_all(self, reason: Stop, *, spare_finishing: bool = False) -> None:
        """Stop every attempt, and each one that starts from now on."""
        with self._lock:
            self._closed_for = reason
            for attempt in self._running:
                if not (spare_finishing and attempt.finishing):
                    attempt.stop(reason)


def beat_of(attempt: Attempt) -> wire.AttemptBeat:
    """The attempt as a heartbeat tells it."""
    return wire.AttemptBeat(
        task_id=attempt.task_id, epoch=attempt.epoch, progress=attempt.progress, message=attempt.message
    )
