"""Whose turn it is to write to a SQLite file: across processes, and so that nobody waits for ever.

SQLite lets whoever asks at the right moment write; the others ask again after a pause of up to a tenth of a second. One
that writes without a pause is there first nearly every time, and another may wait for minutes (bench/sqlite_turns.py).
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class Turns:
    """Two locks make a queue: whoever is next holds the first until the second is free.

    So who has just written must queue behind whoever waits. The locks are the kernel's: they wake without polling, and a
    process that dies lets go of them.
    """

    def __init__(self, database: str | None) -> None:
        self._threads = threading.Lock()
        self._files: tuple[int, int] | None = None
        if database and database != ":memory:":
            paths = [f"{Path(database)}-{name}" for name in ("next", "turn")]
            first, second = (os.open(path, os.O_RDWR | os.O_CREAT, 0o600) for path in paths)
            self._files = first, second

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Wait for a turn and keep it while the block runs."""
        with self._threads:
            if self._files is None:
                yield
                return
            following, turn = self._files
            fcntl.flock(following, fcntl.LOCK_EX)
            try:
                fcntl.flock(turn, fcntl.LOCK_EX)
            finally:
                fcntl.flock(following, fcntl.LOCK_UN)
            try:
                yield
            finally:
                fcntl.flock(turn, fcntl.LOCK_UN)

    def close(self) -> None:
        files, self._files = self._files or (), None
        for descriptor in files:
            with suppress(OSError):
                os.close(descriptor)
