import time
from pathlib import Path

import pytest
from kombu import Consumer, Exchange, Queue
from kombu.exceptions import ChannelError

from kombu_sqlite import sessions
from kombu_sqlite.database import Database
from kombu_sqlite.tests.conftest import Connect
from kombu_sqlite.topology import topic_matches


@pytest.mark.parametrize(
    ("pattern", "key", "expected"),
    [
        ("a.b", "a.b", True),
        ("a.b", "a.c", False),
        ("a.*", "a.b", True),
        ("a.*", "a", False),
        ("a.*", "a.b.c", False),
        ("a.#", "a", True),
        ("a.#", "a.b.c", True),
        ("#.c", "a.b.c", True),
        ("#.c", "a.b.d", False),
        ("a.#.d", "a.d", True),
        ("a.#.d", "a.b.c.d", True),
        ("#", "", True),
        ("a+.b", "aa.b", False),
    ],
)
def test_topic_pattern(pattern: str, key: str, expected: bool) -> None:
    assert topic_matches(pattern, key) is expected


@pytest.mark.parametrize(
    ("kind", "bindings", "key", "reached"),
    [
        ("direct", {"a": "x", "b": "y", "c": "x"}, "x", {"a", "c"}),
        ("topic", {"a": "task.*", "b": "#", "c": "worker.#"}, "task.sent", {"a", "b"}),
        ("fanout", {"a": "", "b": "ignored"}, "whatever", {"a", "b"}),
    ],
)
def test_exchange_routes(
    connect: Connect, kind: str, bindings: dict[str, str], key: str, reached: set[str]
) -> None:
    exchange = Exchange("e", type=kind)
    consuming, publishing = connect(), connect()
    for name, pattern in bindings.items():
        Queue(name, exchange, routing_key=pattern)(consuming.default_channel).declare()
    publishing.Producer().publish("hello", exchange=exchange, routing_key=key)
    got = {name for name in bindings if consuming.default_channel.basic_get(name) is not None}
    assert got == reached


def test_unbound_queue_gets_nothing_more(connect: Connect) -> None:
    connection = connect()
    channel = connection.default_channel
    queue = Queue("q", Exchange("e"), routing_key="k")(channel)
    queue.declare()
    assert list(channel.list_bindings()) == [("q", "e", "k")]
    queue.unbind_from(Exchange("e"), "k")
    connection.Producer().publish("a", exchange="e", routing_key="k")
    assert channel.basic_get("q") is None


def test_exchange_keeps_its_type(connect: Connect) -> None:
    channel = connect().default_channel
    channel.exchange_declare("e", "direct")
    with pytest.raises(ChannelError, match="has type 'direct'"):
        channel.exchange_declare("e", "fanout")
    with pytest.raises(ChannelError, match="unknown exchange type"):
        channel.exchange_declare("h", "headers")
    channel.exchange_delete("e")
    with pytest.raises(ChannelError, match="no exchange"):
        channel.exchange_declare("e", passive=True)


def queues(path: Path) -> set[str]:
    db = Database.acquire(path, 5)
    try:
        return {name for (name,) in db.rows("SELECT name FROM queues")}
    finally:
        db.release()


def test_auto_delete_queue_and_exchange_go_with_the_last_consumer(path: Path, connect: Connect) -> None:
    first, second = connect(), connect()
    queue = Queue("brief", Exchange("e", auto_delete=True), auto_delete=True)
    consumers = [Consumer(connection.channel(), [queue]) for connection in (first, second)]
    for consumer in consumers:
        consumer.consume()
    consumers[0].cancel()
    assert queues(path) == {"brief"}
    consumers[1].cancel()
    assert queues(path) == set()
    with pytest.raises(ChannelError):
        first.default_channel.exchange_declare("e", passive=True)


def test_exclusive_queue_goes_with_its_connection(path: Path, connect: Connect) -> None:
    connect().default_channel.queue_declare("kept")
    with connect() as connection:
        connection.default_channel.queue_declare("mine", exclusive=True)
        assert queues(path) == {"kept", "mine"}
    assert queues(path) == {"kept"}


def test_unused_queue_expires_but_a_consumed_one_does_not(
    path: Path, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connect()
    channel = connection.default_channel
    for name in ("used", "unused"):
        channel.queue_declare(name, arguments={"x-expires": 10_000})
    db = Database.acquire(path, 5)
    now = time.time()
    with Consumer(connection.channel(), [Queue("used", expires=10)]):
        monkeypatch.setattr(time, "time", lambda: now + 11)
        sessions.sweep(db)
        assert queues(path) == {"used"}
    monkeypatch.setattr(time, "time", lambda: now + 30)
    sessions.sweep(db)
    assert queues(path) == set()
    db.release()
