"""Signing in, staying signed in, signing out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select
from sqlalchemy.orm import Session

from hounsfield.accounts import hooks, names, passwords, repository, throttle, tokens
from hounsfield.accounts.access import is_id
from hounsfield.accounts.errors import AccountDisabled, InvalidCredentials
from hounsfield.accounts.models import RefreshToken, User, UserSession, UserStatus
from hounsfield.accounts.permissions import Actor
from hounsfield.kit.clock import utc_now
from hounsfield.kit.errors import NotFound, Unauthorized
from hounsfield.kit.platform import Platform
from hounsfield.kit.settings import Settings

log = structlog.get_logger()
GRACE = timedelta(seconds=10)


@dataclass(frozen=True)
class Device:
    """Where a session is used from."""

    address: str
    user_agent: str


@dataclass(frozen=True)
class SignedIn:
    """What a client needs to go on."""

    user: User
    access_token: str
    refresh_token: str


def sign_in(platform: Platform, *, username: str, password: str, device: Device) -> SignedIn:
    """Open a session.

    Raises
    ------
    InvalidCredentials
        No such user, or another password; nobody can tell which.
    AccountDisabled
        Told only to who knows the password.
    TooMany
        The account or the address has to wait.
    """
    key = names.fold(username)
    account, address = throttle.account(key), throttle.address(device.address)
    with platform.db.write() as session:
        throttle.attempt(session, account, address)
    with platform.db.read() as session:
        known = repository.user_by_key(session, key)
    hasher = passwords.hasher()  # no transaction is open while it works
    if not hasher.verify(password, known.password_hash if known else None) or known is None:
        raise InvalidCredentials
    renewed = hasher.hash(password) if hasher.is_outdated(known.password_hash) else None
    with platform.db.write() as session:
        user = session.get_one(User, known.id, with_for_update=True)
        if user.password_hash != known.password_hash:  # changed in this very moment
            raise InvalidCredentials
        if user.status is not UserStatus.ACTIVE:
            raise AccountDisabled
        throttle.forgive(session, forget=account, refund=address)
        user.password_hash = renewed or user.password_hash
        return _open(session, platform.settings, user, device)


def _open(session: Session, settings: Settings, user: User, device: Device) -> SignedIn:
    now = utc_now()
    opened = UserSession(
        user_id=user.id,
        expires_at=now + _lifetime(settings),
        address=device.address[:64],
        user_agent="".join(filter(str.isprintable, device.user_agent))[:256],
    )
    session.add(opened)
    session.flush()
    refresh = tokens.first_refresh()
    _keep(session, refresh, opened)
    return SignedIn(user, tokens.issue_access(settings, user.id, opened.id), refresh)


def refresh(platform: Platform, token: str) -> SignedIn:
    """Exchange a refresh token for the next one; one that was exchanged before ends its session.

    Raises
    ------
    Unauthorized
        The token is unknown, used, expired or revoked, or its user disabled.
    """
    with platform.db.write() as session:
        answer = _rotate(session, platform.settings, token, utc_now())
    if answer is None:  # only now: what a reused token revoked must stay revoked
        raise Unauthorized
    return answer


def _rotate(session: Session, settings: Settings, token: str, now: datetime) -> SignedIn | None:
    row = repository.refresh_token(session, tokens.hash_refresh(token))
    if row is None:
        return None
    held = session.get_one(UserSession, row.session_id)
    raced = row.used_at is not None
    while row.used_at is not None:
        if now - row.used_at > GRACE:
            log.warning("refresh.reused", session_id=held.id, user_id=held.user_id)
            _revoke(session, held.user_id, only=held.id)
            return None
        # another tab was faster: both end with the cookie that it was given
        token = tokens.next_refresh(settings, token)
        row = repository.refresh_token(session, tokens.hash_refresh(token))
        if row is None:
            return None
    user = session.get_one(User, held.user_id)
    if held.revoked_at is not None or row.expires_at <= now or user.status is not UserStatus.ACTIVE:
        return None
    if not raced:
        row.used_at = held.last_used_at = now
        held.expires_at = now + _lifetime(settings)
        session.flush()
        token = tokens.next_refresh(settings, token)
        _keep(session, token, held)
    return SignedIn(user, tokens.issue_access(settings, user.id, held.id), token)


def _keep(session: Session, token: str, held: UserSession) -> None:
    row = RefreshToken(token_hash=tokens.hash_refresh(token), session_id=held.id, expires_at=held.expires_at)
    session.add(row)


def sign_out(platform: Platform, *, refresh_token: str | None, access_token: str | None) -> None:
    """End the sessions that the caller proves to hold; proof of none changes nothing."""
    with platform.db.write() as session:
        ending: set[tuple[str, str]] = set()
        row = repository.refresh_token(session, tokens.hash_refresh(refresh_token)) if refresh_token else None
        if row is not None:
            ending.add((session.get_one(UserSession, row.session_id).user_id, row.session_id))
        if access_token is not None:
            try:
                claims = tokens.read_access(platform.settings, access_token)
            except Unauthorized:
                pass  # signing out must work however late
            else:
                ending.add((claims.user_id, claims.session_id))
        for user_id, session_id in ending:
            _revoke(session, user_id, only=session_id)


def live(actor: Actor) -> Select[UserSession]:
    """Return the query for the actor's own sessions."""
    return repository.live_sessions(actor.user_id, utc_now())


def revoke(session: Session, actor: Actor, session_id: str) -> None:
    """End one of the actor's own sessions; NotFound where there is no such live session."""
    if not is_id(session_id) or not _revoke(session, actor.user_id, only=session_id):
        raise NotFound


def revoke_all(session: Session, user_id: str, *, but: str | None = None) -> None:
    repository.revoke_sessions(session, utc_now(), of=user_id, but=but)


def _revoke(session: Session, user_id: str, *, only: str) -> bool:
    revoked = repository.revoke_sessions(session, utc_now(), of=user_id, only=only) > 0
    if revoked:
        hooks.access_changed.fire(session, user_id, "session")
    return revoked


def _lifetime(settings: Settings) -> timedelta:
    return timedelta(days=settings.refresh_token_days)
