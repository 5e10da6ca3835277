"""Exchanges, queues and the bindings between them, shared by all processes through the file."""

import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache
from operator import eq
from typing import Any

from kombu_sqlite.database import Database


@lru_cache(maxsize=1024)
def topic_matches(pattern: str, routing_key: str) -> bool:
    """Match as AMQP does: words between dots, ``*`` for exactly one of them, ``#`` for any number, also none."""
    return _words_match(tuple(pattern.split(".")), tuple(routing_key.split(".")))


def _words_match(pattern: tuple[str, ...], words: tuple[str, ...]) -> bool:
    if not pattern:
        return not words
    head, rest = pattern[0], pattern[1:]
    if head == "#":
        return any(_words_match(rest, words[skipped:]) for skipped in range(len(words) + 1))
    return bool(words) and head in ("*", words[0]) and _words_match(rest, words[1:])


MATCHERS: Mapping[str, Callable[[str, str], bool]] = {
    "direct": eq,
    "topic": topic_matches,
    "fanout": lambda _pattern, _routing_key: True,
}


def declare_exchange(db: Database, name: str, kind: str, *, auto_delete: bool) -> str:
    """Make an exchange unless it stands, and return the type that it has."""
    with db.transaction() as tx:
        tx.execute("INSERT OR IGNORE INTO exchanges VALUES (?, ?, ?)", (name, kind, auto_delete))
        (found,) = tx.execute("SELECT type FROM exchanges WHERE name = ?", (name,)).fetchone()
    return str(found)


def exchange_type(db: Database, name: str) -> str | None:
    found = db.rows("SELECT type FROM exchanges WHERE name = ?", name)
    return found[0][0] if found else None


def delete_exchange(db: Database, name: str, *, if_unused: bool) -> None:
    with db.transaction() as tx:
        bound = tx.execute("SELECT 1 FROM bindings WHERE exchange = ? LIMIT 1", (name,)).fetchone()
        if if_unused and bound:
            return
        tx.execute("DELETE FROM bindings WHERE exchange = ?", (name,))
        tx.execute("DELETE FROM exchanges WHERE name = ?", (name,))


def declare_queue(
    db: Database, name: str, *, auto_delete: bool, session: int | None, arguments: Mapping[str, Any]
) -> None:
    """Make a queue, or give the one that stands these properties: the last declaration counts.

    Of `arguments`, ``x-expires``, ``x-message-ttl`` (milliseconds) and ``x-max-length`` are understood.
    """
    expires, ttl = arguments.get("x-expires"), arguments.get("x-message-ttl")
    values = {
        "name": name,
        "auto_delete": auto_delete,
        "session": session,
        "expires_after": None if expires is None else float(expires) / 1000,
        "message_ttl": None if ttl is None else float(ttl) / 1000,
        "max_length": arguments.get("x-max-length"),
        "now": time.time(),
    }
    with db.transaction() as tx:
        tx.execute(
            """INSERT INTO queues VALUES
                 (:name, :auto_delete, :session, :expires_after, :message_ttl, :max_length, :now)
               ON CONFLICT (name) DO UPDATE SET
                 auto_delete = excluded.auto_delete, session = excluded.session,
                 expires_after = excluded.expires_after, message_ttl = excluded.message_ttl,
                 max_length = excluded.max_length, used_at = excluded.used_at""",
            values,
        )


def queue_exists(db: Database, name: str) -> bool:
    return bool(db.rows("SELECT 1 FROM queues WHERE name = ?", name))


def consumer_count(db: Database, queue: str) -> int:
    return int(db.rows("SELECT COUNT(*) FROM consumers WHERE queue = ?", queue)[0][0])


def bind(db: Database, queue: str, exchange: str, routing_key: str) -> None:
    with db.transaction() as tx:
        tx.execute("INSERT OR IGNORE INTO bindings VALUES (?, ?, ?)", (exchange, routing_key, queue))


def unbind(db: Database, queue: str, exchange: str, routing_key: str) -> None:
    with db.transaction() as tx:
        tx.execute(
            "DELETE FROM bindings WHERE exchange = ? AND routing_key = ? AND queue = ?",
            (exchange, routing_key, queue),
        )
        _delete_unbound(tx, [exchange])


def bindings(db: Database) -> list[tuple[str, str, str]]:
    """Return every binding as (queue, exchange, routing key)."""
    return [(q, e, r) for q, e, r in db.rows("SELECT queue, exchange, routing_key FROM bindings")]


def queues_for(db: Database, exchange: str, routing_key: str) -> set[str]:
    """Return the queues that a message goes to. The nameless exchange leads to the queue named by the key."""
    if not exchange:
        return {routing_key}
    kind = exchange_type(db, exchange)
    if kind is None:
        return set()
    matches = MATCHERS[kind]
    bound = db.rows("SELECT routing_key, queue FROM bindings WHERE exchange = ?", exchange)
    return {queue for pattern, queue in bound if matches(pattern, routing_key)}


def delete_queue(db: Database, name: str, *, if_unused: bool, if_empty: bool) -> None:
    """Delete a queue with its messages and bindings, unless a condition forbids it."""
    with db.transaction() as tx:
        used = tx.execute("SELECT 1 FROM consumers WHERE queue = ? LIMIT 1", (name,)).fetchone()
        filled = tx.execute("SELECT 1 FROM messages WHERE queue = ? LIMIT 1", (name,)).fetchone()
        if not (if_unused and used) and not (if_empty and filled):
            drop_queues(tx, [name])


def drop_queues(tx: sqlite3.Connection, names: Collection[str]) -> None:
    """Delete queues with all that hangs on them, inside the caller's transaction."""
    # Their consumers stay registered: if the queue is declared again, they go on being woken for it.
    for name in names:
        exchanges = [
            e for (e,) in tx.execute("SELECT DISTINCT exchange FROM bindings WHERE queue = ?", (name,))
        ]
        tx.execute("DELETE FROM bindings WHERE queue = ?", (name,))
        tx.execute("DELETE FROM messages WHERE queue = ?", (name,))
        tx.execute("DELETE FROM queues WHERE name = ?", (name,))
        _delete_unbound(tx, exchanges)


def _delete_unbound(tx: sqlite3.Connection, exchanges: Iterable[str]) -> None:
    for name in exchanges:
        tx.execute(
            """DELETE FROM exchanges WHERE name = ? AND auto_delete
               AND NOT EXISTS (SELECT 1 FROM bindings WHERE exchange = exchanges.name)""",
            (name,),
        )
