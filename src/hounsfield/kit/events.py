"""How events travel between processes: over Redis where there is one, else through the broker's fanout exchange.

Whoever listens may miss some. A tap says so each time it has (re)connected, by the event MISSED: look at the rows.
"""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Protocol

import orjson
import structlog
from kombu import Consumer, Message, Queue
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from hounsfield.kit.broker import BROKER_ERRORS, EVENTS, Broker
from hounsfield.kit.clock import utc_now
from hounsfield.kit.db import Database
from hounsfield.kit.outbox import OutboxMessage, Relay

log = structlog.get_logger()
Event = dict[str, Any]
Hear = Callable[[Event], None]
MISSED: Event = {"room": "control", "name": "events_missed", "data": {}}
USEFUL = timedelta(minutes=5)  # an event older than this tells nobody anything that the rows do not
REDIS_SECONDS = 2.0
PING_SECONDS, SILENCE_SECONDS = 5.0, 15.0


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
            except (*BROKER_ERRORS, RedisError) as error:
                log.warning("events.reconnect", error=str(error))
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
        for event in events:
            self._broker.publish_event(event)

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

    def _received(self, body: Event, _message: Message) -> None:
        self._hear(body)


class RedisEvents:
    """Events over Redis publish/subscribe: many in one message, kept by nobody."""

    def __init__(self, url: str) -> None:
        # one try more, at once, for a pooled connection that died unseen; whoever publishes has patience of its own
        self._redis = Redis.from_url(
            url,
            socket_timeout=REDIS_SECONDS,
            socket_connect_timeout=REDIS_SECONDS,
            retry=Retry(NoBackoff(), 1),
        )
        # publish/subscribe knows no databases; its number in the name keeps two installations on one server apart
        number = self._redis.connection_pool.connection_kwargs.get("db") or 0
        self._channel = f"hounsfield.events.{number}"

    def publish(self, events: list[Event]) -> None:
        try:
            self._redis.publish(self._channel, orjson.dumps(events))
        except RedisError as error:
            raise OSError(f"redis: {error}") from error

    def tap(self, hear: Hear, *, name: str) -> Tap:
        return _RedisTap(self._redis, self._channel, hear, name)

    def ping(self) -> None:
        try:
            self._redis.ping()
        except RedisError as error:
            raise OSError(f"redis: {error}") from error

    def close(self) -> None:
        self._redis.close()


class _RedisTap(Tap):
    def __init__(self, redis: "Redis", channel: str, hear: Hear, name: str) -> None:
        super().__init__(hear, name)
        self._redis, self._channel = redis, channel

    def _listen(self) -> None:
        with self._redis.pubsub() as pubsub:  # type: ignore[no-untyped-call]  # redis-py left it out
            pubsub.subscribe(self._channel)
            heard = asked = time.monotonic()
            while not self._stopping.is_set():
                message = pubsub.get_message(timeout=1)
                now = time.monotonic()
                if message is not None:
                    heard = now
                    self._received(message)
                elif now - heard > SILENCE_SECONDS:  # a server that hangs closes nothing
                    raise OSError("redis does not answer")
                elif now - asked > PING_SECONDS:
                    asked = now
                    pubsub.ping()

    def _received(self, message: dict[str, Any]) -> None:
        if message["type"] == "subscribe":
            self._hear(MISSED)
        elif message["type"] == "message":
            for event in orjson.loads(message["data"]):
                self._hear(event)


class EventRelay(Relay):
    """Carries the events of the outbox on their own, so that nothing else waits where only they cannot be sent."""

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
    return RedisEvents(redis_url) if redis_url else BrokerEvents(broker)
