"""`/engines`: registration by engines, management by administrators, and the algorithms they offer together."""

from datetime import datetime

from fastapi import status
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from hounsfield.accounts.actor import CurrentActor
from hounsfield.engines import service
from hounsfield.engines.models import Engine, EngineToken
from hounsfield.engines.schemas import (
    DrainWish,
    EngineView,
    Registered,
    Registration,
    TokenView,
    TokenWish,
)
from hounsfield.engines.service import CurrentEngine, EngineCredential
from hounsfield.kit.broker import COMPUTE
from hounsfield.kit.db import db_now
from hounsfield.kit.paging import Page, PagingQuery, paginate
from hounsfield.kit.platform import Platform
from hounsfield.kit.routing import Router
from hounsfield.kit.web import PlatformDep

router = Router(prefix="/engines", tags=["engines"])


@router.post("", status_code=status.HTTP_201_CREATED)
def register(wish: Registration, engine: CurrentEngine, platform: PlatformDep) -> Registered:
    """Register an engine, or a new process of it."""
    try:
        row = _register(platform, engine, wish)
    except IntegrityError:  # another engine brought the same new algorithm at this moment: by now it is known
        row = _register(platform, engine, wish)
    settings = platform.settings
    return Registered(
        engine_id=row.id,
        status="AVAILABLE",
        heartbeat_interval_s=settings.heartbeat_interval_seconds,
        heartbeat_timeout_s=settings.lease_seconds,
        exchange=COMPUTE.name,
        queues=[f"engine.{row.id}", *(f"algorithm.{m.name}" for m in wish.supported_algorithms)],
        queue_arguments=platform.broker.queue_arguments,
    )


def _register(platform: Platform, engine: EngineCredential, wish: Registration) -> Engine:
    with platform.db.write() as session:
        return service.register(session, engine, wish)


def state_of(engine: Engine, now: datetime, timeout: float, load: int) -> str:
    """Return an engine's state; OFFLINE is judged by its silence, not stored."""
    if (now - engine.heartbeat_at).total_seconds() > timeout:
        return "OFFLINE"
    return "DRAINING" if engine.draining else "BUSY" if load >= engine.capacity else "AVAILABLE"


def view(engine: Engine, now: datetime, timeout: float, load: int) -> EngineView:
    """Return an engine as people see it; its load is what it holds."""
    age = max((now - engine.heartbeat_at).total_seconds(), 0.0)
    return EngineView.model_validate(
        {
            "engine_id": engine.id,
            "hostname": engine.hostname,
            "port": engine.port,
            "status": state_of(engine, now, timeout, load),
            "capacity": engine.capacity,
            "current_load": load,
            "memory_mb": engine.memory_mb,
            "heartbeat_age_s": round(age, 1),
            "boot_id": engine.boot_id,
            "supported_algorithms": engine.algorithms,
            "draining": engine.draining,
            "registered_at": engine.registered_at,
        }
    )


@router.put("/{engine_id}/drain")
def drain(engine_id: str, wish: DrainWish, actor: CurrentActor, platform: PlatformDep) -> EngineView:
    """Let an engine finish what it runs and take nothing more (or take work again)."""
    actor.require("engine:manage")
    with platform.db.write() as session:
        engine = service.set_draining(session, engine_id, wish.drain)
        return view(engine, db_now(session), platform.settings.lease_seconds, engine.reported_load)


@router.delete("/{engine_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove(engine_id: str, actor: CurrentActor, platform: PlatformDep) -> None:
    """Forget an engine; its running tasks are handed to others."""
    actor.require("engine:manage")
    with platform.db.write() as session:
        service.remove(session, engine_id)


@router.post("/tokens", status_code=status.HTTP_201_CREATED)
def make_token(wish: TokenWish, actor: CurrentActor, platform: PlatformDep) -> TokenView:
    """Make a credential for engines; its secret is in this answer only."""
    actor.require("engine:manage")
    with platform.db.write() as session:
        row, secret = service.make_token(session, wish.name, created_by=actor.user_id)
        return _token_view(row).model_copy(update={"token": secret})


@router.get("/tokens")
def tokens(actor: CurrentActor, platform: PlatformDep, paging: PagingQuery) -> Page[TokenView]:
    """List engine credentials (never their secrets)."""
    actor.require("engine:manage")
    with platform.db.read() as session:
        return paginate(
            session, select(EngineToken).order_by(EngineToken.created_at.desc()), paging, _token_view
        )


@router.delete("/tokens/{token_id}", status_code=status.HTTP_204_NO_CONTENT)
def revoke_token(token_id: str, actor: CurrentActor, platform: PlatformDep) -> None:
    """Revoke a credential: its engines are refused from the next request on."""
    actor.require("engine:manage")
    with platform.db.write() as session:
        service.revoke_token(session, token_id)


def _token_view(row: EngineToken) -> TokenView:
    return TokenView(token_id=row.id, name=row.name, created_at=row.created_at, revoked_at=row.revoked_at)
