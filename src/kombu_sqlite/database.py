"""One SQLite connection per file and process, shared by its threads and never carried across a fork."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from kombu_sqlite.busy import patiently
from kombu_sqlite.errors import permanent
from kombu_sqlite.presence import Presence
from kombu_sqlite.schema import prepare

Row = tuple[Any, ...]


class Database:
    """The broker's file. Get one with `acquire`, give it back with `release`."""

    _opened: ClassVar[dict[Path, "Database"]] = {}
    _registry_lock = threading.RLock()

    def __init__(self, path: Path, timeout: float) -> None:
        self.path = path
        self._timeout = timeout
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._durable: bool | None = None
        self._presence: Presence | None = None
        self._users = 0

    @classmethod
    def acquire(cls, path: Path, timeout: float) -> "Database":
        """Return this process's `Database` for a path, opened: a file that cannot be used is told here."""
        with cls._registry_lock:
            database = cls._opened.get(path) or cls(path, timeout)
            with database._guarded():
                pass
            cls._opened[path] = database
            database._users += 1
            return database

    def release(self) -> None:
        """Give back what `acquire` returned; the last one closes the connection."""
        with self._registry_lock, self._lock:
            self._users -= 1
            if self._users <= 0:
                self._opened.pop(self.path, None)
                self._close()

    @property
    def presence(self) -> Presence:
        """The lock that tells other processes that this one lives."""
        with self._lock:
            if self._presence is None:
                self._presence = Presence(self.path)
            return self._presence

    def drop_presence(self) -> None:
        """Take this process off the list of the living, once nothing is claimed in its name."""
        with self._lock:
            if self._presence is not None:
                self._presence.close()
                self._presence = None

    def rows(self, sql: str, *values: Any) -> list[Row]:
        """Run one statement and return all its rows; it is its own transaction, committed on return."""
        # fetchall, because a RETURNING statement commits only when its last row has been read
        with self._guarded() as connection:
            return patiently(connection.execute, sql, values, timeout=self._timeout).fetchall()

    @contextmanager
    def transaction(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """Hold the write lock; commit at the end, synced to disk if `durable`.

        Without `durable` a crash of any process loses nothing, but a power cut may undo the last commits. That is
        right for claims and acknowledgements: what is undone is delivered again.
        """
        with self._guarded() as connection:
            if durable != self._durable:
                connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
                self._durable = durable
            patiently(connection.execute, "BEGIN IMMEDIATE", timeout=self._timeout)
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def shrink(self, pages: int) -> None:
        """Give up to `pages` free pages back to the file system."""
        # executescript, because execute() takes one step of the statement, and each step frees one page
        with self._guarded() as connection:
            script = f"PRAGMA incremental_vacuum({pages})"
            patiently(connection.executescript, script, timeout=self._timeout)

    @contextmanager
    def _guarded(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._connect()
                yield self._connection
            except sqlite3.Error as error:
                final = permanent(self.path, error)
                if final is None:
                    raise
                raise final from error

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            prepare(connection, self.path, self._timeout)
        except BaseException:
            connection.close()
            raise
        self._durable = None
        return connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # SQLite keeps its idea of the file locks in memory that a fork copies, but the operating system does not pass the
    # locks on, so even a *new* connection in the child would believe in locks that it does not hold. Hence no
    # connection may be open at the moment of the fork; both sides open again when they next need one.

    @classmethod
    def _before_fork(cls) -> None:
        cls._registry_lock.acquire()
        for database in cls._opened.values():
            database._lock.acquire()
            database._close()

    @classmethod
    def _after_fork_in_parent(cls) -> None:
        for database in cls._opened.values():
            database._lock.release()
        cls._registry_lock.release()

    @classmethod
    def _after_fork_in_child(cls) -> None:
        for database in cls._opened.values():
            if database._presence is not None:
                database._presence.forget()
                database._presence = None
        cls._after_fork_in_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=Database._before_fork,
        after_in_parent=Database._after_fork_in_parent,
        after_in_child=Database._after_fork_in_child,
    )
