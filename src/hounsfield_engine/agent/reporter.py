"""Sends the progress of one attempt: at most twice a second, the latest value only, and a sign of life in between."""

import logging
import threading

from hounsfield_engine.agent import wire
from hounsfield_engine.agent.attempt import Attempt, Stop
from hounsfield_engine.agent.platform import Platform, Refused, Unreachable

log = logging.getLogger(__name__)
LEAST_S = 0.5
MOST_S = 2.5  # a quiet algorithm's owner may cancel too


class Reporter(threading.Thread):
    """Runs while the attempt does; the answers may stop it."""

    def __init__(self, platform: Platform, attempt: Attempt) -> None:
        super().__init__(name=f"report-{attempt.task_id}", daemon=True)
        self._platform = platform
        self._attempt = attempt
        self._closed = threading.Event()

    def __enter__(self) -> "Reporter":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self._attempt.changed.set()
        self.join(LEAST_S)

    def run(self) -> None:
        """Report until closed."""
        while not self._closed.is_set():
            self._attempt.changed.wait(MOST_S)
            if self._closed.is_set():
                return
            self._attempt.changed.clear()
            self._send()
            self._closed.wait(LEAST_S)

    def _send(self) -> None:
        attempt = self._attempt
        body = wire.ProgressRequest(epoch=attempt.epoch, progress=attempt.progress, message=attempt.message)
        try:
            reply = self._platform.progress(attempt.task_id, body)
        except Unreachable as error:
            log.debug("progress.not-sent task=%s reason=%s", attempt.task_id, error)
        except Refused as error:
            if error.status in (404, 409) and not self._closed.is_set():
                attempt.stop(Stop.FENCED)
            else:
                log.warning("progress.refused task=%s reason=%s", attempt.task_id, error)
        else:
            attempt.touch()
            if reply.cancel:
                attempt.stop(Stop.CANCELLED)
