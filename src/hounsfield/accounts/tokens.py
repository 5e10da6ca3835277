"""Access tokens say who somebody is, for minutes, and nothing else; refresh tokens are secrets that follow each other."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt

from hounsfield.kit.clock import utc_now
from hounsfield.kit.errors import Unauthorized
from hounsfield.kit.settings import Settings

_ALGORITHM = "HS256"
_TYPE = "access"
_CLAIMS = ["sub", "sid", "iat", "exp", "typ"]
_LONGEST = 2048


class TokenExpired(Unauthorized):
    """Your sign-in has run out. Refresh it or sign in again."""

    code = "TOKEN_EXPIRED"
    zh = "登录已过期，请刷新或重新登录。"


class TokenInvalid(Unauthorized):
    """This is not a valid access token."""

    code = "TOKEN_INVALID"
    zh = "访问令牌无效。"


@dataclass(frozen=True)
class Claims:
    """Whom a valid access token names."""

    user_id: str
    session_id: str


def _key(settings: Settings, purpose: str) -> bytes:
    """Derive one key per purpose: 256 bits however short the secret, and no token passes for another kind."""
    return hmac.digest(settings.signing_key.encode(), f"hounsfield.accounts.{purpose}".encode(), "sha256")


def issue_access(settings: Settings, user_id: str, session_id: str, *, now: datetime | None = None) -> str:
    issued = now or utc_now()
    claims = {
        "sub": user_id,
        "sid": session_id,
        "typ": _TYPE,
        "iat": issued,
        "exp": issued + timedelta(minutes=settings.access_token_minutes),
    }
    return jwt.encode(claims, _key(settings, _TYPE), algorithm=_ALGORITHM)


def read_access(settings: Settings, token: str) -> Claims:
    """Check an access token and return whom it names.

    Raises
    ------
    TokenExpired
        It was valid once.
    TokenInvalid
        It never was.
    """
    if len(token) > _LONGEST:
        raise TokenInvalid
    try:
        claims = jwt.decode(
            token,
            _key(settings, _TYPE),
            algorithms=[_ALGORITHM],
            # `iat` informs only: machines whose clocks differ by a second must accept each other's tokens
            options={"require": _CLAIMS, "verify_iat": False},
        )
    except jwt.ExpiredSignatureError:
        raise TokenExpired from None
    except (jwt.PyJWTError, ValueError):  # ValueError: text that cannot even be encoded
        raise TokenInvalid from None
    if claims["typ"] != _TYPE or not isinstance(claims["sid"], str):
        raise TokenInvalid
    return Claims(claims["sub"], claims["sid"])


def first_refresh() -> str:
    return secrets.token_urlsafe(32)


def next_refresh(settings: Settings, token: str) -> str:
    """Return the token that follows another: always the same one, so that two racing tabs end with equal cookies."""
    successor = hmac.digest(_key(settings, "refresh"), token.encode(), "sha256")
    return urlsafe_b64encode(successor).rstrip(b"=").decode()


def hash_refresh(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
