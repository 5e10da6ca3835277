"""What administrators who watch the fleet are told: that it has changed, and when each engine was last heard."""

import asyncio
from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from hounsfield.engines.news import CHANGED, HEARD, ROOM, silences
from hounsfield.kit.outbox import event_body
from hounsfield.kit.platform import Platform
from hounsfield.realtime.pace import Pace

log = structlog.get_logger()
LOOK_SECONDS = 5.0
Event = dict[str, Any]


class FleetNews:
    """Hints to the fleet's room. Silence writes no row, so while somebody watches the engines are looked at."""

    def __init__(
        self, platform: Platform, deliver: Callable[[Event], None], watched: Callable[[], bool]
    ) -> None:
        self._platform, self._deliver, self._watched = platform, deliver, watched
        self._pace: Pace | None = None
        self._looking: asyncio.Task[None] | None = None
        self._there: set[str] | None = None

    def start(self) -> None:
        """Begin; called on the serving loop."""
        loop = asyncio.get_running_loop()
        self._pace = Pace(loop, lambda: self._deliver(event_body(ROOM, CHANGED, {})))
        self._looking = loop.create_task(self._keep_looking())

    def stop(self) -> None:
        if self._pace and self._looking:
            self._pace.stop()
            self._looking.cancel()

    def changed(self) -> None:
        """Engines or queues have changed: say so, once a second at most."""
        if self._pace:
            self._pace.touch()

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if not self._watched():
                continue
            try:
                self._tell(await run_in_threadpool(silences, self._platform.db))
            except (OSError, SQLAlchemyError) as error:
                log.warning("realtime.engines-not-seen", error=str(error))

    def _tell(self, ages: dict[str, float]) -> None:
        self._deliver(event_body(ROOM, HEARD, {"ages": ages}))
        there = {name for name, age in ages.items() if age <= self._platform.settings.lease_seconds}
        if there != self._there:
            self._there = there
            self.changed()
