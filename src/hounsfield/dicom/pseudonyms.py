"""Replacements that a project's key decides: the same identity always gets the same one, and without the key nobody
can go back or link two projects."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

# UIDs that name a thing of the standard or of a vocabulary, not of a patient
_STANDARD: Final = "1.2.840.10008."
MAX_SHIFT_DAYS: Final = 3650
MIN_SHIFT_DAYS: Final = 30
_DATE = re.compile(r"(\d{4})[.-]?(\d{2})[.-]?(\d{2})(.*)", re.DOTALL)


@dataclass(frozen=True)
class Pseudonyms:
    """What one project makes of identities."""

    key: bytes
    prefix: str = "ANON"

    def uid(self, uid: str) -> str:
        """Return the UID that stands for another one, under 2.25 (PS3.5 annex B.2); the standard's own stay."""
        if uid.startswith(_STANDARD):
            return uid
        # laid out as a UUID of version 8 (RFC 9562): 122 bits of our own making
        value = int.from_bytes(self._hash("uid", uid)[:16], "big") & ~(0xF << 76) & ~(0b11 << 62)
        return f"2.25.{value | 0x8 << 76 | 0b10 << 62}"

    def patient(self, identity: str) -> str:
        """Return the record number that stands for a patient."""
        return f"{self.prefix}-{base64.b32encode(self._hash('patient', identity)[:10]).decode()}"

    def days(self, identity: str) -> int:
        """Return by how many days a patient's dates move: always into the past, by a month to ten years."""
        spread = MAX_SHIFT_DAYS - MIN_SHIFT_DAYS
        return -(MIN_SHIFT_DAYS + int.from_bytes(self._hash("days", identity)[:8], "big") % spread)

    def _hash(self, purpose: str, value: str) -> bytes:
        return hmac.digest(self.key, f"{purpose}\0{value}".encode(), hashlib.sha256)


def shifted(value: str, days: int) -> str | None:
    """Return a DA or DT value moved by whole days, its time of day and zone as they were.

    None where it cannot be moved: no date, or one that names no day.
    """
    found = _DATE.fullmatch(value.strip())
    if found is None:
        return None
    year, month, day, rest = found.groups()
    try:
        moved = date(int(year), int(month), int(day)) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return f"{moved:%Y%m%d}{rest}" if moved.year >= 1000 else None
