import threading
import time
from pathlib import Path

import pytest
from kombu import Connection, Consumer, Message
from kombu.exceptions import ChannelError

from kombu_sqlite import messages, sessions, url_for
from kombu_sqlite.database import Database
from kombu_sqlite.tests.conftest import Connect
from kombu_sqlite.wakeup import Wakeup


@pytest.fixture
def no_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a consumer that waits be woken by nothing but a datagram."""
    wait = Wakeup.wait

    def wait_for_datagram(self: Wakeup, _timeout: float) -> bool:
        assert wait(self, 20), "no datagram came"
        return True

    monkeypatch.setattr(Wakeup, "wait", wait_for_datagram)


def test_message_comes_back_as_it_was_put(connect: Connect) -> None:
    queue = connect().SimpleQueue("q")
    for body in ({"a": [1, "二"]}, b"\x00\xff"):
        queue.put(body)
    first, second = queue.get(timeout=5), queue.get(timeout=5)
    assert first.payload == {"a": [1, "二"]}
    assert second.body == b"\x00\xff"
    assert first.delivery_info == {"exchange": "q", "routing_key": "q", "redelivered": False}
    queue.close()


def test_higher_priority_first_then_older_first(connect: Connect) -> None:
    queue = connect().SimpleQueue("q")
    for name, priority in [("a", 0), ("b", 9), ("c", 5), ("d", 9), ("e", 0)]:
        queue.put(name, priority=priority)
    assert "".join(queue.get(timeout=5).payload for _ in range(5)) == "bdcae"
    queue.close()


def test_requeued_message_keeps_its_place_and_says_so(connect: Connect) -> None:
    queue = connect().SimpleQueue("q")
    queue.put("a")
    queue.put("b")
    queue.get(timeout=5).requeue()
    again = queue.get(timeout=5)
    assert again.payload == "a"
    assert again.delivery_info["redelivered"] is True
    again.reject()
    assert queue.get(timeout=5).payload == "b"
    queue.close()


def test_acknowledged_message_is_gone_and_unacknowledged_ones_return_on_close(connect: Connect) -> None:
    with connect() as connection:
        queue = connection.SimpleQueue("q")
        queue.put("done")
        queue.put("open")
        queue.get(timeout=5).ack()
        queue.get(timeout=5)
    queue = connect().SimpleQueue("q")
    assert queue.qsize() == 1
    assert queue.get(timeout=5).payload == "open"
    queue.close()


def test_tag_of_an_earlier_delivery_acknowledges_nothing(path: Path, connect: Connect) -> None:
    connect().SimpleQueue("q").put("a")
    db = Database.acquire(path, 5)
    session = sessions.open_session(db, 9)
    earlier = messages.claim(db, "q", session)
    assert earlier is not None
    messages.put_back(db, session, [earlier.tag])
    later = messages.claim(db, "q", session)
    assert later is not None
    messages.ack(db, session, earlier.tag)
    messages.put_back(db, session, [later.tag])
    assert messages.ready_count(db, "q") == 1
    sessions.close_session(db, session)
    db.release()


@pytest.mark.usefixtures("no_poll")
def test_prefetch_is_a_limit_and_an_ack_from_another_thread_lifts_it(connect: Connect) -> None:
    connection = connect()
    queue = connection.SimpleQueue("q")
    for name in "abc":
        queue.put(name)
    got: list[Message] = []
    channel = connection.channel()
    with Consumer(channel, [queue.queue], on_message=got.append, prefetch_count=2):
        connection.drain_events(timeout=5)
        connection.drain_events(timeout=5)
        with pytest.raises(TimeoutError):
            connection.drain_events(timeout=0)
        threading.Timer(0.1, got[0].ack).start()
        connection.drain_events(timeout=30)
    assert [message.payload for message in got] == ["a", "b", "c"]


@pytest.mark.usefixtures("no_poll")
def test_publisher_wakes_a_waiting_consumer(connect: Connect) -> None:
    waiting = connect().SimpleQueue("q")
    publisher = connect().SimpleQueue("q")
    threading.Timer(0.1, publisher.put, ["hello"]).start()
    assert waiting.get(timeout=30).payload == "hello"
    waiting.close()


def test_lost_datagram_costs_one_poll(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "wake", lambda _: None)
    waits: list[float] = []
    wait = Wakeup.wait

    def note(self: Wakeup, timeout: float) -> bool:
        waits.append(timeout)
        return wait(self, timeout)

    monkeypatch.setattr(Wakeup, "wait", note)
    waiting = connect(polling_interval=0.05).SimpleQueue("q")
    publisher = connect().SimpleQueue("q")
    threading.Timer(0.1, publisher.put, ["hello"]).start()
    assert waiting.get(timeout=30).payload == "hello"
    assert max(waits) == 0.05
    waiting.close()


def test_message_and_queue_have_times_to_live(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = connect()
    channel = connection.default_channel
    for queue, ttl in [("brief", 30), ("endless", None)]:
        channel.queue_declare(queue, arguments={"x-message-ttl": 1000 * ttl} if ttl else None)
        producer = connection.Producer(channel)
        producer.publish("mortal", routing_key=queue, expiration=10)
        producer.publish("plain", routing_key=queue)
    sizes = []
    now = time.time()
    for later in (0, 20, 40):
        monkeypatch.setattr(time, "time", lambda later=later: now + later)
        sizes.append([channel.queue_declare(q, passive=True).message_count for q in ("brief", "endless")])
    assert sizes == [[2, 2], [1, 1], [0, 1]]
    assert channel.basic_get("brief") is None
    assert channel.basic_get("endless").payload == "plain"


def test_expired_messages_are_deleted_by_the_sweep(
    path: Path, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connect()
    connection.default_channel.queue_declare("q", arguments={"x-message-ttl": 1000})
    connection.Producer().publish("a", routing_key="q")
    db = Database.acquire(path, 5)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 2)
    sessions.sweep(db)
    assert db.rows("SELECT COUNT(*) FROM messages") == [(0,)]
    db.release()


def test_longest_queue_drops_its_oldest(connect: Connect) -> None:
    connection = connect()
    connection.default_channel.queue_declare("q", arguments={"x-max-length": 2})
    for name in "abc":
        connection.Producer().publish(name, routing_key="q")
    assert [connection.default_channel.basic_get("q").payload for _ in range(2)] == ["b", "c"]


def test_size_purge_and_delete(connect: Connect) -> None:
    connection = connect()
    channel = connection.default_channel
    queue = connection.SimpleQueue("q")
    for name in "abc":
        queue.put(name)
    queue.get(timeout=5)
    assert channel.queue_declare("q", passive=True) == ("q", 2, 1)
    assert channel.queue_purge("q") == 2
    queue.close()
    channel.queue_delete("q")
    with pytest.raises(ChannelError, match="no queue 'q'"):
        channel.queue_declare("q", passive=True)
    connection.Producer().publish("nobody", routing_key="q")  # unroutable, and dropped as AMQP does


def test_persistent_messages_are_synced_and_transient_ones_are_not(path: Path, connect: Connect) -> None:
    connection = connect()
    connection.default_channel.queue_declare("q")
    db = Database.acquire(path, 5)
    levels = []
    for mode in (2, 1):
        connection.Producer().publish("a", routing_key="q", delivery_mode=mode)
        levels += db.rows("PRAGMA synchronous")
    assert levels == [(2,), (1,)]  # FULL, NORMAL
    db.release()


def test_file_gives_its_pages_back(path: Path, connect: Connect) -> None:
    queue = connect().SimpleQueue("q")
    db = Database.acquire(path, 5)
    for _ in range(4):
        queue.put(b"x" * 4_000_000)
    assert db.rows("PRAGMA page_count")[0][0] > 3000
    queue.clear()
    for _ in range(3):
        sessions.sweep(db)
    assert db.rows("PRAGMA page_count")[0][0] < 500
    db.release()
    queue.close()


def test_connection_shows_its_url(path: Path) -> None:
    with Connection(url_for(path)) as connection:
        assert connection.as_uri() == url_for(path)
