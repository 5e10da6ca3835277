"""How the engine process starts, stops and survives."""

import contextlib
import socket
import sys
import threading
import uuid

import psutil
import pytest
from test_attempts import dead

from conftest import running

PARENT = """
import pathlib, subprocess, sys
child = subprocess.Popen(sys.argv[2:])
pathlib.Path(sys.argv[1]).write_text(str(child.pid))
child.wait()
"""


def sleeper(engine, folder):
    task = engine.platform.add(
        "toy_sleep", parameters={"pids": str(folder / f"pids-{len(engine.platform.tasks)}")}
    )
    engine.offer(task)
    return task, folder / f"pids-{len(engine.platform.tasks) - 1}"


def test_sigterm_hands_the_task_back_and_exits_0(engine, tmp_path):
    engine.start()
    task, told = sleeper(engine, tmp_path)
    engine.platform.wait_for(told.exists)
    engine.process.terminate()
    assert engine.process.wait(10) == 0
    assert (task.failure["code"], task.failure["decision"]) == ("ENGINE_SHUTDOWN", "retry_elsewhere")
    assert dead(told)


def test_drain_finishes_what_runs_and_takes_no_more(engine):
    engine.platform.faults += [(r"POST .*/complete", 503)]
    engine.start()
    first = engine.finish(engine.platform.add("toy_copy"))
    engine.platform.drain = True
    assert engine.process.wait(15) == 0
    assert first.status == "COMPLETED"
    left = engine.platform.add("toy_copy")
    engine.offer(left)
    engine.platform.drain = False
    engine.start()
    engine.platform.wait_for(lambda: left.status == "COMPLETED", "the offer that waited in the queue")


def test_superseded_process_kills_its_children_and_exits_3(engine, tmp_path):
    engine.start()
    task, told = sleeper(engine, tmp_path)
    engine.platform.wait_for(told.exists)
    engine.platform.superseded = True
    assert engine.process.wait(10) == 3
    assert dead(told)
    assert task.failure is None


def test_waits_for_the_platform_and_registers_again_when_forgotten(engine):
    engine.platform.faults += [(r"POST /api/v1/engines", 503), (r"POST /api/v1/engines", 500)]
    engine.start()
    engine.platform.wait_for(lambda: engine.platform.beats, "registration")
    engine.platform.known = False
    engine.platform.wait_for(lambda: len(engine.platform.boots) == 2, "the second registration")
    assert len(set(engine.platform.boots)) == 1
    assert engine.finish(engine.platform.add("toy_copy")).status == "COMPLETED"


def test_a_full_engine_leaves_offers_in_the_queue(engine, tmp_path):
    engine.start()
    task, told = sleeper(engine, tmp_path)
    engine.platform.wait_for(told.exists)
    waiting = engine.platform.add("toy_copy")
    engine.offer(waiting, queue="algorithm.toy_copy")
    engine.platform.wait_for(lambda: engine.platform.beats[-1].status == "BUSY")
    count = len(engine.platform.beats)
    engine.platform.wait_for(lambda: len(engine.platform.beats) > count + 3)
    with engine.celery.connection() as connection:
        assert connection.default_channel.queue_declare("algorithm.toy_copy", passive=True).message_count == 1
    task.cancel = True
    engine.platform.wait_for(lambda: waiting.status == "COMPLETED", "the offer that waited")
    assert "put-back" not in engine.log.read_text()


def test_exits_with_its_parent(engine, tmp_path):
    engine.start_through(sys.executable, "-c", PARENT, str(tmp_path / "pid"), options=("--exit-with-parent",))
    task, told = sleeper(engine, tmp_path)
    engine.platform.wait_for(told.exists)
    child = psutil.Process(int((tmp_path / "pid").read_text()))
    engine.process.kill()
    engine.process.wait()
    psutil.wait_procs([child], timeout=10)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
    assert task.failure["decision"] == "retry_elsewhere"
    assert dead(told)


def test_exits_when_its_parent_died_before_it_looked(engine):
    engine.environment["HOUNSFIELD_ENGINE_PARENT_PID"] = "1"
    engine.start("--exit-with-parent")
    assert engine.process.wait(15) == 0


def test_killed_engine_leaves_no_process_and_the_next_one_no_folder(engine, tmp_path):
    engine.start()
    _, told = sleeper(engine, tmp_path)
    engine.platform.wait_for(told.exists)
    engine.process.kill()
    engine.process.wait()
    assert dead(told)
    assert any(path.name.startswith("task-") for path in engine.work.iterdir())
    engine.start()
    assert engine.finish(engine.platform.add("toy_copy")).status == "COMPLETED"
    assert not [path for path in engine.work.iterdir() if path.name.startswith("task-1-")]


@pytest.mark.parametrize(
    ("variable", "value", "status"),
    [("TOKEN", "wrong", 4), ("TOKEN", "", 2), ("ALGORITHMS", "uninstalled", 2), ("CAPACITY", "0", 2)],
)
def test_hopeless_configuration_ends_at_once(engine, variable, value, status):
    engine.environment[f"HOUNSFIELD_ENGINE_{variable}"] = value
    engine.start()
    assert engine.process.wait(15) == status
    assert "wrong" not in engine.log.read_text()


def test_two_engines_do_not_share_a_work_folder(engine):
    engine.start()
    engine.platform.wait_for(lambda: engine.platform.beats)
    first, engine.process = engine.process, None
    engine.start()
    try:
        assert engine.process.wait(15) == 5
    finally:
        first.kill()
        first.wait()


class Proxy:
    """A broker that can be taken away: forwards TCP connections while it is up."""

    def __init__(self, port):
        self.target = port
        self.pairs = []
        self.up()

    def up(self):
        self.listener = socket.create_server(("127.0.0.1", getattr(self, "port", 0)))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def down(self):
        for sock in (self.listener, *self.pairs):
            # shutdown wakes the thread that blocks on it, close alone does not
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        self.pairs.clear()

    def _accept(self, listener):
        with contextlib.suppress(OSError):
            while True:
                near, far = listener.accept()[0], socket.create_connection(("127.0.0.1", self.target))
                self.pairs += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                sink.sendall(data)


@pytest.fixture
def rabbit(tmp_path):
    try:
        socket.create_connection(("127.0.0.1", 5672), 1).close()
    except OSError:
        pytest.skip("no RabbitMQ on this machine")
    engine_id = f"test-{uuid.uuid4().hex[:8]}"
    proxy = Proxy(5672)
    with running(tmp_path, engine_id, "amqp://guest:guest@127.0.0.1:5672//") as engine:
        engine.environment["HOUNSFIELD_BROKER_URL"] = f"amqp://guest:guest@127.0.0.1:{proxy.port}//"
        engine.environment["HOUNSFIELD_ENGINE_ALGORITHMS"] = "engine_toys:COPY,engine_toys:SLEEP"
        engine.queue = f"engine.{engine_id}"
        engine.proxy = proxy
        yield engine
        engine.process.terminate()
        engine.process.wait()
        proxy.down()
        with engine.celery.connection() as connection:
            for name in (engine.queue, "algorithm.toy_copy", "algorithm.toy_sleep"):
                connection.default_channel.queue_delete(name)


def test_rabbitmq_away_for_a_while_loses_nothing_and_priority_counts(rabbit, tmp_path):
    rabbit.start()
    assert rabbit.finish(rabbit.platform.add("toy_copy")).status == "COMPLETED"
    task, told = sleeper(rabbit, tmp_path)
    rabbit.platform.wait_for(told.exists)
    rabbit.proxy.down()
    low, high = rabbit.platform.add("toy_copy"), rabbit.platform.add("toy_copy")
    rabbit.offer(low, priority=1)
    rabbit.offer(high, priority=9)
    task.cancel = True
    rabbit.platform.wait_for(lambda: task.failure, "the attempt that outlived the broker")
    rabbit.proxy.up()
    rabbit.platform.wait_for(lambda: low.status == "COMPLETED", "the offers made meanwhile")
    order = [
        line.split("task=")[1].split()[0]
        for line in rabbit.log.read_text().splitlines()
        if "attempt.started" in line
    ]
    assert order.index(high.task_id) < order.index(low.task_id)
    assert "guest:guest" not in rabbit.log.read_text()
