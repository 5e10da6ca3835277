"""Where a request comes from, known to whoever notes it in the audit trail."""

from starlette.types import ASGIApp, Receive, Scope, Send

from hounsfield.audit.where import coming_from


class Provenance:
    """ASGI middleware: the way in (rest, dicomweb, socket) and the caller's address."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        client = scope.get("client")
        with coming_from(_source(scope), client[0] if client else ""):
            await self._app(scope, receive, send)


def _source(scope: Scope) -> str:
    if scope["type"] == "websocket":
        return "socket"
    return "dicomweb" if scope["path"].startswith("/dicomweb") else "rest"
