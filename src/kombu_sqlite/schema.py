"""The tables, and their creation by whichever of several racing processes comes first."""

import sqlite3
from pathlib import Path

from kombu_sqlite.busy import patiently
from kombu_sqlite.errors import BrokerFileError

APPLICATION_ID = 0x6B6D6271  # "kmbq": tells this file from anybody else's SQLite database
VERSION = 1

TABLES = """
CREATE TABLE exchanges (
  name TEXT PRIMARY KEY, type TEXT NOT NULL, auto_delete INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE queues (
  name TEXT PRIMARY KEY,
  auto_delete INTEGER NOT NULL,
  session INTEGER,          -- the one that declared it exclusive
  expires_after REAL,       -- seconds without use
  message_ttl REAL,         -- seconds
  max_length INTEGER,
  used_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE bindings (
  exchange TEXT NOT NULL, routing_key TEXT NOT NULL, queue TEXT NOT NULL,
  PRIMARY KEY (exchange, routing_key, queue)
) WITHOUT ROWID;
CREATE INDEX bindings_of_queue ON bindings (queue);
CREATE TABLE messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  queue TEXT NOT NULL,
  priority INTEGER NOT NULL,
  session INTEGER,          -- the one that claimed it; NULL while it is ready
  deliveries INTEGER NOT NULL DEFAULT 0,
  expires_at REAL,
  meta TEXT NOT NULL,
  body NOT NULL             -- text or blob, exactly as it was published
);
CREATE INDEX ready ON messages (queue, priority DESC, id) WHERE session IS NULL;
CREATE INDEX messages_of_queue ON messages (queue);
CREATE INDEX claimed ON messages (session) WHERE session IS NOT NULL;
CREATE INDEX expiring ON messages (expires_at) WHERE expires_at IS NOT NULL AND session IS NULL;
CREATE TABLE sessions (
  id INTEGER PRIMARY KEY AUTOINCREMENT, process TEXT NOT NULL, port INTEGER NOT NULL
);
CREATE TABLE consumers (
  session INTEGER NOT NULL, tag TEXT NOT NULL, queue TEXT NOT NULL, PRIMARY KEY (session, tag)
) WITHOUT ROWID;
CREATE INDEX consumers_of_queue ON consumers (queue);
"""


def prepare(connection: sqlite3.Connection, path: Path, timeout: float) -> None:
    """Put a fresh connection in WAL mode and make sure that the tables stand."""
    # counts only before the first page is written
    patiently(connection.execute, "PRAGMA auto_vacuum=INCREMENTAL", timeout=timeout)
    patiently(connection.execute, "PRAGMA journal_mode=WAL", timeout=timeout)
    connection.execute("PRAGMA journal_size_limit=16777216")
    if _version(connection, path) == VERSION:
        return
    patiently(connection.execute, "BEGIN IMMEDIATE", timeout=timeout)
    try:
        if _version(connection, path) != VERSION:
            for statement in TABLES.split(";\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version={VERSION}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """Return the schema version, 0 for an empty file."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    if tables and application != APPLICATION_ID:
        raise BrokerFileError(path, "it is a SQLite database of some other program")
    if tables and version != VERSION:
        raise BrokerFileError(path, f"it has schema version {version}; this program reads version {VERSION}")
    return int(version) if tables else 0
