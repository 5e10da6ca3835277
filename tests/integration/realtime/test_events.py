"""Events between processes: over Redis or the broker; what is lost on the way is made good from the rows."""

import queue
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import orjson
import pytest
from redis import Redis
from sqlalchemy import delete, func, select
from structlog.testing import capture_logs
from tests.factories.accounts import make_user
from tests.processes import until
from tests.servers import RedisServer

from hounsfield.accounts.models import User
from hounsfield.kit.broker import Broker
from hounsfield.kit.clock import utc_now
from hounsfield.kit.db import finish
from hounsfield.kit.events import MISSED, EventRelay, Events, Tap
from hounsfield.kit.outbox import OutboxMessage, send_event, send_job
from hounsfield.kit.platform import Platform
from hounsfield.kit.redis_events import RedisEvents
from hounsfield.notifications.service import tell

Headers = dict[str, str]
PATIENCE = 20
Heard = "queue.Queue[dict[str, Any]]"
Listen = Callable[[Events], Heard]
OverRedis = Callable[[str], RedisEvents]


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.remove()


@pytest.fixture
def redis(redis_server: RedisServer) -> Iterator[RedisServer]:
    """The server, running at the beginning of each test."""
    if not redis_server.running:
        redis_server.start()
    return redis_server


@pytest.fixture
def over_redis() -> Iterator[Callable[[str], RedisEvents]]:
    """Open the events of a Redis URL; closed after whoever listens to them."""
    with ExitStack() as opened:

        def start(url: str) -> RedisEvents:
            events = RedisEvents(url)
            opened.callback(events.close)
            return events

        yield start


@pytest.fixture
def listen(over_redis: object) -> Iterator[Listen]:
    """Listen to events; what is heard comes out of a queue, after the word that listening has begun."""
    taps: list[Tap] = []

    def start(events: Events) -> Heard:
        heard: Heard = queue.Queue()
        taps.append(events.tap(heard.put, name="test"))
        taps[-1].start()
        assert heard.get(timeout=PATIENCE) == MISSED
        return heard

    yield start
    for tap in taps:
        tap.stop()


def event(number: int) -> dict[str, Any]:
    return {"room": "user:1", "name": "news", "data": {"number": number}}


@pytest.mark.parametrize("transport", ["redis", "broker"])
def test_every_listener_hears_every_event_in_order(
    transport: str, platform: Platform, redis: RedisServer, over_redis: OverRedis, listen: Listen
) -> None:
    events = over_redis(redis.url) if transport == "redis" else platform.events
    one, other = listen(events), listen(events)
    events.publish([event(1), event(2)])
    events.publish([event(3)])
    for heard in (one, other):
        assert [heard.get(timeout=PATIENCE) for _ in range(3)] == [event(1), event(2), event(3)]


@pytest.mark.parametrize("transport", ["redis", "broker"])
def test_an_event_that_breaks_its_hearer_makes_it_deaf_for_a_moment_only(
    transport: str, platform: Platform, redis: RedisServer, over_redis: OverRedis
) -> None:
    events = over_redis(redis.url) if transport == "redis" else platform.events
    heard: Heard = queue.Queue()

    def hear(told: dict[str, Any]) -> None:
        heard.put(told)
        if told == event(1):
            raise KeyError("a defect")

    tap = events.tap(hear, name="test")
    tap.start()
    try:
        assert heard.get(timeout=PATIENCE) == MISSED
        events.publish([event(1)])
        assert [heard.get(timeout=PATIENCE) for _ in range(2)] == [event(1), MISSED]
        events.publish([event(2)])
        assert heard.get(timeout=PATIENCE) == event(2)
    finally:
        tap.stop()


def test_a_batch_of_the_outbox_is_one_message(
    platform: Platform, redis: RedisServer, over_redis: OverRedis
) -> None:
    events = over_redis(redis.url)
    relay = EventRelay(platform.db, events)
    with Redis.from_url(redis.url) as raw, raw.pubsub() as seen:
        seen.subscribe("hounsfield.events.0")
        assert seen.get_message(timeout=PATIENCE)
        with platform.db.write() as session:
            for number in range(5):
                send_event(session, "user:1", "news", {"number": number})
        relay.drain()
        message = seen.get_message(timeout=PATIENCE)
        assert message
        assert [told["data"]["number"] for told in orjson.loads(message["data"])] == [0, 1, 2, 3, 4]
        assert waiting(platform) == 0


def waiting(platform: Platform) -> int:
    with platform.db.read() as session:
        return session.scalar(select(func.count()).select_from(OutboxMessage)) or 0


def test_without_redis_events_wait_and_nothing_else_does(
    platform: Platform, redis: RedisServer, over_redis: OverRedis, listen: Listen
) -> None:
    settings = platform.settings.model_copy(update={"redis_url": redis.url})
    opened = Platform.open(settings)
    heard = listen(over_redis(redis.url))
    redis.kill()
    with opened.db.write() as session:
        for number in range(300):  # more than a relay takes at once
            send_event(session, "user:1", "news", {"number": number})
        send_job(session, "test.job")
    opened.relay.drain()
    with opened.db.read() as session:
        assert set(session.scalars(select(OutboxMessage.kind))) == {"event"}
    assert opened.event_relay
    with pytest.raises(OSError, match="redis"):
        opened.event_relay.drain()
    assert waiting(platform) == 300

    opened.publish("user:1", "news", {})  # what need not survive raises nothing
    redis.start()
    assert heard.get(timeout=PATIENCE) == MISSED
    while opened.event_relay.drain():
        pass
    assert [heard.get(timeout=PATIENCE)["data"]["number"] for _ in range(300)] == list(range(300))
    opened.close()


def test_a_redis_that_hangs_is_noticed(
    redis: RedisServer, over_redis: OverRedis, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hounsfield.kit.redis_events.PING_SECONDS", 0.0)
    monkeypatch.setattr("hounsfield.kit.redis_events.SILENCE_SECONDS", 2.0)
    events = over_redis(redis.url)
    heard = listen(events)
    with capture_logs() as logs:
        redis.signal(signal.SIGSTOP)
        with pytest.raises(OSError, match="redis"):
            events.publish([event(1)])
        until(lambda: any(entry["event"] == "events.reconnect" for entry in logs), "the tap to notice")
        redis.signal(signal.SIGCONT)
    assert heard.get(timeout=PATIENCE) == MISSED


def test_what_waited_too_long_is_dropped(
    platform: Platform, redis: RedisServer, over_redis: OverRedis, listen: Listen
) -> None:
    events = over_redis(redis.url)
    heard = listen(events)
    with platform.db.write() as session:
        old = utc_now() - timedelta(minutes=6)
        session.add(OutboxMessage(kind="event", body=event(1), created_at=old))
        session.add(OutboxMessage(kind="event", body=event(2)))
    EventRelay(platform.db, events).drain()
    assert heard.get(timeout=PATIENCE) == event(2)
    assert waiting(platform) == 0


def test_two_installations_on_one_server_do_not_hear_each_other(
    redis: RedisServer, over_redis: OverRedis, listen: Listen
) -> None:
    one, other = over_redis(redis.url), over_redis(redis.url.replace("/0", "/1"))
    heard = listen(other)
    one.publish([event(1)])
    other.publish([event(2)])
    assert heard.get(timeout=PATIENCE) == event(2)


@pytest.mark.parametrize(
    "url", ["amqp://guest:guest@127.0.0.1:1//", "amqp://guest:guest@127.0.0.1:5672/none"]
)
def test_a_broker_that_is_away_is_an_oserror(url: str) -> None:
    broker = Broker(url)
    job = OutboxMessage(kind="job", body={"name": "test.job", "arguments": {}}, priority=0)
    for attempt in (lambda: broker.publish(job), lambda: broker.publish_events([event(1)]), broker.ping):
        with pytest.raises(OSError, match="broker"):
            attempt()
    broker.close()


def test_who_is_connected_gets_exactly_what_was_lost_on_the_way(
    live: str, connect: Callable[..., Any], platform: Platform, owner: User, as_owner: Headers
) -> None:
    say(platform, owner, 1)
    until(lambda: waiting(platform) == 0, "the first event to leave")
    client = connect(token=as_owner["Authorization"].removeprefix("Bearer "))
    client.expect("connect")
    say(platform, owner, 2)
    assert client.expect("task_status")["number"] == 2
    say(platform, owner, 3, lost=True)
    say(platform, owner, 4, lost=True)
    say(platform, make_user(platform, "somebody"), 5, lost=True)
    platform.events.publish([MISSED])
    assert [client.expect("task_status")["number"] for _ in range(2)] == [3, 4]
    say(platform, owner, 6)
    assert client.expect("task_status")["number"] == 6


def say(platform: Platform, user: User, number: int, *, lost: bool = False) -> None:
    with platform.db.write() as session:
        tell(session, user.id, "task_status", {"number": number})
        if lost:
            finish(session)
            session.execute(delete(OutboxMessage))
            session.info.pop("outbox", None)
