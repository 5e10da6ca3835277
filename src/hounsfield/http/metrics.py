"""`/metrics` for Prometheus: what this process has counted, and how the fleet stands by the database."""

import secrets
import time
from collections.abc import Iterator

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hounsfield.http.figures import figures
from hounsfield.http.gauges import database_up, gauges, sockets
from hounsfield.kit.errors import Forbidden, Unauthorized
from hounsfield.kit.metrics import REQUEST_SECONDS, REQUESTS
from hounsfield.kit.platform import Platform
from hounsfield.kit.web import PlatformDep, client_address

router = APIRouter(include_in_schema=False)
LOOPBACK = ("127.", "::1")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class MetricsClosed(Forbidden):
    """Figures are given to this machine only, unless HOUNSFIELD_METRICS_TOKEN is set."""

    code = "METRICS_CLOSED"
    zh = "未设置 HOUNSFIELD_METRICS_TOKEN 时，统计数据仅供本机读取。"


@router.get("/metrics")
def metrics(request: Request, platform: PlatformDep) -> Response:
    """Prometheus text format; to whoever has the token, or where there is none to this machine."""
    _admit(request, platform.settings.metrics_token)
    fleet = CollectorRegistry()
    sio = request.app.state.sio
    fleet.register(_Fleet(platform, len(sio.eio.sockets) if sio else 0))
    return Response(generate_latest() + generate_latest(fleet), media_type=CONTENT_TYPE_LATEST)


def _admit(request: Request, token: str) -> None:
    if not token:
        if not client_address(request).startswith(LOOPBACK):
            raise MetricsClosed
        return
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secrets.compare_digest(given.encode("latin-1"), token.encode()):
        raise Unauthorized


class _Fleet:
    """What Prometheus calls a collector: read when it is asked."""

    def __init__(self, platform: Platform, connected: int) -> None:
        self._platform, self._connected = platform, connected

    def collect(self) -> Iterator[Metric]:
        yield sockets(self._connected)
        try:
            now = figures.of(self._platform)
        except (OSError, SQLAlchemyError):  # what the process has counted is worth more than an error page
            yield database_up(False)
            return
        yield database_up(True)
        yield from gauges(now)


class RequestMetrics:
    """ASGI middleware: counts every answer by the route that gave it, never by the address that was asked."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        finally:
            route, method = _route(scope), scope["method"]
            REQUESTS.labels(method if method in METHODS else "other", route, status).inc()
            REQUEST_SECONDS.labels(route).observe(time.perf_counter() - began)


def _route(scope: Scope) -> str:
    template = getattr(scope.get("route"), "path", None)
    if template is None or template == "/{path:path}":
        return "page"
    api = scope["path"].startswith("/api/v1") and not template.startswith("/api/v1")
    return f"/api/v1{template}" if api else str(template)
