"""All SQL of this room."""

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Select, delete, or_, select, update
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.orm import Session

from hounsfield.accounts.models import (
    LoginThrottle,
    Organization,
    RefreshToken,
    Tier,
    User,
    UserSession,
    UserStatus,
)
from hounsfield.kit.paging import like


def user(session: Session, user_id: str) -> User | None:
    return session.get(User, user_id)


def user_by_key(session: Session, username_key: str) -> User | None:
    if "\0" in username_key:  # nobody is called that, and PostgreSQL will not even be asked
        return None
    return session.scalar(select(User).where(User.username_key == username_key))


def organization(session: Session, organization_id: str) -> Organization:
    return session.get_one(Organization, organization_id)


def users(
    visible: ColumnElement[bool], *, text: str | None, status: UserStatus | None, tier: Tier | None
) -> Select[User]:
    query = select(User).where(visible).order_by(User.created_at.desc(), User.id.desc())
    if text:
        columns = (User.username, User.display_name, User.email)
        query = query.where(or_(*(column.ilike(like(text), escape="\\") for column in columns)))
    if status is not None:
        query = query.where(User.status == status)
    return query if tier is None else query.where(User.tier == tier)


def lock_super_admins(session: Session) -> list[str]:
    """Return the ids of the active super administrators, and hold off everybody else who is about to change them."""
    query = select(User.id).where(User.tier == Tier.SUPER_ADMIN, User.status == UserStatus.ACTIVE)
    return list(session.scalars(query.order_by(User.id).with_for_update()))


def has_super_admin(session: Session) -> bool:
    return session.scalar(select(User.id).where(User.tier == Tier.SUPER_ADMIN).limit(1)) is not None


def live_sessions(user_id: str, now: datetime) -> Select[UserSession]:
    query = select(UserSession).where(
        UserSession.user_id == user_id, UserSession.revoked_at.is_(None), UserSession.expires_at > now
    )
    return query.order_by(UserSession.last_used_at.desc(), UserSession.id.desc())


def revoke_sessions(
    session: Session, now: datetime, *, of: str, only: str | None = None, but: str | None = None
) -> int:
    """Revoke a user's live sessions and return how many there were."""
    query = update(UserSession).where(UserSession.user_id == of, UserSession.revoked_at.is_(None))
    if only is not None:
        query = query.where(UserSession.id == only)
    if but is not None:
        query = query.where(UserSession.id != but)
    return cast(CursorResult[Any], session.execute(query.values(revoked_at=now))).rowcount


def refresh_token(session: Session, token_hash: str) -> RefreshToken | None:
    """Return a refresh token and hold it: of two requests with the same one, the second sees what the first did."""
    query = select(RefreshToken).where(RefreshToken.token_hash == token_hash).with_for_update()
    return session.scalar(query)


def throttle_row(session: Session, key: str, now: datetime) -> LoginThrottle:
    """Return the counter of a key, made where there is none, and hold it."""
    values = {"key": key, "attempts": 0, "window_started_at": now}
    same = {"key": key}  # changes nothing, but takes the row's lock where it exists already
    dialect = session.get_bind().dialect.name
    if dialect in ("mysql", "mariadb"):
        session.execute(mysql.insert(LoginThrottle).values(values).on_duplicate_key_update(same))
    else:
        insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
        session.execute(
            insert(LoginThrottle).values(values).on_conflict_do_update(index_elements=["key"], set_=same)
        )
    return session.scalars(select(LoginThrottle).where(LoginThrottle.key == key)).one()


def forget_throttle(session: Session, key: str) -> None:
    session.execute(delete(LoginThrottle).where(LoginThrottle.key == key))


def refund_throttle(session: Session, key: str) -> None:
    query = update(LoginThrottle).where(LoginThrottle.key == key, LoginThrottle.attempts > 0)
    session.execute(query.values(attempts=LoginThrottle.attempts - 1, blocked_until=None))


def sweep(session: Session, now: datetime, keep: timedelta) -> None:
    """Delete what has been over for a while: sessions with their tokens, spent tokens, idle counters."""
    over = select(UserSession.id).where(
        or_(UserSession.expires_at < now - keep, UserSession.revoked_at < now - keep)
    )
    ended = session.scalars(over.limit(1000)).all()
    session.execute(delete(RefreshToken).where(RefreshToken.session_id.in_(ended)))
    session.execute(delete(UserSession).where(UserSession.id.in_(ended)))
    session.execute(delete(RefreshToken).where(RefreshToken.expires_at < now - keep))
    session.execute(delete(LoginThrottle).where(LoginThrottle.window_started_at < now - keep))
