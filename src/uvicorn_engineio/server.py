"""`socketio.AsyncServer` over our connections: same handlers, rooms and namespaces, a shorter path to them."""

import asyncio
import logging
from collections.abc import Collection
from typing import Any

from socketio.exceptions import TimeoutError as ReplyTimeout

from uvicorn_engineio.engine import Engine
from uvicorn_engineio.handshake import Origins
from uvicorn_engineio.inbound import Inbound
from uvicorn_engineio.packets import encode
from uvicorn_engineio.rooms import Reply, RoomManager

logger = logging.getLogger("uvicorn_engineio")


class AsyncServer(Inbound):
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
            options = {"to": to, "skip_sid": skip_sid, "namespace": namespace}
            start = self.eio.start_background_task
            self.loop.call_soon_threadsafe(lambda: start(self._emit_reporting, event, data, options))

    async def _emit_reporting(self, event: str, data: Any, options: dict[str, Any]) -> None:
        try:
            await self.emit(event, data, **options)
        except Exception:  # nobody awaits this: say so instead of leaving it to the task's collection
            self.logger.exception("emit of %s failed", event)

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

    def attach(self, app: Any, socketio_path: str = "socket.io") -> None:
        raise NotImplementedError("pass websocket_protocol(server) to uvicorn as ws=")
