"""Waiting for another process's write, which takes a fraction of a millisecond."""

import sqlite3
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_FIRST_PAUSE = 0.0001
_LONGEST_PAUSE = 0.005


def patiently(run: Callable[..., T], *args: object, timeout: float) -> T:
    """Call a method of a connection, again and again for `timeout` seconds while the file is busy.

    SQLite's own busy handler is not used: it sleeps whole milliseconds, growing to 100, which would be most of the time
    that a message takes, and it is not asked at all when several processes enter WAL mode together.
    """
    deadline = time.monotonic() + timeout
    pause = _FIRST_PAUSE
    while True:
        try:
            return run(*args)
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not busy or time.monotonic() > deadline:
                raise
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
