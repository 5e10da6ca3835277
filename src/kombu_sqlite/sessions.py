"""Sessions: who consumes, whose death gives what back, and the sweeping that keeps the file small.

A session is one consuming connection. It belongs to a process, and the process proves by a file lock that it lives.
"""

import sqlite3
import time

from kombu_sqlite.database import Database
from kombu_sqlite.messages import put_back_all
from kombu_sqlite.presence import bury, is_alive
from kombu_sqlite.topology import drop_queues
from kombu_sqlite.wakeup import wake

_SLACK_PAGES = 256  # free pages worth keeping for the next messages (1 MB)
_VACUUM_PAGES = 2048  # most pages given back in one sweep, so that it stays short


def open_session(db: Database, port: int) -> int:
    """Register a consuming connection that listens on a UDP port."""
    process = db.presence.id  # locked before it is written where others look
    with db.transaction() as tx:
        row = tx.execute("INSERT INTO sessions (process, port) VALUES (?, ?)", (process, port)).lastrowid
    assert row is not None
    return row


def close_session(db: Database, session: int) -> None:
    """Give back what a session held, as `sweep` does for a dead process."""
    _release(db, [session])
    if not db.rows("SELECT 1 FROM sessions WHERE process = ? LIMIT 1", db.presence.id):
        db.drop_presence()


def consume(db: Database, session: int, tag: str, queue: str) -> None:
    with db.transaction() as tx:
        tx.execute("INSERT OR REPLACE INTO consumers VALUES (?, ?, ?)", (session, tag, queue))


def cancel(db: Database, session: int, tag: str) -> None:
    """Stop consuming; an auto-delete queue goes with its last consumer."""
    with db.transaction() as tx:
        rows = tx.execute(
            "DELETE FROM consumers WHERE session = ? AND tag = ? RETURNING queue", (session, tag)
        )
        _after_cancel(tx, rows.fetchall())


def _after_cancel(tx: sqlite3.Connection, queues: list[tuple[str]]) -> None:
    for (queue,) in queues:
        tx.execute("UPDATE queues SET used_at = ? WHERE name = ?", (time.time(), queue))
        unused = tx.execute(
            """SELECT name FROM queues WHERE name = ? AND auto_delete
               AND NOT EXISTS (SELECT 1 FROM consumers WHERE queue = name)""",
            (queue,),
        )
        drop_queues(tx, [name for (name,) in unused.fetchall()])


def touch(db: Database, queue: str) -> None:
    """Count a direct get as a use of a queue that expires without any."""
    if db.rows("SELECT 1 FROM queues WHERE name = ? AND expires_after IS NOT NULL", queue):
        with db.transaction() as tx:
            tx.execute("UPDATE queues SET used_at = ? WHERE name = ?", (time.time(), queue))


def sweep(db: Database) -> None:
    """Give back what dead processes held; delete what has expired; shrink the file."""
    _reclaim(db)
    _expire(db)
    (free,) = db.rows("PRAGMA freelist_count")[0]
    if free > _SLACK_PAGES:
        db.shrink(_VACUUM_PAGES)


def _reclaim(db: Database) -> None:
    for (process,) in db.rows("SELECT DISTINCT process FROM sessions"):
        if is_alive(db.path, process):
            continue
        _release(db, [s for (s,) in db.rows("SELECT id FROM sessions WHERE process = ?", process)])
        bury(db.path, process)


def _release(db: Database, sessions: list[int]) -> None:
    ports: set[int] = set()
    with db.transaction() as tx:
        for session in sessions:
            exclusive = tx.execute("SELECT name FROM queues WHERE session = ?", (session,)).fetchall()
            drop_queues(tx, [name for (name,) in exclusive])
            rows = tx.execute("DELETE FROM consumers WHERE session = ? RETURNING queue", (session,))
            _after_cancel(tx, rows.fetchall())
            ports |= put_back_all(tx, session)
            tx.execute("DELETE FROM sessions WHERE id = ?", (session,))
    wake(ports)


def _expire(db: Database) -> None:
    now = time.time()
    if db.rows("SELECT 1 FROM messages WHERE session IS NULL AND expires_at <= ? LIMIT 1", now):
        with db.transaction() as tx:
            tx.execute("DELETE FROM messages WHERE session IS NULL AND expires_at <= ?", (now,))
    unused = """SELECT name FROM queues WHERE used_at + expires_after <= ?
                AND NOT EXISTS (SELECT 1 FROM consumers WHERE queue = name)"""
    if db.rows(unused, now):
        with db.transaction() as tx:
            drop_queues(tx, [name for (name,) in tx.execute(unused, (now,)).fetchall()])
