"""A file lock that a process holds for as long as it lives, so that others see its death at once."""

import os
import sys
from pathlib import Path
from typing import ClassVar
from uuid import uuid4

from kombu_sqlite.errors import BrokerFileError

if sys.platform == "win32":
    import msvcrt

    def _lock(fd: int) -> None:
        msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(fd: int) -> None:
        # A record lock, not flock(): it is not inherited, so a pool child that outlives a killed worker does not
        # keep the worker's lock.
        fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _folder(database: Path) -> Path:
    return database.with_name(database.name + "-live")


def _open(path: Path, flags: int) -> int:
    return os.open(path, flags | os.O_RDWR | getattr(os, "O_CLOEXEC", 0), 0o600)


class Presence:
    """This process's lock beside the broker's file; `id` is its name in the table of sessions."""

    _mine: ClassVar[set[str]] = set()

    def __init__(self, database: Path) -> None:
        self.id = uuid4().hex
        self._path = _folder(database) / self.id
        try:
            self._path.parent.mkdir(exist_ok=True, mode=0o700)
            self._fd = _open(self._path, os.O_CREAT | os.O_EXCL)
            _lock(self._fd)
        except OSError as error:
            raise BrokerFileError(
                database, f"no lock file can be made in {self._path.parent} ({error})"
            ) from error
        self._mine.add(self.id)

    @classmethod
    def is_mine(cls, process: str) -> bool:
        return process in cls._mine

    def close(self) -> None:
        """Give the lock up and remove its file."""
        self._mine.discard(self.id)
        os.close(self._fd)
        self._path.unlink(missing_ok=True)

    def forget(self) -> None:
        """In a forked child: drop the copy of the parent's descriptor. The lock itself was not inherited."""
        self._mine.discard(self.id)
        os.close(self._fd)


def is_alive(database: Path, process: str) -> bool:
    """Tell whether a process still holds its lock."""
    if Presence.is_mine(process):
        return True  # without looking: to open and close one's own lock file releases the lock
    try:
        fd = _open(_folder(database) / process, 0)
    except FileNotFoundError:
        return False
    try:
        _lock(fd)
    except OSError:
        return True
    finally:
        os.close(fd)
    return False


def bury(database: Path, process: str) -> None:
    """Remove the lock file of a dead process."""
    (_folder(database) / process).unlink(missing_ok=True)
