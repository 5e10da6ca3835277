"""What carries messages between processes: Celery over RabbitMQ, or over one SQLite file on one machine.

Only the URL differs. Three kinds travel: jobs to workers, offers to engines, events to whoever shows them to people.
"""

import threading
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from celery import Celery
from kombu import Consumer, Exchange, Message, Queue

import kombu_sqlite  # noqa: F401  registers the sqlitemq:// scheme
from hounsfield.kit.outbox import OutboxMessage

log = structlog.get_logger()

JOBS = "platform"
COMPUTE = Exchange("compute.tasks", type="direct", durable=True)
EVENTS = Exchange("hounsfield.events", type="fanout", durable=False, delivery_mode="transient")
OFFER_TASK = "engine.offer"


class Broker:
    """Publishes to the broker of a URL. Raises OSError (kombu's OperationalError is one) where it is not reachable."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._amqp = url.startswith("amqp")
        self.celery = Celery("hounsfield", broker=url, set_as_current=False)
        self.celery.conf.update(
            task_ignore_result=True,
            task_default_queue=JOBS,
            task_acks_late=True,
            task_reject_on_worker_lost=True,
            worker_prefetch_multiplier=1,
            worker_hijack_root_logger=False,
            broker_connection_retry_on_startup=True,
            worker_cancel_long_running_tasks_on_connection_loss=False,
            broker_transport_options={"confirm_publish": True} if self._amqp else {},
            task_publish_retry=True,
            task_publish_retry_policy={"max_retries": 2, "interval_start": 0.1, "interval_step": 0.2},
        )

    def publish(self, message: OutboxMessage) -> None:
        """Publish one row of the outbox."""
        body = message.body
        if message.kind == "job":
            self.celery.send_task(
                body["name"], kwargs=body["arguments"], queue=JOBS, priority=message.priority
            )
        elif message.kind == "offer":
            self.celery.send_task(
                OFFER_TASK,
                kwargs={"task_id": body["task_id"], "epoch": body["epoch"]},
                queue=self.compute_queue(body["queue"]),  # type: ignore[arg-type]  # Celery takes Queue objects
                priority=message.priority,
            )
        else:
            self.publish_event(body)

    def publish_event(self, body: dict[str, Any]) -> None:
        with self.celery.producer_pool.acquire(block=True, timeout=5) as producer:
            producer.publish(
                body, exchange=EVENTS, declare=[EVENTS], serializer="json", retry=True, expiration=60
            )

    def compute_queue(self, name: str) -> Queue:
        """Return a compute queue, declared alike by the platform and its engines."""
        arguments = {"x-max-priority": 10} if self._amqp else None
        return Queue(name, COMPUTE, routing_key=name, durable=True, queue_arguments=arguments)

    def ping(self) -> None:
        with self.celery.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, timeout=2)

    def close(self) -> None:
        self.celery.close()


class EventTap(threading.Thread):
    """Hears every event that any process publishes, from the moment it is started; reconnects by itself."""

    def __init__(self, broker: Broker, hear: Callable[[dict[str, Any]], None], *, name: str) -> None:
        super().__init__(name=f"event-tap-{name}", daemon=True)
        self._broker, self._hear = broker, hear
        self._stopping = threading.Event()
        self._queue = f"events.{name}.{uuid.uuid4().hex[:12]}"

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except (OSError, ConnectionError) as error:
                log.warning("events.reconnect", error=str(error))
                self._stopping.wait(1)

    def _listen(self) -> None:
        queue = Queue(self._queue, EVENTS, durable=False, auto_delete=True, expires=120.0)
        with (
            self._broker.celery.connection_for_read() as connection,
            Consumer(connection, [queue], callbacks=[self._received], no_ack=True, accept=["json"]),
        ):
            while not self._stopping.is_set():
                try:
                    connection.drain_events(timeout=1)
                except TimeoutError:
                    continue

    def _received(self, body: dict[str, Any], _message: Message) -> None:
        self._hear(body)

    def stop(self) -> None:
        self._stopping.set()
        self.join(timeout=5)
