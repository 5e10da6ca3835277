"""The application: every room's router under `/api/v1`, one error shape, one set of security headers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import APIRouter, FastAPI

from hounsfield.http import docs, health, metrics, page, problems
from hounsfield.http.metrics import RequestMetrics
from hounsfield.http.rooms import ROUTERS, SOCKETS
from hounsfield.http.security import BodyLimit, SecurityHeaders
from hounsfield.kit.platform import Platform
from hounsfield.realtime import gateway
from uvicorn_engineio import refuse_polling


def create_app(platform: Platform) -> FastAPI:
    """Return the ASGI application over open resources. Who opened them closes them."""

    sio, hub = gateway.build(platform)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        hub.start()
        yield
        hub.stop()

    app = FastAPI(
        title="Hounsfield",
        version=version("hounsfield"),
        summary="Medical-imaging AI: archive, tasks, 3D models, points, live notifications",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.platform, app.state.hub, app.state.sio = platform, hub, sio
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestMetrics)
    problems.install(app)
    api = APIRouter(prefix="/api/v1")
    for router in ROUTERS:
        api.include_router(router)
    app.include_router(api)
    app.include_router(SOCKETS)
    app.mount("/socket.io", refuse_polling)
    app.include_router(docs.router)
    app.include_router(health.router)
    app.include_router(metrics.router)
    page.install(app)
    return app
