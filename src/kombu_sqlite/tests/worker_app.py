"""The Celery application that the tests and their worker processes share."""

import os
import time
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import worker_ready
from kombu import Connection

import kombu_sqlite

URL = os.environ.get("KOMBU_SQLITE_TEST_URL", kombu_sqlite.url_for("unset.db"))


def make_app(url: str) -> Celery:
    app = Celery("probe", broker=url, backend="rpc://")
    app.conf.update(
        task_acks_late=True,
        task_default_queue="tasks",
        worker_prefetch_multiplier=1,
        worker_cancel_long_running_tasks_on_connection_loss=True,
        broker_connection_retry_on_startup=True,
    )
    return app


app = make_app(URL)


def tell(**event: Any) -> None:
    """Report to the test that waits on the queue `probe`."""
    with Connection(URL) as connection, connection.SimpleQueue("probe") as probe:
        probe.put(event)


@worker_ready.connect
def _ready(sender: Any, **_: Any) -> None:
    tell(ready=sender.hostname)


@app.task(name="size")
def size(text: str) -> int:
    return len(text)


@app.task(name="record")
def record(name: Any) -> None:
    tell(ran=name, at=time.time())


@app.task(bind=True, name="hold")
def hold(self: Any, marker: str) -> None:
    """Block until the marker file stands when run first; return at once when delivered again."""
    again = bool(self.request.delivery_info["redelivered"])
    tell(held=marker, again=again)
    while not again and not Path(marker).exists():
        time.sleep(0.02)
