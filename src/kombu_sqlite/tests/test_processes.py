"""Forks, deaths and races, with real processes."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from kombu import Connection, Consumer

from kombu_sqlite import url_for
from kombu_sqlite.database import Database
from kombu_sqlite.tests.conftest import Connect


class Child:
    """A forked process that runs a function, and tells and is told things through pipes."""

    def __init__(self, work: Callable[["Child"], None]) -> None:
        up, down = os.pipe(), os.pipe()
        self.pid = os.fork()
        self._read, self._write = (up[0], down[1]) if self.pid else (down[0], up[1])
        os.close(up[1] if self.pid else up[0])
        os.close(down[0] if self.pid else down[1])
        if not self.pid:
            code = 1
            try:
                work(self)
                code = 0
            finally:
                os._exit(code)

    def say(self) -> None:
        os.write(self._write, b"!")

    def hear(self) -> None:
        assert os.read(self._read, 1), "the other side is gone"

    def end(self) -> int:
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self._read)
        os.close(self._write)
        return code

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        assert self.end() == -signal.SIGKILL


def claim_and_stay(path: Path) -> Child:
    def work(child: Child) -> None:
        with Connection(url_for(path)) as connection:
            connection.SimpleQueue("q").get(timeout=5)
            child.say()
            child.hear()

    child = Child(work)
    child.hear()
    return child


def test_killed_process_gives_its_messages_back(path: Path, connect: Connect) -> None:
    queue = connect(polling_interval=0.05).SimpleQueue("q")
    queue.put("a")
    child = claim_and_stay(path)
    with pytest.raises(queue.Empty):
        queue.get(timeout=0.3)  # several sweeps: the living keep what they hold
    child.kill()
    message = queue.get(timeout=30)
    assert message.payload == "a"
    assert message.delivery_info["redelivered"] is True
    message.ack()
    locks = list(path.with_name("queue.db-live").iterdir())
    assert len(locks) == 1  # this process's own
    queue.close()


def test_whoever_starts_next_finds_what_the_dead_held(path: Path, connect: Connect) -> None:
    with connect() as connection:
        connection.SimpleQueue("q").put("a")
    claim_and_stay(path).kill()
    queue = connect().SimpleQueue("q")
    assert queue.get(timeout=0.01).payload == "a"
    queue.close()


def test_child_of_a_consumer_outlives_it_without_keeping_its_messages(path: Path, connect: Connect) -> None:
    with connect() as connection:
        connection.SimpleQueue("q").put("a")

    def work(consumer: Child) -> None:
        with Connection(url_for(path)) as connection:
            connection.SimpleQueue("q").get(timeout=5)
            orphan = Child(lambda child: child.hear())
            consumer.say()
            consumer.hear()
            orphan.say()

    consumer = Child(work)
    consumer.hear()
    consumer.kill()
    queue = connect().SimpleQueue("q")
    assert queue.get(timeout=5).payload == "a"
    queue.close()


def test_no_sqlite_connection_crosses_a_fork(path: Path, connect: Connect) -> None:
    connect().SimpleQueue("q").put("a")
    db = Database.acquire(path, 5)

    def work(_: Child) -> None:
        assert db._connection is None
        assert db.rows("SELECT COUNT(*) FROM messages") == [(1,)]

    assert db._connection is not None
    assert Child(work).end() == 0
    assert db.rows("SELECT COUNT(*) FROM messages") == [(1,)]
    db.release()


def test_child_may_publish_on_and_close_what_it_inherited(connect: Connect) -> None:
    connection = connect()
    queue = connection.SimpleQueue("q")
    queue.put("held")
    held = queue.get(timeout=5)

    def work(_: Child) -> None:
        queue.put("from the child")
        connection.close()

    assert Child(work).end() == 0
    assert connection.default_channel.queue_declare("q", passive=True) == ("q", 1, 1)  # its consumer stayed
    message = queue.get(timeout=5)  # and what it holds was not given back
    assert message.payload == "from the child"
    assert held.payload == "held"
    held.ack()
    message.ack()
    assert queue.qsize() == 0
    queue.close()


def test_child_consumes_on_a_connection_of_its_own_under_its_own_lock(connect: Connect) -> None:
    connection = connect(polling_interval=0.05)
    queue = connection.SimpleQueue("q")

    def work(child: Child) -> None:
        got: list[object] = []
        with Consumer(connection, [queue.queue], on_message=got.append):  # kombu reconnects in the child
            child.say()
            connection.drain_events(timeout=30)
            child.say()
            child.hear()

    queue.consumer.consume()
    queue.consumer.cancel()
    child = Child(work)
    child.hear()
    queue.put("a")
    child.hear()
    assert queue.qsize() == 0  # the child holds it
    child.kill()
    queue.consumer.consume()
    assert queue.get(timeout=30).payload == "a"
    queue.close()


def test_racing_processes_create_one_file_and_lose_nothing(path: Path, connect: Connect) -> None:
    def work(child: Child) -> None:
        child.say()
        child.hear()
        with Connection(url_for(path)) as connection:
            queue = connection.SimpleQueue("q")
            for number in range(25):
                queue.put(number)

    children = [Child(work) for _ in range(8)]
    for child in children:
        child.hear()
    for child in children:
        child.say()
    assert [child.end() for child in children] == [0] * 8
    queue = connect().SimpleQueue("q")
    assert queue.qsize() == 200
    queue.close()
