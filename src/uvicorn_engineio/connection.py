"""One Engine.IO connection: an asyncio protocol between the transport and the Socket.IO server."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from uvicorn_engineio import packets
from uvicorn_engineio.frames import (
    CloseCode,
    FrameReader,
    Opcode,
    ProtocolError,
    close_code,
    close_frame,
    frame,
)

if TYPE_CHECKING:
    from uvicorn.server import ServerState

    from uvicorn_engineio.server import AsyncServer

_TEXT, _BINARY, _CLOSE, _PING = 0x1, 0x2, 0x8, 0x9


def _discard(_frame: bytes) -> None:
    """Take the place of `Connection.write` once nothing more may be sent."""


class Connection(asyncio.Protocol):
    """A connected client; `write` takes ready-made frames and always does the right thing with them.

    It is the transport's own `write` while the client keeps up, a bounded one while it lags, and a no-op once
    the connection is closing.
    """

    __slots__ = (
        "_close_timer",
        "_framing_lost",
        "_partial",
        "_pending",
        "_reader",
        "_server",
        "_state",
        "_transport",
        "closing",
        "joined",
        "pinged_at",
        "session",
        "sid",
        "slot",
        "write",
    )

    def __init__(
        self, sid: str, server: "AsyncServer", state: "ServerState", transport: asyncio.Transport
    ) -> None:
        self.sid = sid
        self.session: dict[str, Any] = {}
        self.closing = False
        self.joined = False  # has ever been admitted to a namespace
        self.slot = 0  # place on the wheel
        self.pinged_at = 0  # tick of the unanswered ping; 0 if none
        self.write: Callable[[bytes], None] = transport.write
        self._server = server
        self._state = state
        self._transport = transport
        self._reader = FrameReader(server.max_frame_bytes)
        self._partial: packets.Packet | None = None  # waits for attachments
        self._pending = 0  # handlers running
        self._framing_lost = False
        self._close_timer: asyncio.TimerHandle | None = None
        state.connections.add(self)  # type: ignore[arg-type]  # shutdown() is all uvicorn calls

    # what asyncio and uvicorn call

    def data_received(self, data: bytes) -> None:
        if self._framing_lost:
            return
        self._reader.feed(data)
        self._process()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._close_timer is not None:
            self._close_timer.cancel()
        self._state.connections.discard(self)
        reason = self._server.reason
        self._leave(reason.TRANSPORT_CLOSE if exc is None else reason.TRANSPORT_ERROR)

    def pause_writing(self) -> None:
        if not self.closing:
            self.write = self._write_lagging

    def resume_writing(self) -> None:
        if not self.closing:
            self.write = self._transport.write

    def shutdown(self) -> None:
        self.close(CloseCode.SERVICE_RESTART, "server shutting down", "server shutting down")

    # closing

    def close(self, code: int, text: str = "", reason: str | None = None) -> None:
        """Send a close frame, tell the server `reason`, and give the peer `close_timeout` to answer."""
        if self.closing:
            return
        write = self.write
        self._leave(reason or self._server.reason.TRANSPORT_ERROR)
        write(close_frame(code, text))
        if not self._transport.is_closing():
            self._transport.resume_reading()
        loop = asyncio.get_running_loop()
        self._close_timer = loop.call_later(self._server.close_timeout, self._transport.abort)

    def time_out(self) -> None:
        self.close(CloseCode.POLICY_VIOLATION, "ping timeout", self._server.reason.PING_TIMEOUT)

    def _leave(self, reason: str) -> None:
        if not self.closing:
            self.closing = True
            self.write = _discard
            self._partial = None
            self._server.connection_closed(self, reason)
            if not self._pending:
                self._server.forget(self)

    def _write_lagging(self, data: bytes) -> None:
        if self._transport.get_write_buffer_size() > self._server.max_buffered_bytes:
            # connection_lost follows on a later turn of the loop, so a broadcast may go on over its members
            self.write = _discard
            self._transport.abort()
        else:
            self._transport.write(data)

    # handlers in flight

    def handler_started(self) -> None:
        self._pending += 1
        if self._pending == self._server.max_pending_events and not self._transport.is_closing():
            self._transport.pause_reading()

    @property
    def tasks(self) -> "set[asyncio.Task[None]]":
        return self._state.tasks

    def handler_ended(self, task: "asyncio.Task[Any]") -> None:
        self._state.tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            # an application's error is its own, not the connection's
            self._server.logger.error("handler failed", exc_info=error)
        self._pending -= 1
        if self.closing:
            if not self._pending:
                self._server.forget(self)
        elif self._pending == self._server.max_pending_events - 1 and not self._transport.is_closing():
            self._transport.resume_reading()
            self._process()

    # incoming

    def _process(self) -> None:
        try:
            while self.closing or self._pending < self._server.max_pending_events:
                message = self._reader.next_message()
                if message is None:
                    return
                if not self.closing:
                    self._receive(*message)
                elif message[0] == _CLOSE:
                    self._transport.close()
                    return
        except ProtocolError as error:
            self._framing_lost = error.code in (CloseCode.PROTOCOL_ERROR, CloseCode.TOO_BIG)
            self.close(error.code, error.reason)

    def _receive(self, opcode: int, payload: bytes) -> None:
        if opcode == _TEXT:
            try:
                text = payload.decode()
            except UnicodeDecodeError:
                raise ProtocolError(CloseCode.INVALID_DATA, "text is not UTF-8") from None
            self._receive_text(text)
        elif opcode == _BINARY:
            if self._partial is None:
                raise packets.violation("unexpected binary message")
            if self._partial.attach(payload):
                packet, self._partial = self._partial, None
                self._server.receive(self, packet)
        elif opcode == _PING:
            self.write(frame(Opcode.PONG, payload))
        elif opcode == _CLOSE:
            code = close_code(payload)
            self.write(close_frame(code))
            self._leave(self._server.reason.TRANSPORT_CLOSE)
            self._transport.close()

    def _receive_text(self, text: str) -> None:
        if self._partial is not None:
            raise packets.violation("attachment expected")
        if text == "3":
            self.pinged_at = 0
        elif text[:1] == "4":
            packet = packets.decode(text, 1)
            if packet.missing:
                self._partial = packet
            else:
                self._server.receive(self, packet)
        elif text == "1":
            self.close(CloseCode.NORMAL, reason=self._server.reason.CLIENT_DISCONNECT)
        else:
            raise packets.violation("unexpected Engine.IO packet")
