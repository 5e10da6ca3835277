"""Under real Celery workers, in processes of their own."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from celery import Celery
from celery.exceptions import TaskRevokedError
from kombu import Connection

from kombu_sqlite import url_for
from kombu_sqlite.database import Database
from kombu_sqlite.tests.worker_app import make_app

WAIT = 40.0  # seconds after which something that should come is taken for lost


class Cluster:
    """Workers on one broker file, and what their tasks report to the queue `probe`."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.path = folder / "queue.db"
        self.url = url_for(self.path)
        self.stack = stack
        self.app: Celery = make_app(self.url)
        stack.callback(self.app.close)
        stack.callback(self._stop_results)
        connection = stack.enter_context(Connection(self.url))
        self.probe = stack.enter_context(connection.SimpleQueue("probe"))

    def _stop_results(self) -> None:
        backend: Any = self.app.backend
        connection = backend.result_consumer._connection  # which Celery leaves open to the end
        if connection is not None:
            connection.close()

    def start(self, name: str, *options: str) -> subprocess.Popen[bytes]:
        command = [
            sys.executable,
            "-W",
            "ignore",
            "-m",
            "celery",
            "-A",
            "kombu_sqlite.tests.worker_app",
            "worker",
        ]
        command += ["--hostname", f"{name}@test", "--loglevel", "ERROR", *options]
        environment = os.environ | {"KOMBU_SQLITE_TEST_URL": self.url}
        worker = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        self.stack.callback(kill, worker)
        return worker

    def hear(self) -> dict[str, Any]:
        """Return the next report."""
        message = self.probe.get(timeout=WAIT)
        message.ack()
        event: dict[str, Any] = message.payload
        return event

    def hear_ready(self, *names: str) -> None:
        assert {self.hear()["ready"] for _ in names} == {f"{name}@test" for name in names}

    def waiting(self) -> int:
        """Count the tasks that no worker has claimed."""
        with Connection(self.url) as connection:
            declared: Any = connection.default_channel.queue_declare("tasks", passive=True)  # type: ignore[attr-defined]
            return int(declared.message_count)

    def rows(self, sql: str) -> list[Any]:
        db = Database.acquire(self.path, 5)
        try:
            return db.rows(sql)
        finally:
            db.release()


def kill(worker: subprocess.Popen[bytes]) -> None:
    """End a worker as a power cut would, with its pool."""
    if worker.poll() is None:
        pool = psutil.Process(worker.pid).children(recursive=True)
        worker.kill()
        worker.wait()
        for child in pool:
            if child.is_running():
                child.kill()


def stop(worker: subprocess.Popen[bytes]) -> None:
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(WAIT) == 0


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


@contextmanager
def cluster_in(folder: Path) -> Iterator[Cluster]:
    with ExitStack() as stack:
        yield Cluster(folder, stack)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with cluster_in(tmp_path) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two workers, one with each kind of pool, shared by the tests that kill nobody."""
    with cluster_in(tmp_path_factory.mktemp("pair")) as cluster:
        workers = [
            cluster.start("processes", "--pool", "prefork", "--concurrency", "2", "--queues", "tasks,forked"),
            cluster.start("threads", "--pool", "threads", "--concurrency", "2"),
        ]
        cluster.hear_ready("processes", "threads")
        yield cluster
        for worker in workers:
            stop(worker)
        assert cluster.rows("SELECT queue FROM messages WHERE queue IN ('tasks', 'forked')") == []
        assert cluster.rows("SELECT name FROM queues WHERE name LIKE '%pidbox'") == []


def test_ordinary_task_returns_its_result(pair: Cluster) -> None:
    assert pair.app.send_task("size", ["abc"]).get(timeout=WAIT) == 3


def test_large_message(pair: Cluster) -> None:
    assert pair.app.send_task("size", ["x" * 5_000_000]).get(timeout=WAIT) == 5_000_000


def test_ping_reaches_every_worker_and_leaves_no_queue_behind(pair: Cluster) -> None:
    for _ in range(2):
        replies = pair.app.control.inspect(timeout=WAIT, limit=2).ping()
        assert replies == {"processes@test": {"ok": "pong"}, "threads@test": {"ok": "pong"}}
    assert pair.rows("SELECT name FROM queues WHERE name LIKE '%reply%'") == []


def test_revoked_task_does_not_run(pair: Cluster) -> None:
    pair.app.control.revoke("doomed", reply=True, timeout=WAIT, limit=2)
    result = pair.app.send_task("record", ["doomed"], task_id="doomed")
    with pytest.raises(TaskRevokedError):
        result.get(timeout=WAIT)
    pair.app.send_task("record", ["spared"])
    assert pair.hear()["ran"] == "spared"


def test_running_task_is_revoked_by_terminating_it(pair: Cluster) -> None:
    result = pair.app.send_task("hold", ["never"], queue="forked")
    assert pair.hear() == {"held": "never", "again": False}
    pair.app.control.revoke(result.id, terminate=True)
    with pytest.raises(TaskRevokedError):
        result.get(timeout=WAIT)


def test_countdown_is_kept_and_an_expired_task_is_not_run(pair: Cluster) -> None:
    sent = time.time()
    pair.app.send_task("record", ["late"], countdown=1)
    pair.app.send_task("record", ["stale"], countdown=1, expires=0.5)
    pair.app.send_task("record", ["soon"])
    events = [pair.hear(), pair.hear()]
    assert [event["ran"] for event in events] == ["soon", "late"]
    assert events[1]["at"] >= sent + 1
    eventually(lambda: pair.rows("SELECT COUNT(*) FROM messages WHERE queue = 'tasks'") == [(0,)])


def test_many_producers_and_two_workers_run_every_message_once(pair: Cluster) -> None:
    def produce(producer: int) -> None:
        app = make_app(pair.url)
        with Connection(pair.url) as connection:
            for number in range(75):
                app.send_task("record", [[producer, number]], connection=connection, ignore_result=True)
        app.close()

    producers = [threading.Thread(target=produce, args=[number]) for number in range(4)]
    for thread in producers:
        thread.start()
    ran = [tuple(pair.hear()["ran"]) for _ in range(300)]
    for thread in producers:
        thread.join()
    assert sorted(ran) == [(producer, number) for producer in range(4) for number in range(75)]


def test_new_worker_runs_what_waits_in_the_file_by_priority(cluster: Cluster) -> None:
    for name, priority in [("a", 0), ("b", 5), ("c", 9), ("d", 5)]:
        cluster.app.send_task("record", [name], priority=priority)
    cluster.app.close()  # nobody has the file open now
    worker = cluster.start("solo", "--pool", "solo")
    cluster.hear_ready("solo")
    assert "".join(cluster.hear()["ran"] for _ in range(4)) == "cbda"
    stop(worker)
    assert cluster.rows("SELECT * FROM sessions WHERE id NOT IN (SELECT session FROM consumers)") == []


def busy_worker(cluster: Cluster, name: str, marker: Path) -> subprocess.Popen[bytes]:
    """Start a worker that runs one task until the marker stands and has prefetched three more."""
    worker = cluster.start(name, "--pool", "prefork", "--concurrency", "1", "--prefetch-multiplier", "4")
    cluster.hear_ready(name)
    cluster.app.send_task("hold", [str(marker)])
    assert cluster.hear() == {"held": str(marker), "again": False}
    for task in "abc":
        cluster.app.send_task("record", [task])
    eventually(lambda: cluster.waiting() == 0)
    return worker


def test_killed_worker_loses_neither_its_running_nor_its_prefetched_tasks(
    cluster: Cluster, tmp_path: Path
) -> None:
    kill(busy_worker(cluster, "first", tmp_path / "never"))
    cluster.start("second", "--pool", "threads", "--concurrency", "1")
    cluster.hear_ready("second")
    assert cluster.hear() == {"held": str(tmp_path / "never"), "again": True}
    assert [cluster.hear()["ran"] for _ in range(3)] == ["a", "b", "c"]
    eventually(lambda: cluster.rows("SELECT COUNT(*) FROM messages WHERE queue = 'tasks'") == [(0,)])


def test_stopped_worker_ends_its_task_and_gives_back_what_it_prefetched(
    cluster: Cluster, tmp_path: Path
) -> None:
    worker = busy_worker(cluster, "leaving", tmp_path / "marker")
    worker.send_signal(signal.SIGTERM)
    eventually(lambda: cluster.rows("SELECT COUNT(*) FROM consumers WHERE queue = 'tasks'") == [(0,)])
    (tmp_path / "marker").touch()
    assert worker.wait(WAIT) == 0
    assert cluster.rows("SELECT COUNT(*), COUNT(session) FROM messages WHERE queue = 'tasks'") == [(3, 0)]


def test_worker_names_the_broken_file_and_exits(tmp_path: Path) -> None:
    path = tmp_path / "queue.db"
    path.write_bytes(b"not a database, but long enough to be read as one " * 40)
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "kombu_sqlite.tests.worker_app",
        "worker",
        "--pool",
        "solo",
    ]
    environment = os.environ | {"KOMBU_SQLITE_TEST_URL": url_for(path)}
    ended = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=WAIT, check=False
    )
    assert ended.returncode != 0
    assert f"broker file {path}: it is not a SQLite database" in ended.stderr
