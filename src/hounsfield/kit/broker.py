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
DEAD = "hounsfield.dead"
COMPUTE = Exchange("compute.tasks", type="direct", durable=True)
DEAD_LETTERS = Queue(DEAD, Exchange(DEAD, type="fanout", durable=True), durable=True)
EVENTS = Exchange("hounsfield.events", type="fanout", durable=False, delivery_mode="transient")
OFFER_TASK = "engine.offer"
MAX_PRIORITY = 10
OFFER_MILLISECONDS = 600_000  # by then the lease of an offer has long been given to another epoch
UNUSED_MILLISECONDS = 24 * 3_600_000  # the queue of an engine that never came back
JOB_MILLISECONDS = 6 * 3_600_000  # a job is acknowledged at its end: an ingest may take hours
DELIVERY_LIMIT = 20  # quorum queues only; the workers stop sooner (kit.jobs)


class Broker:
    """Publishes to the broker of a URL. Raises OSError (kombu's OperationalError is one) where it is not reachable."""

    def __init__(self, url: str, *, queue_type: str = "classic") -> None:
        self.url = url
        self.is_amqp = url.startswith("amqp")
        self._type = queue_type
        self.celery = Celery("hounsfield", broker=url, set_as_current=False)
        self.celery.conf.update(
            task_ignore_result=True,
            task_default_queue=JOBS,
            task_queues=[Queue(JOBS, Exchange(JOBS), routing_key=JOBS, queue_arguments=self._job_arguments)],
            task_acks_late=True,
            task_reject_on_worker_lost=True,
            worker_prefetch_multiplier=1,
            worker_hijack_root_logger=False,
            broker_connection_retry_on_startup=True,
            worker_cancel_long_running_tasks_on_connection_loss=False,
            broker_transport_options={"confirm_publish": True} if self.is_amqp else {},
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

    @property
    def queue_arguments(self) -> dict[str, Any]:
        """How compute queues are declared; RabbitMQ refuses two declarations that differ."""
        if not self.is_amqp:
            return {}
        return self._kind | {"x-message-ttl": OFFER_MILLISECONDS, "x-expires": UNUSED_MILLISECONDS}

    @property
    def _job_arguments(self) -> dict[str, Any] | None:
        # older servers do not know the timeout as an argument: there it stands in rabbitmq.conf (docs/operations.md)
        return self._kind | {"x-consumer-timeout": JOB_MILLISECONDS} if self.is_amqp else None

    @property
    def _kind(self) -> dict[str, Any]:
        if self._type == "quorum":  # without priorities: then the scheduler's order alone decides
            kind: dict[str, Any] = {"x-queue-type": "quorum", "x-delivery-limit": DELIVERY_LIMIT}
        else:
            kind = {"x-max-priority": MAX_PRIORITY}
        return kind | {"x-dead-letter-exchange": DEAD}

    def compute_queue(self, name: str) -> Queue:
        """Return a compute queue, declared alike by the platform and its engines."""
        return Queue(
            name, COMPUTE, routing_key=name, durable=True, queue_arguments=self.queue_arguments or None
        )

    def depth(self, name: str) -> int | None:
        """Return how many messages wait in a queue, or None where there is no such queue."""
        with self.celery.connection_for_read() as connection:
            channel: Any = connection.default_channel  # the stubs know its base class only
            try:
                return int(channel.queue_declare(name, passive=True).message_count)
            except connection.channel_errors:
                return None

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
