"""The registry: who may compute, who is there, who is fresh."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple

from fastapi import Depends, Request
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from hounsfield.algorithms.service import learn
from hounsfield.engines.errors import EngineIdTaken, EngineSuperseded, EngineTokenInvalid, EngineUnknown
from hounsfield.engines.models import Engine, EngineToken
from hounsfield.engines.news import tell_changed
from hounsfield.engines.schemas import Registration
from hounsfield.kit.db import db_now, run, table_of
from hounsfield.kit.errors import NotFound
from hounsfield.kit.hooks import Hook
from hounsfield.kit.ids import new_id, new_token
from hounsfield.kit.web import PlatformDep

TOKEN_PREFIX = "hfe"  # noqa: S105  the prefix tells what a leaked secret opens; it is not a secret

superseded: Hook[[Session, str]] = Hook()
"""Fired with an engine's id when a new process takes its name: what the old one ran must be handed out again."""


@dataclass(frozen=True)
class EngineCredential:
    """Whoever holds this token; one token may serve many engines."""

    token_id: str


def make_token(session: Session, name: str, *, created_by: str | None) -> tuple[EngineToken, str]:
    """Create a credential; the secret is returned this once."""
    secret = new_token(TOKEN_PREFIX)
    row = EngineToken(id=new_id(), name=name, token_hash=_hash(secret), created_by=created_by)
    session.add(row)
    session.flush()
    return row, secret


def adopt_token(session: Session, name: str, secret: str) -> None:
    """Make sure that a secret kept elsewhere (the one-machine start) is a valid credential."""
    if session.scalar(select(EngineToken).where(EngineToken.token_hash == _hash(secret))) is None:
        session.add(EngineToken(name=name, token_hash=_hash(secret)))


def revoke_token(session: Session, token_id: str) -> EngineToken:
    row = session.get(EngineToken, token_id)
    if row is None:
        raise NotFound
    row.revoked_at = row.revoked_at or db_now(session)
    tell_changed(session)
    return row


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


_VALID = select(EngineToken.id).where(
    EngineToken.token_hash == bindparam("secret"), EngineToken.revoked_at.is_(None)
)


def current_engine(request: Request, platform: PlatformDep) -> EngineCredential:
    """Authenticate an engine by its bearer token."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.startswith(f"{TOKEN_PREFIX}_"):
        raise EngineTokenInvalid
    with platform.db.look() as connection:
        token_id = connection.scalar(_VALID, {"secret": _hash(secret)})
    if token_id is None:
        raise EngineTokenInvalid
    return EngineCredential(token_id)


CurrentEngine = Annotated[EngineCredential, Depends(current_engine)]


def register(session: Session, credential: EngineCredential, wish: Registration) -> Engine:
    """Add an engine or take over its name with a new process."""
    now = db_now(session)
    engine = session.get(Engine, wish.engine_id, with_for_update=True)
    if engine is not None and engine.token_id != credential.token_id:
        owner = session.get(EngineToken, engine.token_id)
        if owner is None or owner.revoked_at is None:
            raise EngineIdTaken(engine_id=wish.engine_id)
        engine.token_id = credential.token_id
    if engine is None:
        engine = Engine(
            id=wish.engine_id, token_id=credential.token_id, boot_id=wish.boot_id, registered_at=now
        )
        session.add(engine)
    elif engine.boot_id != wish.boot_id:
        superseded.fire(session, engine.id)
    engine.boot_id, engine.hostname, engine.port = wish.boot_id, wish.hostname, wish.port
    engine.capacity, engine.reported_load, engine.heartbeat_at = wish.capacity, 0, now
    engine.memory_mb = wish.memory_mb
    engine.algorithms = [{"name": m.name, "version": m.version} for m in wish.supported_algorithms]
    for manifest in wish.supported_algorithms:
        learn(session, manifest, engine_id=engine.id)
    session.flush()
    tell_changed(session)
    return engine


class OwnEngine(NamedTuple):
    """What an engine's words need to know of it."""

    id: str
    draining: bool


_OWN = select(Engine.token_id, Engine.boot_id, Engine.draining).where(Engine.id == bindparam("own"))


def own_engine(
    session: Session, credential: EngineCredential, engine_id: str, boot_id: str | None
) -> OwnEngine:
    """Return the caller's engine.

    Raises
    ------
    EngineUnknown
        Not registered, or registered with another token.
    EngineSuperseded
        The caller is not the newest process of that name.
    """
    engine = run(session, _OWN, {"own": engine_id}).one_or_none()
    if engine is None or engine.token_id != credential.token_id:
        raise EngineUnknown
    if boot_id is not None and engine.boot_id != boot_id:
        raise EngineSuperseded
    return OwnEngine(engine_id, engine.draining)


def beat(session: Session, engine: OwnEngine, load: int) -> None:
    """Note that an engine is alive."""
    session.execute(
        update(Engine).where(Engine.id == engine.id).values(heartbeat_at=db_now(session), reported_load=load)
    )


def fresh(session: Session, now: datetime, timeout_seconds: float) -> list[Engine]:
    """Return the engines that were heard of lately and take work."""
    since = now - timedelta(seconds=timeout_seconds)
    query = (
        select(Engine)
        .join(EngineToken, EngineToken.id == Engine.token_id)
        .where(Engine.heartbeat_at > since, Engine.draining.is_(False), EngineToken.revoked_at.is_(None))
    )
    return list(session.scalars(query))


_ENGINES, _TOKENS = table_of(Engine), table_of(EngineToken)
REGISTERED = (
    select(*_ENGINES.c["id", "capacity", "memory_mb", "algorithms", "draining", "heartbeat_at"])
    .join(_TOKENS, _TOKENS.c.id == _ENGINES.c.token_id)
    .where(_TOKENS.c.revoked_at.is_(None))
)
"""What the scheduler asks at every pass: every engine that may come back."""


def registered(session: Session) -> list[Engine]:
    """Return every engine that may come back, silent or draining ones too."""
    query = select(Engine).join(EngineToken, EngineToken.id == Engine.token_id)
    return list(session.scalars(query.where(EngineToken.revoked_at.is_(None))))


def set_draining(session: Session, engine_id: str, draining: bool) -> Engine:
    engine = session.get(Engine, engine_id)
    if engine is None:
        raise EngineUnknown
    engine.draining = draining
    tell_changed(session)
    return engine


def remove(session: Session, engine_id: str) -> None:
    """Forget an engine; what it runs is handed out again."""
    engine = session.get(Engine, engine_id)
    if engine is None:
        raise EngineUnknown
    superseded.fire(session, engine_id)
    session.delete(engine)
    tell_changed(session)
