"""Events over Redis publish/subscribe: many in one message, kept by nobody."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from hounsfield.kit.events import MISSED, Event, Hear, Tap

REDIS_SECONDS = 2.0
PING_SECONDS, SILENCE_SECONDS = 5.0, 15.0


@contextmanager
def _as_oserror() -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        raise OSError(f"redis: {error}") from error


class RedisEvents:
    """Publishes to one channel of a server."""

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
        with _as_oserror():
            self._redis.publish(self._channel, orjson.dumps(events))

    def tap(self, hear: Hear, *, name: str) -> Tap:
        return _RedisTap(self._redis, self._channel, hear, name)

    def ping(self) -> None:
        with _as_oserror():
            self._redis.ping()

    def close(self) -> None:
        self._redis.close()


class _RedisTap(Tap):
    def __init__(self, redis: "Redis", channel: str, hear: Hear, name: str) -> None:
        super().__init__(hear, name)
        self._redis, self._channel = redis, channel

    def _listen(self) -> None:
        # redis-py left the type out
        with _as_oserror(), self._redis.pubsub() as pubsub:  # type: ignore[no-untyped-call]
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
