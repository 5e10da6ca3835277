"""Headers that every answer carries (OWASP secure headers): no foreign script, frame, asset or sniffing."""

import re

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAGE_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "connect-src 'self' ws: wss:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Content-Security-Policy": PAGE_POLICY,
}
_ADDED = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]
_PRIVATE = [*_ADDED, (b"cache-control", b"no-store")]


class SecurityHeaders:
    """ASGI middleware; API answers are private to their reader and are never cached unless they say so."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        private = scope["path"].startswith(("/api/", "/dicomweb/"))

        added = _PRIVATE if private else _ADDED

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(each for each in added if each[0] not in said)]
            await send(message)

        await self._app(scope, receive, send_with_headers)


MAX_BODY = 4 << 20
_STREAMED = re.compile(
    r"/api/v1/(files/upload|uploads/[^/]+|tasks/[^/]+/outputs/[^/]+)|/dicomweb/studies(/[^/]+)?"
)


class BodyLimit:
    """ASGI middleware: what is parsed in memory may have a few megabytes; uploads are streamed and have their own limit."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _STREAMED.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return
        length, arrived = Headers(scope=scope).get("content-length", ""), 0

        async def counted() -> Message:
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            if arrived > MAX_BODY or (length.isdigit() and int(length) > MAX_BODY):
                raise HTTPException(413)
            return message

        await self._app(scope, counted, send)
