"""Offers from the broker: a Celery worker that holds no message back.

Celery prefetches, so that a busy worker sits on messages another one could take. Here a message is acknowledged as it
arrives, in the consumer's thread, and an engine without a free slot stops consuming before it acknowledges: what it
cannot run stays in the queue.
"""

import importlib
import logging
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from celery import Celery, Task
from celery.bootsteps import RUN  # type: ignore[attr-defined]  # missing in its stubs
from celery.worker import WorkController, state
from celery.worker.consumer import Consumer
from kombu import Exchange, Queue
from kombu.exceptions import KombuError
from pydantic import ValidationError

from hounsfield_engine.agent import wire

log = logging.getLogger(__name__)
TASK = "engine.offer"
IDLE_S = 0.5  # how long a wait for the broker may delay a stop


class Slots:
    """Counts free places."""

    def __init__(self, capacity: int) -> None:
        self._free = capacity
        self._changed = threading.Condition()

    @property
    def full(self) -> bool:
        """Whether nothing more may be taken."""
        return self._free <= 0

    def take(self) -> bool:
        """Occupy a place if there is one."""
        with self._changed:
            if self.full:
                return False
            self._free -= 1
            return True

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

    app: OfferApp
    task_consumer: Any  # set by Celery when connected
    connection_errors: tuple[type[Exception], ...]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial_prefetch_count = 1
        self.amqheartbeat = self.app.conf.broker_heartbeat
        self.arrived: deque[Any] = deque()
        self._consuming = False

    @staticmethod
    def loop(consumer: "OfferConsumer", connection: Any, task_consumer: Any, blueprint: Any, *_: Any) -> None:
        """Celery's hook for what its consumer does once connected."""
        task_consumer.on_message = consumer.create_task_handler()
        consumer.arrived.clear()  # what an earlier connection delivered, the broker delivers again
        consumer._consuming = False
        consumer.on_ready()
        while blueprint.state == RUN and consumer.connection:
            state.maybe_shutdown()
            consumer.turn(connection)

    def on_decode_error(self, message: Any, exc: Exception) -> None:
        """Reject what is no message at all, so that the broker sets it aside. Celery would drop it."""
        log.error("offer.unreadable reason=%s", type(exc).__name__)
        message.reject_log_error(log, self.connection_errors)

    def turn(self, connection: Any) -> None:
        """Wait a moment for a slot and a message. Messages are only collected while the broker is read: what is done
        with them talks to the broker too."""
        if connection.supports_heartbeats:
            connection.heartbeat_check()
        if not self.app.slots.wait(IDLE_S):
            _drain(connection, 0.01)  # only the broker's heartbeats
        else:
            if not self._consuming:
                self.task_consumer.consume()
                self._consuming = True
            if not self.arrived:
                _drain(connection, IDLE_S)
        while self.arrived:
            self._take(self.arrived.popleft())

    def _take(self, message: Any) -> None:
        """Acknowledge an offer and execute it, or put it back where another engine finds it."""
        offer = _read(message)
        if offer is None:
            message.reject_log_error(log, self.connection_errors)
        elif not self.app.slots.take():
            log.info("offer.put-back task=%s epoch=%d", offer.task_id, offer.epoch)
            message.reject_log_error(log, self.connection_errors, requeue=True)
        else:
            if self.app.slots.full:
                self.task_consumer.cancel()
                self._consuming = False
            message.ack_log_error(log, self.connection_errors)
            self.pool.apply_async(_execute, (self.app, offer), callback=_ignore)


def _drain(connection: Any, seconds: float) -> None:
    with suppress(TimeoutError):
        connection.drain_events(timeout=seconds)


def on_offer(_task: Any, _app: OfferApp, consumer: Any, **_: Any) -> Callable[..., None]:
    """Celery's strategy of the task: what to do with a message as it is read."""

    def receive(message: Any, *_: Any, **__: Any) -> None:
        consumer.arrived.append(message)

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
    except (KombuError, ValueError, TypeError, ValidationError) as error:
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


def make_app(
    broker_url: str, exchange: str, queues: list[str], arguments: dict[str, Any], slots: Slots
) -> OfferApp:
    """Configure Celery for the queues the platform named at registration."""
    if broker_url.startswith("sqlitemq:"):
        # an optional transport, found by its URL: importing it registers the scheme with kombu
        importlib.import_module("kombu_sqlite")
    app = OfferApp("hounsfield-engine", broker=broker_url, set_as_current=False)
    app.slots = slots
    tasks = Exchange(exchange, type="direct", durable=True)
    app.conf.update(
        task_queues=[
            Queue(name, tasks, routing_key=name, durable=True, queue_arguments=arguments or None)
            for name in queues
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
