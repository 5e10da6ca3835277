"""Credentials for programs: of one organization, for what DICOMweb needs, until they are revoked."""

import hashlib
from datetime import datetime

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from hounsfield.accounts.models import ApiToken, ClinicalRole, Tier
from hounsfield.accounts.permissions import Actor
from hounsfield.accounts.tokens import TokenInvalid
from hounsfield.kit.clock import utc_now
from hounsfield.kit.errors import NotFound
from hounsfield.kit.ids import new_token
from hounsfield.kit.platform import Platform

PREFIX = "hft"
_READING = frozenset({"study:read"})
_STORING = _READING | {"study:create", "upload:create"}


_VALID = select(
    ApiToken.id, ApiToken.name, ApiToken.organization_id, ApiToken.created_by, ApiToken.may_store
).where(
    ApiToken.token_hash == bindparam("token_hash"),
    ApiToken.revoked_at.is_(None),
    or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > bindparam("now")),
)


def make(
    session: Session, actor: Actor, name: str, *, may_store: bool, expires_at: datetime | None
) -> tuple[ApiToken, str]:
    """Create a token of the actor's organization; the secret is returned this once."""
    actor.require("token:create")
    secret = new_token(PREFIX)
    row = ApiToken(
        organization_id=actor.organization_id,
        name=name,
        token_hash=_hash(secret),
        may_store=may_store,
        created_by=actor.user_id,
        expires_at=expires_at,
    )
    session.add(row)
    session.flush()
    return row, secret


def revoke(session: Session, actor: Actor, token_id: str) -> None:
    """Refuse a token from the next request on."""
    actor.require("token:delete")
    row = session.get(ApiToken, token_id)
    if row is None or not actor.sees(None, row.organization_id):
        raise NotFound
    row.revoked_at = row.revoked_at or utc_now()


def actor_from_api_token(platform: Platform, secret: str) -> Actor:
    """Return whom a token stands for: a program of its organization, which sees what its staff see.

    Raises
    ------
    TokenInvalid
        There is no such token, it is revoked or has expired.
    """
    with platform.db.look() as connection:
        row = connection.execute(_VALID, {"token_hash": _hash(secret), "now": utc_now()}).one_or_none()
    if row is None:
        raise TokenInvalid
    return Actor(
        user_id=row.created_by,
        username=f"token {row.name}",
        organization_id=row.organization_id,
        tier=Tier.USER,
        clinical_role=ClinicalRole.TECHNICIAN,
        session_id="",
        parent_user_id=None,
        permissions=_STORING if row.may_store else _READING,
        token_id=row.id,
    )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
