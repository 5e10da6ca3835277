"""What can go wrong with the broker's file, split by whether trying again can help."""

import sqlite3
from pathlib import Path

from kombu.exceptions import OperationalError

# Codes after which the same statement would fail again for ever. Everything else (busy, locked, full, I/O) stays a
# sqlite3.OperationalError, which the transport declares as a connection error, so that kombu and Celery retry it.
_PERMANENT = {
    sqlite3.SQLITE_NOTADB: "it is not a SQLite database",
    sqlite3.SQLITE_CORRUPT: "it is damaged",
    sqlite3.SQLITE_READONLY: "it cannot be written",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened or created; its folder must exist and be writable",
    sqlite3.SQLITE_PERM: "access is denied",
    sqlite3.SQLITE_AUTH: "access is denied",
}


class BrokerFileError(OperationalError):
    """The broker's file cannot be used, and trying again will not help."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"broker file {path}: {reason}")


def permanent(path: Path, error: sqlite3.Error) -> BrokerFileError | None:
    """Return the error to raise instead of `error` when no retry can help, else None."""
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
    reason = _PERMANENT.get(code & 0xFF)  # the low byte is the primary code of an extended one
    return BrokerFileError(path, f"{reason} ({error})") if reason else None
