"""The channel: kombu's virtual AMQP operations, carried out on the file."""

import os
import threading
from queue import Empty
from typing import Any

from amqp.exceptions import RecoverableConnectionError
from amqp.protocol import queue_declare_ok_t
from kombu.exceptions import ChannelError
from kombu.transport import virtual
from kombu.transport.base import to_rabbitmq_queue_arguments  # type: ignore[attr-defined]  # missing in the stubs
from kombu.utils.json import dumps, loads
from kombu.utils.uuid import uuid

from kombu_sqlite import messages, sessions, topology
from kombu_sqlite.messages import Delivery

_PERSISTENT = 2  # AMQP's delivery_mode


class QoS:
    """What one channel has claimed and not yet acknowledged. Pool threads may acknowledge."""

    def __init__(self, channel: "Channel", prefetch_count: int = 0) -> None:
        self._channel = channel
        self._prefetch_count = prefetch_count
        self._unacked: set[str] = set()
        self._lock = threading.Lock()

    @property
    def prefetch_count(self) -> int:
        return self._prefetch_count

    @prefetch_count.setter
    def prefetch_count(self, count: int) -> None:
        self._prefetch_count = count
        self._channel.connection.look_again()

    def can_consume(self) -> bool:
        return not self._prefetch_count or len(self._unacked) < self._prefetch_count

    def append(self, _message: Any, delivery_tag: str) -> None:
        with self._lock:
            self._unacked.add(delivery_tag)

    def ack(self, delivery_tag: str) -> None:
        messages.ack(self._channel.db, self._channel.session, delivery_tag)
        self._settle(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        if requeue:
            messages.put_back(self._channel.db, self._channel.session, [delivery_tag])
            self._settle(delivery_tag)
        else:
            self.ack(delivery_tag)

    def _settle(self, delivery_tag: str) -> None:
        with self._lock:
            was_full = not self.can_consume()
            self._unacked.discard(delivery_tag)
        if was_full and self._channel.connection is not None:
            self._channel.connection.look_again()  # it stopped looking, and this may be another thread

    def restore_unacked(self) -> None:
        with self._lock:
            tags, self._unacked = self._unacked, set()
        if tags:
            messages.put_back(self._channel.db, self._channel.session, tags)

    restore_unacked_once = restore_unacked


# The stubs list every AMQP parameter; the overrides below name only those they use.
_VirtualChannel: Any = virtual.Channel


class Channel(_VirtualChannel):
    """A channel on the broker's file."""

    QoS = QoS
    supports_fanout = True
    body_encoding = None  # SQLite keeps text and bytes as they are

    def __init__(self, connection: Any, **kwargs: Any) -> None:
        super().__init__(connection, **kwargs)
        self.db = connection.db
        self._no_ack_queues: set[str] = set()

    @property
    def session(self) -> int:
        if self.connection is None:
            raise RecoverableConnectionError(
                "the channel is closed; what it had not acknowledged was given back"
            )
        session: int = self.connection.session
        return session

    # exchanges, queues, bindings

    def prepare_queue_arguments(self, arguments: Any, **kwargs: Any) -> Any:
        return to_rabbitmq_queue_arguments(arguments, **kwargs)

    def exchange_declare(
        self,
        exchange: str | None = None,
        type: str | None = "direct",
        auto_delete: bool = False,
        passive: bool = False,
        **_: Any,
    ) -> None:
        kind = type or "direct"
        name = exchange or f"amq.{kind}"
        if passive:
            if topology.exchange_type(self.db, name) is None:
                raise _error(404, f"NOT_FOUND - no exchange {name!r}")
            return
        if kind not in topology.MATCHERS:
            raise _error(503, f"COMMAND_INVALID - unknown exchange type {kind!r}")
        found = topology.declare_exchange(self.db, name, kind, auto_delete=auto_delete)
        if found != kind:
            raise _error(406, f"PRECONDITION_FAILED - exchange {name!r} has type {found!r}, not {kind!r}")

    def exchange_delete(self, exchange: str, if_unused: bool = False, **_: Any) -> None:
        topology.delete_exchange(self.db, exchange, if_unused=if_unused)

    def queue_declare(
        self,
        queue: str | None = None,
        passive: bool = False,
        exclusive: bool = False,
        auto_delete: bool = False,
        arguments: dict[str, Any] | None = None,
        **_: Any,
    ) -> queue_declare_ok_t:
        name = queue or f"amq.gen-{uuid()}"
        if not passive:
            session = self.session if exclusive else None
            topology.declare_queue(
                self.db, name, auto_delete=auto_delete, session=session, arguments=arguments or {}
            )
        elif not topology.queue_exists(self.db, name):
            raise _error(404, f"NOT_FOUND - no queue {name!r}")
        return queue_declare_ok_t(name, self._size(name), topology.consumer_count(self.db, name))

    def queue_delete(self, queue: str, if_unused: bool = False, if_empty: bool = False, **_: Any) -> None:
        topology.delete_queue(self.db, queue, if_unused=if_unused, if_empty=if_empty)

    def queue_bind(self, queue: str, exchange: str | None = None, routing_key: str = "", **_: Any) -> None:
        if exchange:  # to the nameless one, every queue is bound by its own name
            topology.bind(self.db, queue, exchange, routing_key or "")

    def queue_unbind(self, queue: str, exchange: str | None = None, routing_key: str = "", **_: Any) -> None:
        topology.unbind(self.db, queue, exchange or "", routing_key or "")

    def list_bindings(self) -> Any:
        return topology.bindings(self.db)

    def _size(self, queue: str) -> int:
        return messages.ready_count(self.db, queue)

    def _purge(self, queue: str) -> int:
        return messages.purge(self.db, queue)

    # messages

    def basic_publish(self, message: dict[str, Any], exchange: str, routing_key: str, **_: Any) -> None:
        properties = message["properties"]
        properties["delivery_info"].update(exchange=exchange, routing_key=routing_key)
        expiration = properties.get("expiration")  # milliseconds, in text
        body = message.pop("body")
        messages.publish(
            self.db,
            topology.queues_for(self.db, exchange, routing_key),
            meta=dumps(message),
            body=body if isinstance(body, (str, bytes)) else bytes(body),
            priority=self._get_message_priority(message),
            ttl=None if expiration is None else float(expiration) / 1000,
            durable=properties.get("delivery_mode", _PERSISTENT) == _PERSISTENT,
        )

    def basic_consume(self, queue: str, no_ack: bool, callback: Any, consumer_tag: Any, **kwargs: Any) -> Any:
        if not topology.queue_exists(self.db, queue):
            raise _error(404, f"NOT_FOUND - no queue {queue!r}")
        if no_ack:
            self._no_ack_queues.add(queue)
        else:
            self._no_ack_queues.discard(queue)
        super().basic_consume(queue, no_ack, callback, consumer_tag, **kwargs)
        sessions.consume(self.db, self.session, consumer_tag, queue)
        self.connection.look_again()

    def basic_cancel(self, consumer_tag: str) -> None:
        known = consumer_tag in self._consumers
        super().basic_cancel(consumer_tag)
        if known:
            sessions.cancel(self.db, self.session, consumer_tag)

    def basic_get(self, queue: str, no_ack: bool = False, **_: Any) -> Any:
        sessions.touch(self.db, queue)
        delivery = messages.take(self.db, queue) if no_ack else messages.claim(self.db, queue, self.session)
        if delivery is None:
            return None
        message = self.Message(_payload(delivery), channel=self)
        if not no_ack:
            self.qos.append(message, delivery.tag)
        return message

    def _get(self, queue: str, **_: Any) -> dict[str, Any]:
        if queue in self._no_ack_queues:
            delivery = messages.take(self.db, queue)
        else:
            delivery = messages.claim(self.db, queue, self.session)
        if delivery is None:
            raise Empty
        return _payload(delivery)

    def close(self) -> None:
        if self.connection is not None and self.connection.pid != os.getpid():
            self._consumers.clear()  # a copy made by a fork: what it holds is the parent's
            self._qos = None
        super().close()


def _payload(delivery: Delivery) -> dict[str, Any]:
    payload: dict[str, Any] = loads(delivery.meta)
    payload["body"] = delivery.body
    properties = payload["properties"]
    properties["delivery_tag"] = delivery.tag
    properties["delivery_info"]["redelivered"] = delivery.redelivered
    return payload


def _error(code: int, text: str) -> ChannelError:
    return ChannelError(text, None, None, code)
