"""A real engine process against a fake platform over a real queue."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from celery import Celery
from kombu import Exchange, Queue

import kombu_sqlite  # noqa: F401 - registers the transport

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from engine_fake_platform import TOKEN, FakePlatform  # noqa: E402
from engine_process import Forked  # noqa: E402
from engine_toys import ALL  # noqa: E402

MAIN = "from hounsfield_engine.cli import main; main()"


class Engine:
    """What a test needs of one engine, its platform and its queue."""

    def __init__(self, folder: Path, engine_id: str, broker: str | None = None) -> None:
        self.folder, self.id = folder, engine_id
        self.platform = FakePlatform()
        self.work = folder / "work"
        self.log = folder / "engine.log"
        self.log.touch()
        self.broker = broker or f"sqlitemq:///{folder}/queue.db"
        self.celery = Celery("tests", broker=self.broker, set_as_current=False)
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(HERE),
            "PYTHONWARNINGS": "error::ResourceWarning",
            "HOUNSFIELD_ENGINE_TOKEN": TOKEN,
            "HOUNSFIELD_API_URL": self.platform.url,
            "HOUNSFIELD_BROKER_URL": self.broker,
            "HOUNSFIELD_ENGINE_ID": engine_id,
            "HOUNSFIELD_ENGINE_WORK_DIR": str(self.work),
            "HOUNSFIELD_ENGINE_ALGORITHMS": ",".join(f"engine_toys:{name}" for name in ALL),
            "HOUNSFIELD_ENGINE_SHUTDOWN_GRACE_S": "0.2",
        }
        self.platform.queue_arguments = self.queue_arguments or {}
        self.process: Forked | subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        self.process = Forked(self.environment, options, self.log)

    def start_through(self, *command: str, options: tuple[str, ...] = ()) -> None:
        """Start by another program, which gets the engine's command line as arguments."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, sys.executable, "-c", MAIN, "run", *options],
                env=self.environment,
                stdout=log,
                stderr=log,
            )

    @property
    def queue_arguments(self):
        return {"x-max-priority": 10} if self.broker.startswith("amqp") else None

    def offer(self, task, epoch=None, queue=None, priority=0) -> None:
        name = queue or f"engine.{self.id}"
        exchange = Exchange("compute.tasks", type="direct", durable=True)
        self.celery.send_task(
            "engine.offer",
            kwargs={"task_id": task.task_id, "epoch": epoch or task.epoch},
            queue=Queue(name, exchange, routing_key=name, durable=True, queue_arguments=self.queue_arguments),
            priority=priority,
        )

    def finish(self, task):
        """Offer the task and wait for the engine's last word on it."""
        self.offer(task)
        self.platform.wait_for(
            lambda: task.status in ("COMPLETED", "FAILED"),
            lambda: f"{task.algorithm}\n{self.log.read_text()}",
        )
        return task

    def close(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.platform.close()
        self.celery.close()


@contextmanager
def running(folder: Path, engine_id: str, broker: str | None = None):
    engine = Engine(folder, engine_id, broker)
    try:
        yield engine
        text = engine.log.read_text()
        assert TOKEN not in text
        ours = [line for line in text.splitlines() if "child.stderr" not in line]
        assert not any("Traceback" in line for line in ours), text
    finally:
        engine.close()


@pytest.fixture
def engine(tmp_path):
    """An engine of one's own, not started yet."""
    with running(tmp_path, "own") as engine:
        yield engine


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A running engine with two slots, for tests that leave it as they found it."""
    with running(tmp_path_factory.mktemp("engine"), "shared") as engine:
        engine.start("--capacity", "2")
        yield engine
