"""The loop that keeps tasks moving: a scheduling pass whenever something happened, the reaper by the clock.

Any number may run; one leads and the others stand by.
"""

import contextlib
import threading
import time
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from hounsfield.kit.events import MISSED
from hounsfield.kit.leader import Leadership
from hounsfield.kit.outbox import send_job
from hounsfield.kit.platform import Platform
from hounsfield.kit.undertaker import DeadLetterTap
from hounsfield.tasks.reaper import reap
from hounsfield.tasks.scheduler import schedule

log = structlog.get_logger()
HOUSEKEEPING_SECONDS = 3600.0
HOUSEKEEPING_JOBS = ("accounts.sweep", "imaging.sweep", "notifications.sweep")


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
        if event["name"] in ("task_status", MISSED["name"]):
            self._wake.set()

    def run(self) -> None:
        self._tap.start()
        if self._undertaker:
            self._undertaker.start()
        settings = self._platform.settings
        next_reap = next_sweep = 0.0
        while not self._stopping.is_set():
            self._wake.wait(settings.scheduler_idle_seconds)
            self._wake.clear()
            now = time.monotonic()
            try:
                if not self._lead.hold():
                    self._stopping.wait(settings.leader_seconds / 10)
                    continue
                if now >= next_reap:
                    reap(self._platform)
                    next_reap = now + settings.reaper_interval_seconds
                while schedule(self._platform):
                    pass
                if now >= next_sweep:
                    self._housekeeping()
                    next_sweep = now + HOUSEKEEPING_SECONDS
            except (OSError, SQLAlchemyError) as error:
                log.warning("scheduler.delayed", error=str(error))
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
