"""How events travel between processes: over Redis where there is one, else through the broker's fanout exchange.

Whoever listens may miss some. A tap says so each time it has (re)connected, by the event MISSED: look at the rows.
"""

import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Protocol

import structlog
from kombu import Consumer, Message, Queue

from hounsfield.kit.broker import BROKER_ERRORS, EVENTS, Broker
from hounsfield.kit.clock import utc_now
from hounsfield.kit.db import Database
from hounsfield.kit.outbox import OutboxMessage
from hounsfield.kit.relay import Relay

log = structlog.get_logger()
Event = dict[str, Any]
Hear = Callable[[Event], None]
MISSED: Event = {"room": "control", "name": "events_missed", "data": {}}
USEFUL = timedelta(minutes=5)  # an event older than this tells nobody anything that the rows do not


class Tap(threading.Thread):
    """Hears every event that any process publishes, from the moment it is started; reconnects by itself."""

    def __init__(self, hear: Hear, name: str) -> None:
        super().__init__(name=f"event-tap-{name}", daemon=True)
        self._hear = hear
        self._stopping = threading.Event()

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except BROKER_ERRORS as error:
                log.warning("events.reconnect", error=str(error))
                self._stopping.wait(1)
            except Exception:  # what one event does to whoever hears it must not make them deaf
                log.exception("events.broken")
                self._stopping.wait(1)

    def _listen(self) -> None:
        """Connect, say MISSED, and hear until stopped."""
        raise NotImplementedError

    def stop(self) -> None:
        self._stopping.set()
        self.join(timeout=5)


class Events(Protocol):
    """Where events are published and heard."""

    def publish(self, events: list[Event]) -> None:
        """Publish events; OSError where that cannot be done now."""

    def tap(self, hear: Hear, *, name: str) -> Tap:
        """Return a tap, not yet started; `hear` is called in its thread."""

    def ping(self) -> None: ...
    def close(self) -> None: ...


class BrokerEvents:
    """Events through the broker that carries everything else."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def publish(self, events: list[Event]) -> None:
        self._broker.publish_events(events)

    def tap(self, hear: Hear, *, name: str) -> Tap:
        return _BrokerTap(self._broker, hear, name)

    def ping(self) -> None:
        self._broker.ping()

    def close(self) -> None:
        """Nothing: the broker is closed by whoever opened it."""


class _BrokerTap(Tap):
    def __init__(self, broker: Broker, hear: Hear, name: str) -> None:
        super().__init__(hear, name)
        self._broker = broker
        self._queue = f"events.{name}.{uuid.uuid4().hex[:12]}"

    def _listen(self) -> None:
        queue = Queue(self._queue, EVENTS, durable=False, auto_delete=True, expires=120.0)
        with (
            self._broker.celery.connection_for_read() as connection,
            Consumer(connection, [queue], callbacks=[self._received], no_ack=True, accept=["json"]),
        ):
            self._hear(MISSED)
            while not self._stopping.is_set():
                try:
                    connection.drain_events(timeout=1)
                except TimeoutError:
                    continue

    def _received(self, body: list[Event], _message: Message) -> None:
        for event in body:
            self._hear(event)


class EventRelay(Relay):
    """Carries the events of the outbox on their own, so that nothing else waits where only they cannot be sent."""

    gather_seconds = 0.02  # people do not see it

    def __init__(self, db: Database, events: Events, *, idle_seconds: float = 2.0) -> None:
        super().__init__(db, None, idle_seconds=idle_seconds, kinds=["event"])
        self._events = events

    def _send(self, batch: list[OutboxMessage]) -> Iterator[int]:
        """Publish a batch as one message; what has waited too long is dropped."""
        before = utc_now() - USEFUL
        late = [message for message in batch if message.created_at < before]
        yield from (message.id for message in late)
        if fresh := [message for message in batch if message.created_at >= before]:
            self._events.publish([message.body for message in fresh])
            yield from (message.id for message in fresh)


def open_events(redis_url: str, broker: Broker) -> Events:
    """Return where events travel: Redis if it is given, else the broker."""
    if not redis_url:
        return BrokerEvents(broker)
    # imported here: its client takes as long to load as the rest of a small process, and most have no Redis
    from hounsfield.kit.redis_events import RedisEvents

    return RedisEvents(redis_url)
