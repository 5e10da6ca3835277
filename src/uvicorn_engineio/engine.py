"""The Engine.IO half that `socketio.AsyncServer` talks to: connections, their sessions and their heartbeat."""

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any

import engineio
import orjson

from uvicorn_engineio.frames import CloseCode, Opcode, frame
from uvicorn_engineio.polling import refuse_polling
from uvicorn_engineio.wheel import Wheel

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from uvicorn_engineio.connection import Connection


class Engine:
    """Has the methods of `engineio.AsyncServer` that python-socketio uses, over `Connection` objects."""

    async_mode = "asgi"
    reason = engineio.AsyncServer.reason
    handle_request = staticmethod(refuse_polling)

    def __init__(
        self,
        *,
        ping_interval: float,
        ping_timeout: float,
        connect_timeout: float,
        max_frame_bytes: int,
        **_: Any,
    ) -> None:
        self.sockets: dict[str, Connection] = {}
        self.wheel = Wheel(ping_interval, ping_timeout, connect_timeout)
        self._tasks: set[asyncio.Task[Any]] = set()  # asyncio itself keeps only weak references
        self._handshake = {
            "upgrades": [],
            "pingInterval": round(ping_interval * 1000),
            "pingTimeout": round(ping_timeout * 1000),
            "maxPayload": max_frame_bytes,
        }

    def on(self, event: str, handler: Callable[..., Any]) -> None:
        """Accept what `socketio.BaseServer` registers; `AsyncServer` is called directly instead."""

    def open_frame(self, sid: str) -> bytes:
        return frame(Opcode.TEXT, b"0" + orjson.dumps({"sid": sid, **self._handshake}))

    def generate_id(self) -> str:
        return secrets.token_urlsafe(15)

    def transport(self, sid: str) -> str:
        self.sockets[sid]
        return "websocket"

    async def send(self, sid: str, data: str | bytes) -> None:
        """Send one raw Engine.IO message."""
        if connection := self.sockets.get(sid):
            message = (
                frame(Opcode.BINARY, data)
                if isinstance(data, bytes)
                else frame(Opcode.TEXT, b"4" + data.encode())
            )
            connection.write(message)

    async def disconnect(self, sid: str | None = None) -> None:
        """Close one connection, or all of them."""
        chosen = (
            list(self.sockets.values()) if sid is None else [self.sockets[sid]] if sid in self.sockets else []
        )
        for connection in chosen:
            connection.close(CloseCode.NORMAL, reason=self.reason.SERVER_DISCONNECT)

    async def shutdown(self) -> None:
        for connection in list(self.sockets.values()):
            connection.shutdown()

    async def get_session(self, sid: str) -> dict[str, Any]:
        return self.sockets[sid].session

    async def save_session(self, sid: str, session: dict[str, Any]) -> None:
        self.sockets[sid].session = session

    def session(self, sid: str) -> AbstractAsyncContextManager[dict[str, Any]]:
        @asynccontextmanager
        async def manage() -> "AsyncIterator[dict[str, Any]]":
            session = await self.get_session(sid)
            yield session
            await self.save_session(sid, session)

        return manage()

    def start_background_task(
        self, target: Callable[..., Coroutine[Any, Any, Any]], *args: Any, **kwargs: Any
    ) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(target(*args, **kwargs))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def sleep(self, seconds: float = 0) -> None:
        await asyncio.sleep(seconds)

    def create_event(self) -> asyncio.Event:
        return asyncio.Event()
