"""Reads the broker's dead-letter queue into rows, where people can see and send again what was refused."""

import threading
from typing import Any

import structlog
from kombu import Consumer, Message
from sqlalchemy.exc import SQLAlchemyError

from hounsfield.kit.broker import BROKER_ERRORS, DEAD_LETTERS, OFFER_TASK
from hounsfield.kit.dead_letters import bury
from hounsfield.kit.platform import Platform

log = structlog.get_logger()
PREFETCH = 20


class DeadLetterTap(threading.Thread):
    """Any number may run: each letter is acknowledged once its row is committed."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(name="dead-letters", daemon=True)
        self._platform = platform
        self._stopping = threading.Event()

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except (*BROKER_ERRORS, SQLAlchemyError) as error:
                log.warning("dead-letters.reconnect", error=str(error))
                self._stopping.wait(2)
            except Exception:  # a defect must not end the tap while its process goes on
                log.exception("dead-letters.broken")
                self._stopping.wait(2)

    def _listen(self) -> None:
        with (
            self._platform.broker.celery.connection_for_read() as connection,
            Consumer(
                connection, [DEAD_LETTERS], on_message=self._received, prefetch_count=PREFETCH, accept=None
            ),
        ):
            while not self._stopping.is_set():
                try:
                    connection.drain_events(timeout=1)
                except TimeoutError:
                    continue

    def _received(self, message: Message) -> None:
        death = _last_death(message)
        # an offer that nobody read in time has long been given out under another epoch
        if death.get("reason") != "expired":
            kind, body = read_letter(message)
            with self._platform.db.write() as session:
                bury(session, kind, str(death.get("queue", "")), body, str(death.get("reason", "")))
            log.error("dead-letter", kind=kind, queue=death.get("queue"), reason=death.get("reason"))
        message.ack()

    def stop(self) -> None:
        self._stopping.set()
        self.join(timeout=5)


def _last_death(message: Message) -> dict[str, Any]:
    deaths: Any = message.headers.get("x-death")
    return dict(deaths[0]) if deaths else {}


def read_letter(message: Message) -> tuple[str, dict[str, Any]]:
    """Return the kind and body of a message as the outbox would have it; "other" where it is neither job nor offer."""
    try:
        _, arguments, _ = message.decode()
        name = message.headers["task"]
        if name == OFFER_TASK:
            return "offer", {"task_id": arguments["task_id"], "epoch": arguments["epoch"]}
        return "job", {"name": str(name), "arguments": dict(arguments)}
    except Exception as error:
        return "other", {"size": len(message.body or b""), "unreadable": type(error).__name__}
