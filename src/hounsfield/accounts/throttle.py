"""How often one may try: attempts are counted before they are judged, so that a volley cannot slip through together."""

import hashlib
import ipaddress
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from annotated_types import Ge, Le
from sqlalchemy.orm import Session

from hounsfield.accounts import repository
from hounsfield.kit.clock import utc_now
from hounsfield.kit.errors import TooMany
from hounsfield.system import configs

_Count = Annotated[int, Ge(1), Le(1_000_000)]
_Seconds = Annotated[int, Ge(1), Le(86_400)]

PER_ACCOUNT = configs.declare(
    "login_attempts_per_account",
    _Count,
    5,
    en="Failed sign-ins to one account in a window before it has to wait",
    zh="一个窗口期内单个账号登录失败多少次后需要等待",
)
PER_ADDRESS = configs.declare(
    "login_attempts_per_address",
    _Count,
    50,
    en="Failed sign-ins from one address in a window before it has to wait",
    zh="一个窗口期内单个地址登录失败多少次后需要等待",
)
REGISTRATIONS = configs.declare(
    "registrations_per_address",
    _Count,
    100,
    en="Registrations from one address in a window before it has to wait",
    zh="一个窗口期内单个地址注册多少次后需要等待",
)
WINDOW = configs.declare(
    "login_window_seconds",
    _Seconds,
    900,
    en="Length of the window in which attempts are counted, in seconds; also the longest wait",
    zh="统计尝试次数的窗口期长度（秒），也是最长等待时间",
)
WAIT = configs.declare(
    "login_wait_seconds",
    _Seconds,
    30,
    en="First wait after too many attempts, in seconds; it doubles with every further one",
    zh="尝试过多后的首次等待时间（秒），此后每次翻倍",
)


@dataclass(frozen=True)
class Key:
    """What is counted, and up to where."""

    digest: str
    limit: configs.Config


def account(username_key: str) -> Key:
    return Key(_digest("account", username_key), PER_ACCOUNT)


def password_of(user_id: str) -> Key:
    """Count guesses at a signed-in person's own password apart: strangers' failed sign-ins do not hinder them."""
    return Key(_digest("password", user_id), PER_ACCOUNT)


def address(client: str) -> Key:
    return Key(_digest("address", _network(client)), PER_ADDRESS)


def registrations(client: str) -> Key:
    return Key(_digest("register", _network(client)), REGISTRATIONS)


def attempt(session: Session, *keys: Key) -> None:
    """Count an attempt under each key, or refuse it; a refused attempt is not counted and so prolongs nothing.

    Raises
    ------
    TooMany
        One of the keys has to wait.
    """
    now = utc_now()
    window = timedelta(seconds=configs.get(session, WINDOW))
    first_wait = timedelta(seconds=configs.get(session, WAIT))
    for key in sorted(keys, key=lambda key: key.digest):  # one order of locks for everybody
        row = repository.throttle_row(session, key.digest, now)
        if row.blocked_until is not None and now < row.blocked_until:
            raise TooMany(retry_after=_whole_seconds(row.blocked_until - now))
        if now - row.window_started_at >= window:
            row.attempts, row.window_started_at = 0, now
        row.attempts += 1
        beyond = row.attempts - configs.get(session, key.limit)
        row.blocked_until = _until(now, first_wait, beyond, window)


def _until(now: datetime, first_wait: timedelta, beyond: int, longest: timedelta) -> datetime | None:
    if beyond < 0:
        return None
    return now + min(first_wait * 2 ** min(beyond, 16), longest)


def forgive(session: Session, *, forget: Key, refund: Key | None = None) -> None:
    """Undo what a successful attempt counted: all of one key, this one attempt of the other."""
    repository.forget_throttle(session, forget.digest)
    if refund is not None:
        repository.refund_throttle(session, refund.digest)


def _digest(kind: str, value: str) -> str:
    return hashlib.sha256(f"{kind}:{value}".encode()).hexdigest()


def _network(client: str) -> str:
    """Return what one party is likely to own: an IPv4 address, or an IPv6 network of 64 bits."""
    try:
        parsed = ipaddress.ip_address(client)
    except ValueError:
        return client
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else client


def _whole_seconds(span: timedelta) -> int:
    return max(1, math.ceil(span.total_seconds()))
