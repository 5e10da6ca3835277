"""Issuing and redeeming tickets, and who stands behind a connection."""

import hashlib
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor, actor_from_session, actor_from_token
from hounsfield.kit.db import db_now
from hounsfield.kit.errors import Unauthorized
from hounsfield.kit.ids import new_token
from hounsfield.kit.platform import Platform
from hounsfield.notifications.service import heads
from hounsfield.realtime.models import RealtimeTicket

LIFETIME = timedelta(seconds=30)


def issue(session: Session, actor: Actor) -> str:
    """Return a ticket that opens one connection as this person."""
    now = db_now(session)
    session.execute(delete(RealtimeTicket).where(RealtimeTicket.expires_at < now))
    ticket = new_token("hft")
    session.add(
        RealtimeTicket(
            ticket_hash=_hash(ticket),
            user_id=actor.user_id,
            session_id=actor.session_id,
            expires_at=now + LIFETIME,
        )
    )
    return ticket


def _hash(ticket: str) -> str:
    return hashlib.sha256(ticket.encode()).hexdigest()


def who(platform: Platform, auth: Any) -> Actor:
    """Return the person behind `{ticket}` or `{token}`.

    Raises
    ------
    Unauthorized
        Neither is there, or it is used up, expired, revoked or forged.
    """
    if not isinstance(auth, dict):
        raise Unauthorized
    if isinstance(token := auth.get("token"), str):
        return actor_from_token(platform, token)
    if isinstance(ticket := auth.get("ticket"), str):
        return _redeem(platform, ticket)
    raise Unauthorized


def enter(platform: Platform, auth: Any) -> tuple[Actor, int]:
    """Return the person behind a connection, and where what they were told stands: what comes later is sent to them.

    Raises
    ------
    Unauthorized
        As `who`.
    """
    actor = who(platform, auth)
    with platform.db.read() as session:
        return actor, heads(session, [actor.user_id])[actor.user_id]


def _redeem(platform: Platform, ticket: str) -> Actor:
    with platform.db.write() as session:
        row = session.scalar(
            select(RealtimeTicket).where(RealtimeTicket.ticket_hash == _hash(ticket)).with_for_update()
        )
        if row is None or row.expires_at < db_now(session):
            raise Unauthorized
        user_id, session_id = row.user_id, row.session_id
        session.delete(row)
    return actor_from_session(platform, user_id, session_id)
