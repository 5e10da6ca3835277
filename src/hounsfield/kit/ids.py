"""Identifiers: opaque, unguessable, and ordered by time so that indexes stay local."""

import secrets
import time

_ALPHABET = (
    "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U to misread on the telephone
)


def new_id() -> str:
    """Return 32 hexadecimal digits laid out as a UUID version 7 (RFC 9562): 48 bits of time, 74 of chance."""
    milliseconds = time.time_ns() // 1_000_000
    value = milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    return f"{value:032x}"


def order_number(prefix: str, moment: str) -> str:
    """Return an order number a person can read out: prefix, day, ten random letters (at most 32 characters)."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(10))
    return f"{prefix}{moment}{letters}"


def new_token(prefix: str) -> str:
    """Return a secret of 256 bits with a prefix that tells what it opens."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"
