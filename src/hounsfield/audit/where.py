"""Where a request comes from: set once at the edge, read by whoever notes something while it is carried out."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Where:
    """By which way and from which address (an IP address, or `AE_TITLE@address`)."""

    source: str = "system"
    address: str = ""


_NOWHERE = Where()
_where: ContextVar[Where] = ContextVar("audit_where", default=_NOWHERE)


def here() -> Where:
    return _where.get()


@contextmanager
def coming_from(source: str, address: str) -> Iterator[None]:
    """Say where everything within comes from."""
    token = _where.set(Where(source, address))
    try:
        yield
    finally:
        _where.reset(token)
