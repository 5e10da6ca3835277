"""What carries messages between processes: Celery over RabbitMQ, or over one SQLite file on one machine.

Only the URL differs. Three kinds travel: jobs to workers, offers to engines, events to whoever shows them to people.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from amqp.exceptions import AMQPError, IrrecoverableChannelError
from celery import Celery
from kombu import Exchange, Queue
from kombu.exceptions import OperationalError

import kombu_sqlite  # noqa: F401  registers the sqlitemq:// scheme
from hounsfield.kit.outbox import OutboxMessage, Unpublishable

log = structlog.get_logger()

JOBS = "platform"
DEAD = "hounsfield.dead"
COMPUTE = Exchange("compute.tasks", type="direct", durable=True)
DEAD_LETTERS = Queue(DEAD, Exchange(DEAD, type="fanout", durable=True), durable=True)
EVENTS = Exchange("hounsfield.news", type="fanout", durable=False, delivery_mode="transient")
OFFER_TASK = "engine.offer"
MAX_PRIORITY = 10
OFFER_MILLISECONDS = 600_000  # by then the lease of an offer has long been given to another epoch
UNUSED_MILLISECONDS = 24 * 3_600_000  # the queue of an engine that never came back
JOB_MILLISECONDS = 6 * 3_600_000  # a job is acknowledged at its end: an ingest may take hours
DELIVERY_LIMIT = 20  # quorum queues only; the workers stop sooner (kit.jobs)
BROKER_ERRORS = (OSError, OperationalError, AMQPError)


@contextmanager
def as_oserror() -> Iterator[None]:
    """Raise what a library says of a broker that is away as OSError, which everybody here expects and waits out."""
    try:
        yield
    except IrrecoverableChannelError as error:
        raise Unpublishable(f"broker: {error}") from error
    except (OperationalError, AMQPError) as error:
        raise OSError(f"broker: {error}") from error


class Broker:
    """Publishes to the broker of a URL. Raises OSError where it is not reachable, Unpublishable where it says no."""

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

    @as_oserror()
    def publish(self, message: OutboxMessage) -> None:
        """Publish one row of the outbox."""
        body = message.body
        if message.kind == "job":
            self.celery.send_task(
                body["name"], kwargs=body["arguments"], queue=JOBS, priority=message.priority
            )
        elif message.kind == "offer":
            queue = self.compute_queue(body["queue"])
            # what Celery would send, without its dozen headers about chains, groups and time limits
            self._send(
                ((), {"task_id": body["task_id"], "epoch": body["epoch"]}, {}),
                exchange=COMPUTE,
                routing_key=queue.name,
                declare=[queue],
                headers={"lang": "py", "task": OFFER_TASK, "id": f"{body['task_id']}.{body['epoch']}"},
                priority=message.priority,
            )
        else:
            self.publish_events([body])

    @as_oserror()
    def publish_events(self, bodies: list[dict[str, Any]]) -> None:
        """Publish events, all in one message."""
        self._send(bodies, exchange=EVENTS, declare=[EVENTS], expiration=60)

    def _send(self, body: Any, **how: Any) -> None:
        policy = self.celery.conf.task_publish_retry_policy  # without one it would try for ever
        with self.celery.producer_pool.acquire(block=True, timeout=5) as producer:
            producer.publish(body, serializer="json", retry=True, retry_policy=policy, **how)

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

    @as_oserror()
    def depth(self, name: str) -> int | None:
        """Return how many messages wait in a queue, or None where there is no such queue."""
        with self.celery.connection_for_read() as connection:
            channel: Any = connection.default_channel  # the stubs know its base class only
            try:
                return int(channel.queue_declare(name, passive=True).message_count)
            except connection.channel_errors:
                return None

    @as_oserror()
    def ping(self) -> None:
        with self.celery.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, timeout=2)

    def close(self) -> None:
        self.celery.close()
