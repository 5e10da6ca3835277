"""The answer to long polling, which this package does not speak."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from uvicorn_engineio.handshake import Refused

Message = MutableMapping[str, Any]


async def refuse_polling(
    scope: Message, _receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Be the ASGI application under `/socket.io`: answer every request with Engine.IO error 0.

    Only requests without a WebSocket upgrade reach an ASGI application, that is, polling handshakes.
    A WebSocket arriving here means that uvicorn runs without `ws=websocket_protocol(...)`.
    """
    if scope["type"] == "websocket":
        await send(
            {"type": "websocket.close", "code": 1011, "reason": "uvicorn runs without websocket_protocol"}
        )
        return
    body = Refused(0, "Transport unknown").body
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 400, "headers": headers})
    await send({"type": "http.response.body", "body": body})
