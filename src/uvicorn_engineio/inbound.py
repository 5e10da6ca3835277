"""The half of the server that acts on what clients do: they come, send packets, and go."""

import asyncio
import inspect
import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

import socketio
from socketio.exceptions import ConnectionRefusedError as Refusal
from socketio.packet import ACK, CONNECT, CONNECT_ERROR, DISCONNECT, EVENT

from uvicorn_engineio.packets import Packet, encode, violation

if TYPE_CHECKING:
    from uvicorn_engineio.connection import Connection


class Inbound(socketio.AsyncServer):
    """Takes the place of the `_handle_*` methods of `socketio.AsyncServer`."""

    max_namespaces: int
    manager_initialized = False

    # connections come and go

    def connection_opened(self, connection: "Connection", environ: dict[str, Any]) -> None:
        if not self.manager_initialized:
            self.manager_initialized = True
            self.manager.initialize()
        self.environ[connection.sid] = environ
        self.eio.sockets[connection.sid] = connection
        self.eio.wheel.add(connection)

    def connection_closed(self, connection: "Connection", reason: str) -> None:
        """Tell the handlers; called once, in the turn of the loop in which the connection ended."""
        self.eio.wheel.remove(connection)
        for namespace, sid in self.manager.memberships(connection.sid).items():
            if self.manager.is_pre_connected(sid, namespace):
                self.manager.pre_disconnect(sid, namespace)  # _admit finds it gone
            else:
                self._depart(connection, namespace, sid, reason)

    def forget(self, connection: "Connection") -> None:
        """Drop session and environ; called once the connection is closed and its last handler has ended."""
        del self.eio.sockets[connection.sid]
        del self.environ[connection.sid]

    async def disconnect(self, sid: str, namespace: str | None = None, ignore_queue: bool = False) -> None:
        """Put a client out of a namespace; from its connect handler, refuse it."""
        namespace = namespace or "/"
        eio_sid = self.manager.eio_sid_from_sid(sid, namespace)
        if eio_sid is None:
            if not ignore_queue:
                # it may be another process's client: a pub/sub manager passes the question on
                await self.manager.can_disconnect(sid, namespace)
        elif self.manager.is_connected(sid, namespace):
            connection = self.eio.sockets[eio_sid]
            connection.write(encode(DISCONNECT, namespace))
            await asyncio.wait([self._depart(connection, namespace, sid, self.reason.SERVER_DISCONNECT)])
        else:
            self.manager.pre_disconnect(sid, namespace)

    def _depart(
        self, connection: "Connection", namespace: str, sid: str, reason: str
    ) -> "asyncio.Task[None]":
        self.manager.pre_disconnect(sid, namespace)  # from now on the client may join the namespace again
        if not connection.closing and not self.manager.memberships(connection.sid):
            self.eio.wheel.await_join(connection)
        return self._start(connection, self._say_goodbye(namespace, sid, reason))

    async def _say_goodbye(self, namespace: str, sid: str, reason: str) -> None:
        try:
            await self._trigger_event("disconnect", namespace, sid, reason)
        finally:
            await self.manager.disconnect(sid, namespace, ignore_queue=True)

    # packets come in

    def receive(self, connection: "Connection", packet: Packet) -> None:
        """Act on one packet; raise `ProtocolError` if it may not come now."""
        namespace = packet.namespace
        if packet.kind == CONNECT:
            self._receive_connect(connection, namespace, packet.data)
            return
        sid = self.manager.sid_from_eio_sid(connection.sid, namespace)
        if sid is None or not self.manager.is_connected(sid, namespace):
            if sid is not None and packet.kind == DISCONNECT:
                self.manager.pre_disconnect(sid, namespace)
            elif not connection.joined:
                raise violation("packet before CONNECT")
            return  # crossed our own DISCONNECT on the way
        if packet.kind == EVENT:
            self._receive_event(connection, sid, packet)
        elif packet.kind == ACK:
            self._start(connection, self.manager.trigger_callback(sid, packet.ack_id, packet.data))
        else:
            self._depart(connection, namespace, sid, self.reason.CLIENT_DISCONNECT)

    def _receive_connect(self, connection: "Connection", namespace: str, auth: Any) -> None:
        known = (
            namespace in self.handlers
            or namespace in self.namespace_handlers
            or self.namespaces == "*"
            or namespace in self.namespaces
        )
        if not known:
            connection.write(encode(CONNECT_ERROR, namespace, {"message": "Invalid namespace"}))
            return
        if len(self.manager.memberships(connection.sid)) >= self.max_namespaces:
            raise violation("too many namespaces")
        sid = self.manager.reserve(connection.sid, namespace)
        if sid is None:
            raise violation("namespace already connected")
        self._start(connection, self._admit(connection, namespace, sid, auth))

    async def _admit(self, connection: "Connection", namespace: str, sid: str, auth: Any) -> None:
        refusal = Refusal().error_args
        admitted = False
        try:
            args = self._connect_arguments(namespace, sid, self.environ[connection.sid], auth)
            admitted = await self._trigger_event("connect", namespace, *args) is not False
        except Refusal as error:
            refusal = error.error_args
        except ConnectionRefusedError:
            refusal = {"message": "Connection refused by server"}
        finally:
            if not admitted:
                connection.write(encode(CONNECT_ERROR, namespace, refusal))
                await self.manager.disconnect(sid, namespace, ignore_queue=True)
        if not admitted:
            return
        if self.manager.is_leaving(sid, namespace):
            # admitted, but gone meanwhile or put out by its own handler: the application learns of both ends
            connection.write(encode(CONNECT_ERROR, namespace, refusal))
            reason = self.reason.TRANSPORT_CLOSE if connection.closing else self.reason.SERVER_DISCONNECT
            await self._say_goodbye(namespace, sid, reason)
            return
        connection.write(encode(CONNECT, namespace, {"sid": sid}))
        await self.manager.connect(sid, namespace)
        connection.joined = True
        self.eio.wheel.joined(connection)

    def _connect_arguments(
        self, namespace: str, sid: str, environ: dict[str, Any], auth: Any
    ) -> tuple[Any, ...]:
        """Return what the connect handler takes: older ones have no `auth`."""
        handler, args = self._get_event_handler("connect", namespace, (sid, environ, auth))
        if handler is None:
            owner, args = self._get_namespace_handler(namespace, (sid, environ, auth))
            handler = getattr(owner, "on_connect", None)
        if handler is None:
            return sid, environ, auth
        try:
            inspect.signature(handler).bind(*args)
        except TypeError:
            return sid, environ
        return sid, environ, auth

    def _receive_event(self, connection: "Connection", sid: str, packet: Packet) -> None:
        name, *data = packet.data
        handler, args = self._get_event_handler(name, packet.namespace, (sid, *data))
        if handler is None or inspect.iscoroutinefunction(handler):
            self._start(connection, self._handle(connection, sid, packet, name, data))
            return
        try:
            result = handler(*args)
        except Exception:  # an application's error is its own, not the connection's
            self.logger.exception("handler of %s failed", name)
        else:
            self._acknowledge(connection, packet, result)

    async def _handle(
        self, connection: "Connection", sid: str, packet: Packet, name: str, data: list[Any]
    ) -> None:
        result = await self._trigger_event(name, packet.namespace, sid, *data)
        self._acknowledge(connection, packet, result)

    def _acknowledge(self, connection: "Connection", packet: Packet, result: Any) -> None:
        if packet.ack_id is None or result is self.not_handled:
            return
        data = [] if result is None else list(result) if isinstance(result, tuple) else [result]
        connection.write(encode(ACK, packet.namespace, data, packet.ack_id))

    def _start(self, connection: "Connection", work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Run a handler as a task that uvicorn waits for when it shuts down."""
        loop = asyncio.get_running_loop()
        connection.handler_started()
        if sys.version_info >= (3, 12):
            task = asyncio.Task(work, loop=loop, eager_start=True)
        else:
            task = loop.create_task(work)
        connection.tasks.add(task)
        task.add_done_callback(connection.handler_ended)
        return task
