"""`socketio.AsyncServer` over our connections: same handlers, rooms and namespaces, a shorter path to them."""

import asyncio
import inspect
import logging
import sys
from collections.abc import Collection, Coroutine
from typing import TYPE_CHECKING, Any

import socketio
from socketio.exceptions import ConnectionRefusedError as Refusal
from socketio.exceptions import TimeoutError as ReplyTimeout
from socketio.packet import ACK, CONNECT, CONNECT_ERROR, DISCONNECT, EVENT

from uvicorn_engineio.engine import Engine
from uvicorn_engineio.handshake import Origins
from uvicorn_engineio.packets import Packet, encode, violation
from uvicorn_engineio.rooms import Reply, RoomManager

if TYPE_CHECKING:
    from uvicorn_engineio.connection import Connection

logger = logging.getLogger("uvicorn_engineio")


class AsyncServer(socketio.AsyncServer):
    """A Socket.IO server whose clients connect through `websocket_protocol`.

    Parameters
    ----------
    allowed_origins
        Origins a browser may connect from: None for the host of the request itself, "*" for any, a collection of
        origins (`https://host[:port]`), or a function from origin to bool. A request without Origin is no browser
        and passes.
    max_frame_bytes
        Largest message a client may send, summed over its fragments; each binary attachment is one message.
    max_buffered_bytes
        What may wait for one client that reads too slowly; the write that finds more waiting disconnects it.
    max_pending_events
        Handlers that may run at once for one client; beyond that its socket is not read.
    max_namespaces
        Namespaces one connection may be in.
    ping_interval, ping_timeout
        Seconds between pings, and until an unanswered one closes the connection.
    connect_timeout
        Seconds a connection may be in no namespace.
    close_timeout
        Seconds a client has to answer a close frame before the connection is cut.
    client_manager
        A `RoomManager`, or a pub/sub manager that also inherits from it.
    namespaces
        Accepted beside those with handlers; "*" accepts all.
    """

    def __init__(
        self,
        *,
        allowed_origins: Origins = None,
        max_frame_bytes: int = 1_000_000,
        max_buffered_bytes: int = 4_000_000,
        max_pending_events: int = 100,
        max_namespaces: int = 32,
        ping_interval: float = 25.0,
        ping_timeout: float = 20.0,
        connect_timeout: float = 10.0,
        close_timeout: float = 1.0,
        client_manager: RoomManager | None = None,
        namespaces: Collection[str] | None = None,
        logger: logging.Logger = logger,
    ) -> None:
        self.allowed_origins = allowed_origins
        self.max_frame_bytes = max_frame_bytes
        self.max_buffered_bytes = max_buffered_bytes
        self.max_pending_events = max_pending_events
        self.max_namespaces = max_namespaces
        self.close_timeout = close_timeout
        # the loop that serves; known from the first upgrade on, or set it in the application's lifespan
        self.loop: asyncio.AbstractEventLoop | None = None
        self.manager_initialized = False
        super().__init__(
            client_manager=client_manager or RoomManager(),
            namespaces=namespaces,
            logger=logger,
            ping_interval=ping_interval,
            ping_timeout=ping_timeout,
            connect_timeout=connect_timeout,
            max_frame_bytes=max_frame_bytes,
        )

    def _engineio_server_class(self) -> type[Engine]:
        return Engine

    # sending

    def emit_threadsafe(
        self,
        event: str,
        data: Any = None,
        *,
        to: str | Collection[str] | None = None,
        skip_sid: str | Collection[str] | None = None,
        namespace: str = "/",
    ) -> None:
        """Emit from any thread; returns at once. Before the first client there is nobody to tell.

        Raises
        ------
        RuntimeError
            If the loop is closed.
        """
        if self.loop is not None:
            emit = (self.emit, event, data)
            options = {"to": to, "skip_sid": skip_sid, "namespace": namespace}
            self.loop.call_soon_threadsafe(lambda: self.eio.start_background_task(*emit, **options))

    async def call(
        self,
        event: str,
        data: Any = None,
        to: str | None = None,
        sid: str | None = None,
        namespace: str | None = None,
        timeout: float | None = 60,
        ignore_queue: bool = False,
    ) -> Any:
        """Emit to one client and return its answer.

        Raises
        ------
        socketio.exceptions.TimeoutError
            If no answer came within `timeout` seconds.
        socketio.exceptions.DisconnectedError
            If the client left first.
        """
        recipient = to or sid
        if recipient is None:
            raise ValueError("call() needs one recipient")
        reply = Reply()
        await self.emit(
            event, data, to=recipient, namespace=namespace, callback=reply, ignore_queue=ignore_queue
        )
        try:
            args = await asyncio.wait_for(reply.future, timeout)
        except TimeoutError:
            raise ReplyTimeout from None
        finally:
            self.manager.forget_callback(recipient, reply)
        return args if len(args) > 1 else args[0] if args else None

    async def _send_packet(self, eio_sid: str, pkt: Any) -> None:
        if connection := self.eio.sockets.get(eio_sid):
            connection.write(encode(pkt.packet_type, pkt.namespace or "/", pkt.data, pkt.id))

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
            elif self.manager.is_connected(sid, namespace):
                self._start(connection, self._depart(connection, namespace, sid, reason))
        self._forget_if_empty(connection)

    def _forget_if_empty(self, connection: "Connection") -> None:
        if self.manager.memberships(connection.sid):
            return
        if connection.closing:
            self.eio.sockets.pop(connection.sid, None)
            self.environ.pop(connection.sid, None)
        else:
            self.eio.wheel.await_join(connection)

    async def disconnect(self, sid: str, namespace: str | None = None, ignore_queue: bool = False) -> None:
        """Put a client out of a namespace; from its connect handler, refuse it."""
        namespace = namespace or "/"
        eio_sid = self.manager.eio_sid_from_sid(sid, namespace)
        if eio_sid is None:
            if not ignore_queue:
                await self.manager.can_disconnect(
                    sid, namespace
                )  # a pub/sub manager asks the other processes
        elif self.manager.is_connected(sid, namespace):
            connection = self.eio.sockets[eio_sid]
            connection.write(encode(DISCONNECT, namespace))
            await self._depart(connection, namespace, sid, self.reason.SERVER_DISCONNECT)
        else:
            self.manager.pre_disconnect(sid, namespace)

    async def _depart(self, connection: "Connection", namespace: str, sid: str, reason: str) -> None:
        self.manager.pre_disconnect(sid, namespace)
        try:
            await self._trigger_event("disconnect", namespace, sid, reason)
        finally:
            await self.manager.disconnect(sid, namespace, ignore_queue=True)
            self._forget_if_empty(connection)

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
            reason = self.reason.CLIENT_DISCONNECT
            self.manager.pre_disconnect(sid, namespace)
            self._start(connection, self._depart(connection, namespace, sid, reason))

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
                self._forget_if_empty(connection)
        if not admitted:
            return
        if self.manager.is_leaving(sid, namespace):
            # admitted, but gone meanwhile or put out by its own handler: the application learns of both ends
            connection.write(encode(CONNECT_ERROR, namespace, refusal))
            reason = self.reason.TRANSPORT_CLOSE if connection.closing else self.reason.SERVER_DISCONNECT
            await self._depart(connection, namespace, sid, reason)
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

    def _start(self, connection: "Connection", work: Coroutine[Any, Any, Any]) -> None:
        """Run a handler as a task that uvicorn waits for when it shuts down."""
        loop = asyncio.get_running_loop()
        connection.handler_started()
        if sys.version_info >= (3, 12):
            task = asyncio.Task(work, loop=loop, eager_start=True)
        else:
            task = loop.create_task(work)
        connection.tasks.add(task)
        task.add_done_callback(connection.handler_ended)

    # what this server does another way

    def attach(self, app: Any, socketio_path: str = "socket.io") -> None:
        raise NotImplementedError("pass websocket_protocol(server) to uvicorn as ws=")
