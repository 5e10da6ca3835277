"""The application: every room's router under `/api/v1`, one error shape, one set of security headers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from hounsfield.audit.repeats import Flusher
from hounsfield.http import docs, health, metrics, page, problems
from hounsfield.http.metrics import RequestMetrics
from hounsfield.http.provenance import Provenance
from hounsfield.http.rooms import DICOMWEB, ROUTERS, SHORTCUTS, SOCKETS
from hounsfield.http.security import BodyLimit, SecurityHeaders
from hounsfield.kit.platform import Platform
from hounsfield.kit.routing import API
from hounsfield.realtime import gateway
from uvicorn_engineio import refuse_polling


def create_app(platform: Platform, *, api: bool = True, sockets: bool = True) -> FastAPI:
    """Return the ASGI application over open resources. Who opened them closes them.

    A process may serve the API and the page, the sockets, both, or neither: health and figures are always there.
    """
    sio, hub = gateway.build(platform) if sockets else (None, None)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        counts = Flusher(platform.db)
        counts.start()
        if hub:
            hub.start()
        yield
        if hub:
            hub.stop()
        counts.stop()

    app = FastAPI(
        title="Hounsfield",
        version=version("hounsfield"),
        summary="Medical-imaging AI: archive, tasks, 3D models, points, live notifications",
        openapi_url="/api/v1/openapi.json" if api else None,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.platform, app.state.hub, app.state.sio = platform, hub, sio
    app.add_middleware(Provenance)
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestMetrics)
    problems.install(app)
    app.include_router(health.router)
    app.include_router(metrics.router)
    if sockets:
        app.include_router(SOCKETS)
    app.mount("/socket.io", refuse_polling)
    if api:
        app.router.routes[:0] = SHORTCUTS
        for router in ROUTERS:
            app.include_router(router, prefix=API)
        for router in DICOMWEB:
            app.include_router(router)
        app.include_router(docs.router)
        page.install(app)
    return app
