"""Is it alive, is it ready: for load balancers and operators."""

from collections.abc import Callable

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from hounsfield.kit.web import PlatformDep

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz")
def ready(platform: PlatformDep) -> JSONResponse:
    """What this process needs answers; 503 names what does not."""
    parts: dict[str, Callable[[], None]] = {
        "database": platform.db.ping,
        "broker": platform.broker.ping,
        "storage": platform.blobs.ping,
    }
    state = {name: _state(ping) for name, ping in parts.items()}
    good = all(answer == "ok" for answer in state.values())
    if (
        platform.settings.redis_url
    ):  # told, and no more: without it live news is late and everything else works
        state["events"] = _state(platform.events.ping)
    return JSONResponse({"status": "ok" if good else "unavailable", **state}, 200 if good else 503)


def _state(ping: Callable[[], None]) -> str:
    try:
        ping()
    except (OSError, SQLAlchemyError) as error:
        return f"down: {type(error).__name__}"
    return "ok"
