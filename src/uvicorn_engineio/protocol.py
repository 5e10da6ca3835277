"""What uvicorn's `ws=` gets: Engine.IO on one path, the ordinary WebSocket protocol elsewhere."""

import asyncio
import logging
from contextlib import suppress
from functools import lru_cache
from typing import Any, ClassVar

from uvicorn.config import Config
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.websockets.auto import AutoWebSocketsProtocol
from uvicorn.server import ServerState

from uvicorn_engineio.connection import Connection
from uvicorn_engineio.handshake import Refused, Request, accept, environ_of, scope_of
from uvicorn_engineio.server import AsyncServer

logger = logging.getLogger("uvicorn_engineio")


async def _nothing(*_: Any) -> None:
    """Be the application behind the proxy middleware, which is wanted for what it does to the scope."""


@lru_cache
def _proxy_middleware(trusted: str) -> Any:
    # uvicorn wraps the application with this, and the application never sees our upgrades
    return ProxyHeadersMiddleware(_nothing, trusted)


class UpgradeProtocol(asyncio.Protocol):
    """Reads the upgrade request uvicorn replays, then makes way for the protocol that serves it."""

    server: ClassVar[AsyncServer]
    path: ClassVar[str]
    fallback: ClassVar[Any]

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, Any]) -> None:
        self._config = config
        self._state = server_state
        self._app_state = app_state
        self._transport: asyncio.Transport
        self._successor: Any = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._successor is None:
            self._successor = self._choose(data)
            # not at once: uvicorn makes *this* object the transport's protocol when data_received returns
            asyncio.get_running_loop().call_soon(self._make_way)
        else:
            self._successor.data_received(data)

    def eof_received(self) -> bool | None:
        return self._successor.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._successor.connection_lost(exc)

    def pause_writing(self) -> None:
        self._successor.pause_writing()

    def resume_writing(self) -> None:
        self._successor.resume_writing()

    def _make_way(self) -> None:
        if not self._transport.is_closing():
            self._transport.set_protocol(self._successor)

    def _choose(self, head: bytes) -> asyncio.Protocol:
        request = Request.parse(head)
        if request.path.rstrip("/") == self.path:
            return self._open(request)
        successor: asyncio.Protocol = self.fallback(
            config=self._config, server_state=self._state, app_state=self._app_state
        )
        successor.connection_made(self._transport)
        successor.data_received(head)
        return successor

    def _open(self, request: Request) -> asyncio.Protocol:
        try:
            response = accept(request, self.server.allowed_origins)
        except Refused as refused:
            logger.info("upgrade refused: %s", refused)
            self._transport.write(refused.response())
            self._transport.close()
            return asyncio.Protocol()
        engine = self.server.eio
        self.server.loop = asyncio.get_running_loop()
        connection = Connection(engine.generate_id(), self.server, self._state, self._transport)
        self._transport.write(response + engine.open_frame(connection.sid))
        self.server.connection_opened(connection, environ_of(self._scope(request)))
        return connection

    def _scope(self, request: Request) -> dict[str, Any]:
        scope = scope_of(request, self._transport, self._config.root_path, self._app_state)
        if self._config.proxy_headers:
            trusted = self._config.forwarded_allow_ips
            middleware = _proxy_middleware(trusted if isinstance(trusted, str) else ",".join(trusted))
            with suppress(StopIteration):  # it never waits, so one step is all of it
                middleware(scope, None, None).send(None)
        return scope


def websocket_protocol(
    server: AsyncServer, path: str = "/socket.io", fallback: Any = AutoWebSocketsProtocol
) -> type[asyncio.Protocol]:
    """Return the class for `uvicorn.Config(ws=...)`.

    Parameters
    ----------
    server
        Serves the upgrades on `path`.
    path
        As seen by uvicorn, without the trailing slash that clients add.
    fallback
        The WebSocket protocol class for every other path; uvicorn's own choice by default.
    """
    members = {"server": server, "path": path.rstrip("/"), "fallback": staticmethod(fallback)}
    return type("EngineIOUpgradeProtocol", (UpgradeProtocol,), members)
