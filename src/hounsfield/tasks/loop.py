"""The loop that keeps tasks moving: a scheduling pass whenever something happened, the reaper by the clock.

Any number may run; one leads and the others stand by.
"""

import contextlib
import threading
import time
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from hounsfield.audit.chain import seal
from hounsfield.imaging import completeness, settle
from hounsfield.kit.events import MISSED
from hounsfield.kit.leader import Leadership
from hounsfield.kit.outbox import send_job
from hounsfield.kit.platform import Platform
from hounsfield.kit.undertaker import DeadLetterTap
from hounsfield.tasks.reaper import reap
from hounsfield.tasks.scheduler import schedule
from hounsfield.tasks.transitions import Status

log = structlog.get_logger()
UNDERWAY = frozenset({Status.CREATED, Status.ASSIGNED, Status.IN_PROGRESS})  # neither work nor room for it
# a pass costs as much for one task as for several: it waits for those that come together
GATHER_SECONDS = 0.01
HOUSEKEEPING_SECONDS = 3600.0
HOUSEKEEPING_JOBS = (
    "accounts.sweep",
    "imaging.sweep",
    "archive.sweep",
    "dimse.sweep",
    "notifications.sweep",
    "patients.keep",
)


class SchedulerLoop(threading.Thread):
    """Runs until stopped; a pass that fails is tried again at the next turn."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(name="scheduler", daemon=True)
        self._platform = platform
        self._lead = Leadership(platform.db, "scheduler", seconds=platform.settings.leader_seconds)
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._tap = platform.events.tap(self._heard, name="scheduler")
        self._undertaker = DeadLetterTap(platform) if platform.broker.is_amqp else None

    def _heard(self, event: dict[str, Any]) -> None:
        if event["name"] == MISSED["name"] or (
            event["name"] == "task_status" and event["data"].get("status") not in UNDERWAY
        ):
            self._wake.set()

    def run(self) -> None:
        self._tap.start()
        if self._undertaker:
            self._undertaker.start()
        settings = self._platform.settings
        next_reap = next_sweep = next_seal = next_quiet = 0.0
        while not self._stopping.is_set():
            if self._wake.wait(settings.scheduler_idle_seconds):
                self._stopping.wait(GATHER_SECONDS)
            self._wake.clear()
            now = time.monotonic()
            try:
                if not self._lead.hold():
                    self._stopping.wait(settings.leader_seconds / 10)
                    continue
                if now >= next_reap:
                    reap(self._platform)
                    next_reap = now + settings.reaper_interval_seconds
                if now >= next_seal:
                    seal(self._platform)
                    next_seal = now + settings.audit_seal_seconds
                while schedule(self._platform):
                    pass
                if now >= next_quiet:  # what has been quiet for seconds need not be looked for at every task
                    settle.offer(self._platform)
                    completeness.complete_quiet(self._platform)
                    next_quiet = now + settings.scheduler_idle_seconds
                if now >= next_sweep:
                    self._housekeeping()
                    next_sweep = now + HOUSEKEEPING_SECONDS
            except (OSError, SQLAlchemyError) as error:
                log.warning("scheduler.delayed", error=str(error))
                self._stopping.wait(1)
            except Exception:  # a defect must not end the loop: whoever led next would meet the same
                log.exception("scheduler.broken")
                self._stopping.wait(1)

    def _housekeeping(self) -> None:
        with self._platform.db.write() as session:
            for name in HOUSEKEEPING_JOBS:
                send_job(session, name)

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()
        self._tap.stop()
        if self._undertaker:
            self._undertaker.stop()
        self.join(timeout=5)
        with contextlib.suppress(OSError, SQLAlchemyError):
            self._lead.resign()
