"""The Celery application that the tests and their worker processes share."""

import os
import time
from typing import Any

from celery import Celery
from celery.signals import worker_ready
from kombu import Connection

import kombu_sqlite

assert kombu_sqlite.SCHEME == "sqlitemq"  # the import alone registers the transport

URL = os.environ.get("KOMBU_SQLITE_TEST_URL", "sqlitemq:///unset.db")

app = Celery("probe", broker=URL, backend="rpc://")
app.conf.update(
    task_acks_late=True,
    worker_prefetch_multiplier=1,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    broker_connection_retry_on_startup=True,
    control_queue_durable=False,
    result_expires=60,
    task_default_queue="tasks",
)


def tell(event: Any) -> None:
    """Report to the test that waits on the queue `probe`."""
    with Connection(URL) as connection, connection.SimpleQueue("probe") as probe:
        probe.put(event)


@worker_ready.connect
def _ready(sender: Any, **_: Any) -> None:
    tell({"ready": sender.hostname})


@app.task
def add(a: int, b: int) -> int:
    return a + b


@app.task
def size(text: str) -> int:
    return len(text)


@app.task
def record(name: Any) -> None:
    tell({"ran": name, "pid": os.getpid()})


@app.task(bind=True)
def hold(self: Any, name: Any, marker: str) -> None:
    """Block for good when run first; return at once when delivered again."""
    again = bool(self.request.delivery_info["redelivered"])
    tell({"held": name, "redelivered": again, "pid": os.getpid()})
    while not again and not os.path.exists(marker):
        time.sleep(0.02)
