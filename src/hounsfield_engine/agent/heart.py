"""The heartbeat: tells the platform that we live and what we do, and obeys its reply."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from hounsfield_engine.agent import wire
from hounsfield_engine.agent.attempt import Attempts, Stop, beat_of
from hounsfield_engine.agent.platform import Platform, Refused, Unreachable

log = logging.getLogger(__name__)
BUSY_S = 2.0  # between two beats while something runs: a cancelled computation must end within seconds


@dataclass(frozen=True)
class Orders:
    """What the agent does when a heartbeat is answered so."""

    drain: Callable[[], None]
    register: Callable[[], None]
    superseded: Callable[[], None]


class Heart(threading.Thread):
    """Beats at the platform's interval until stopped."""

    def __init__(
        self,
        platform: Platform,
        identity: tuple[str, str],
        attempts: Attempts,
        status: Callable[[int], wire.EngineStatus],
        orders: Orders,
        interval_s: float,
    ) -> None:
        super().__init__(name="heart", daemon=True)
        self._platform = platform
        self._engine_id, self._boot_id = identity
        self._attempts = attempts
        self._status = status
        self._orders = orders
        self._interval_s = interval_s
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Beat no more."""
        self._stopped.set()
        self.join(2.0)

    def run(self) -> None:
        """Beat now and at every interval, more often while something runs: it may have been cancelled."""
        while True:
            try:
                self.beat()
            except Exception:  # a defect in one beat must not end the heart, and with it every lease
                log.exception("heartbeat.broken")
            if self._rest():
                return

    def _rest(self) -> bool:
        """Wait for the next beat; return whether there is to be none."""
        due = time.monotonic() + self._interval_s
        while not self._stopped.wait(min(BUSY_S, max(due - time.monotonic(), 0.0))):
            if self._attempts.claimed() or time.monotonic() >= due:
                return False
        return True

    def beat(self) -> None:
        """Beat once."""
        told = self._attempts.claimed()
        body = wire.HeartbeatRequest(
            boot_id=self._boot_id,
            current_load=len(told),
            status=self._status(len(told)),
            attempts=[beat_of(attempt) for attempt in told],
        )
        try:
            reply = self._platform.heartbeat(self._engine_id, body)
        except Unreachable as error:
            log.warning("heartbeat.failed reason=%s", error)
        except Refused as error:
            self._refused(error)
        else:
            # only those we told of: the same task may have been claimed anew since
            for attempt in told:
                attempt.touch()
                if attempt.task_id in reply.cancel:
                    attempt.stop(Stop.CANCELLED)
            if reply.drain:
                self._orders.drain()

    def _refused(self, error: Refused) -> None:
        if error.status == 404:
            log.warning("heartbeat.unknown-engine")
            self._orders.register()
        elif error.status == 409:
            self._orders.superseded()
        else:
            log.error("heartbeat.refused reason=%s", error)
