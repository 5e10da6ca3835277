"""Who is asking: from a bearer token to an `Actor`, read afresh from the database on every request."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import bindparam, select

from hounsfield.accounts.hooks import opened_records
from hounsfield.accounts.models import User, UserSession, UserStatus
from hounsfield.accounts.permissions import Actor, permissions_of
from hounsfield.accounts.tokens import read_access
from hounsfield.kit.clock import utc_now
from hounsfield.kit.errors import Unauthorized
from hounsfield.kit.platform import Platform
from hounsfield.kit.web import PlatformDep

__all__ = [
    "Actor",
    "BearerToken",
    "CurrentActor",
    "actor_from_session",
    "actor_from_token",
    "actor_of",
    "bearer_of",
]

_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="Access token from `/users/login`")


def actor_from_token(platform: Platform, token: str) -> Actor:
    """Return the person an access token names, as they are now.

    Raises
    ------
    Unauthorized
        The token is expired or invalid, its session was revoked, or its user disabled.
    """
    claims = read_access(platform.settings, token)
    return actor_from_session(platform, claims.user_id, claims.session_id)


_SIGNED_IN = (
    select(
        User.username,
        User.organization_id,
        User.tier,
        User.clinical_role,
        User.parent_user_id,
    )
    .join(UserSession, UserSession.user_id == User.id)
    .where(
        UserSession.id == bindparam("session_id"),
        UserSession.revoked_at.is_(None),
        UserSession.expires_at > bindparam("now"),
        User.id == bindparam("user_id"),
        User.status == UserStatus.ACTIVE,
    )
)


def actor_from_session(platform: Platform, user_id: str, session_id: str) -> Actor:
    """Return the person of a session, as they are now, or raise Unauthorized where either has lost its validity."""
    with platform.db.look() as connection:
        named = {"session_id": session_id, "user_id": user_id, "now": utc_now()}
        row = connection.execute(_SIGNED_IN, named).one_or_none()
        opened = set[str]()
        opened_records.fire(connection, user_id, opened)
    if row is None:
        raise Unauthorized
    return Actor(
        user_id=user_id,
        username=row.username,
        organization_id=row.organization_id,
        tier=row.tier,
        clinical_role=row.clinical_role,
        session_id=session_id,
        parent_user_id=row.parent_user_id,
        permissions=permissions_of(row.tier, row.clinical_role),
        opened=frozenset(opened),
    )


BearerToken = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def _current_actor(platform: PlatformDep, bearer: BearerToken) -> Actor:
    if bearer is None:
        raise Unauthorized
    return actor_from_token(platform, bearer.credentials)


def bearer_of(request: Request) -> str:
    """Return the token that a request carries, or raise Unauthorized."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not (token := token.strip()):
        raise Unauthorized
    return token


def actor_of(request: Request, platform: Platform) -> Actor:
    """Return who sends a request, or raise Unauthorized: what `CurrentActor` does, for those who find arguments themselves."""
    return actor_from_token(platform, bearer_of(request))


CurrentActor = Annotated[Actor, Depends(_current_actor)]
