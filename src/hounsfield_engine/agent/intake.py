"""Offers from the broker: a Celery worker that holds no message back.

Celery prefetches, so that a busy worker sits on messages another one could take. Here a message is acknowledged as it
arrives, in the consumer's thread, and an engine without a free slot stops consuming before it acknowledges: what it
cannot run stays in the queue.
"""

import importlib
import logging
import socket
import threading
from collections.abc import Callable
from typing import Any

from celery import Celery, Task
from celery.bootsteps import RUN  # type: ignore[attr-defined]  # missing in its stubs
from celery.worker import WorkController, state
from celery.worker.consumer import Consumer
from kombu import Exchange, Queue
from pydantic import ValidationError

from hounsfield_engine.agent import wire

log = logging.getLogger(__name__)
TASK = "engine.offer"
MAX_PRIORITY = 10
IDLE_S = 1.0  # how long a wait for the broker may delay a stop


class Slots:
    """Counts free places."""

    def __init__(self, capacity: int) -> None:
        self._free = capacity
        self._changed = threading.Condition()

    @property
    def full(self) -> bool:
        """Whether nothing more may be taken."""
        return self._free <= 0

    def take(self) -> None:
        """Occupy a place."""
        with self._changed:
            self._free -= 1

    def release(self) -> None:
        """Free a place."""
        with self._changed:
            self._free += 1
            self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Wait for a free place."""
        with self._changed:
            return self._changed.wait_for(lambda: not self.full, seconds)


class OfferApp(Celery):
    """The Celery application of an engine."""

    slots: Slots
    execute: Callable[[wire.Offer], None]


class OfferConsumer(Consumer):
    """Celery's consumer, consuming only while there is a free slot."""

    task_consumer: Any  # set by Celery when connected
    consuming = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial_prefetch_count = 1
        self.amqheartbeat = self.app.conf.broker_heartbeat

    @staticmethod
    def loop(consumer: Any, connection: Any, task_consumer: Any, blueprint: Any, *_: Any) -> None:
        """Celery's blocking loop, with the slots in charge."""
        task_consumer.on_message = consumer.create_task_handler()
        consumer.consuming = False
        consumer.on_ready()
        while blueprint.state == RUN and consumer.connection:
            state.maybe_shutdown()
            if connection.supports_heartbeats:
                connection.heartbeat_check()
            if not consumer.app.slots.wait(IDLE_S):
                _drain(connection, 0.01)  # only the broker's heartbeats
                continue
            if not consumer.consuming:
                task_consumer.consume()
                consumer.consuming = True
            _drain(connection, IDLE_S)

    def pause(self) -> None:
        """Leave further messages in the queue, until there is a free slot again."""
        self.task_consumer.cancel()
        self.consuming = False


def _drain(connection: Any, seconds: float) -> None:
    try:
        connection.drain_events(timeout=seconds)
    except socket.timeout:  # noqa: UP041 - kombu's transports raise this name
        return


def on_offer(_task: Any, app: OfferApp, consumer: Any, **_: Any) -> Callable[..., None]:
    """Celery's strategy of the task: what to do with a message, in the consumer's thread."""

    def receive(message: Any, *_: Any, **__: Any) -> None:
        offer = _read(message)
        if offer is None:
            message.reject_log_error(log, consumer.connection_errors)
            return
        app.slots.take()
        if app.slots.full:
            consumer.pause()
        message.ack_log_error(log, consumer.connection_errors)
        consumer.pool.apply_async(_execute, (app, offer), callback=_ignore)

    return receive


class OfferTask(Task):  # type: ignore[type-arg]  # Celery's classes take no arguments at run time
    """Known to Celery by name only: its messages go to `on_offer`, and it has no body."""

    name = TASK
    Strategy = f"{__name__}:{on_offer.__name__}"
    ignore_result = True


def _read(message: Any) -> wire.Offer | None:
    try:
        _, kwargs, _ = message.decode()
        return wire.Offer.model_validate(kwargs)
    except (ValueError, TypeError, ValidationError) as error:
        log.error("offer.unreadable reason=%s", type(error).__name__)
        return None


def _execute(app: OfferApp, offer: wire.Offer) -> None:
    try:
        app.execute(offer)
    except Exception:  # the executor reports its own errors: this is a defect, and must not take the thread
        log.exception("offer.broken task=%s epoch=%d", offer.task_id, offer.epoch)
    finally:
        app.slots.release()


def _ignore(_: object) -> None:
    """Celery's pool wants a callback for results; offers have none."""


def make_app(broker_url: str, exchange: str, queues: list[str], slots: Slots) -> OfferApp:
    """Configure Celery for the queues the platform named at registration."""
    if broker_url.startswith("sqlitemq:"):
        # an optional transport, found by its URL: importing it registers the scheme with kombu
        importlib.import_module("kombu_sqlite")
    app = OfferApp("hounsfield-engine", broker=broker_url, set_as_current=False)
    app.slots = slots
    tasks = Exchange(exchange, type="direct", durable=True)
    arguments = {"x-max-priority": MAX_PRIORITY} if broker_url.startswith("amqp") else None
    app.conf.update(
        task_queues=[
            Queue(name, tasks, routing_key=name, durable=True, queue_arguments=arguments) for name in queues
        ],
        task_create_missing_queues=False,
        accept_content=["json"],
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_heartbeat=30,
        worker_detect_quorum_queues=False,
        worker_enable_prefetch_count_reduction=False,
        worker_enable_remote_control=False,
        worker_prefetch_multiplier=1,
        worker_consumer=OfferConsumer,
    )
    app.register_task(OfferTask())
    return app


def _should_stop(status: int | None) -> None:
    """Celery's own flag for a warm shutdown, looked at by its loops and retries; it is one per process."""
    setattr(state, "should_stop", status)  # noqa: B010 - its stub says None


class Intake(threading.Thread):
    """The worker in its own thread; ends when told, once the attempts in its pool have ended."""

    def __init__(self, app: OfferApp, node: str, capacity: int) -> None:
        super().__init__(name="intake", daemon=True)
        self._app = app
        self._node = node
        self._capacity = capacity
        self._leaving = threading.Event()

    def stop(self) -> None:
        """Take no more offers."""
        self._leaving.set()
        _should_stop(0)

    def run(self) -> None:
        """Work until stopped, starting anew if Celery gives up."""
        self._app.set_default()
        _should_stop(None)
        while not self._leaving.is_set():
            worker = WorkController(
                app=self._app,
                hostname=f"hounsfield-engine@{self._node}",
                pool_cls="threads",
                concurrency=self._capacity,
                use_eventloop=False,
                without_mingle=True,
                without_gossip=True,
                without_heartbeat=True,
            )
            worker.start()
            if not self._leaving.wait(2.0):
                log.error("intake.restarted")
