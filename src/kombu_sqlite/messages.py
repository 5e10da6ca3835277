"""Messages: put, claim, acknowledge, put back. Each is one short transaction."""

import sqlite3
import time
from collections.abc import Collection, Iterable
from typing import NamedTuple

from kombu_sqlite.database import Database, Row
from kombu_sqlite.wakeup import wake

_NEXT = """SELECT id FROM messages
  WHERE queue = ? AND session IS NULL AND (expires_at IS NULL OR expires_at > ?)
  ORDER BY priority DESC, id LIMIT 1"""


class Delivery(NamedTuple):
    """A message in a consumer's hands. The tag names this delivery of it, not the message: a stale one acks nothing."""

    tag: str
    redelivered: bool
    meta: str
    body: str | bytes


def _delivery(row: Row) -> Delivery:
    number, deliveries, meta, body = row
    return Delivery(f"{number}.{deliveries}", deliveries > 1, meta, body)


def publish(
    db: Database,
    queues: Collection[str],
    *,
    meta: str,
    body: str | bytes,
    priority: int,
    ttl: float | None,
    durable: bool,
) -> None:
    """Put one message into each of the queues that exist, all or none, and wake their consumers."""
    if not queues:
        return
    ports: set[int] = set()
    with db.transaction(durable=durable) as tx:
        for queue in queues:
            # min() of two arguments is NULL when one of them is: then the other one counts
            tx.execute(
                """INSERT INTO messages (queue, priority, expires_at, meta, body)
                   SELECT name, ?, ? + COALESCE(min(message_ttl, ?), message_ttl, ?), ?, ?
                   FROM queues WHERE name = ?""",
                (priority, time.time(), ttl, ttl, meta, body, queue),
            )
            _drop_oldest(tx, queue)
        ports.update(_ports(tx, queues))
    wake(ports)


def _drop_oldest(tx: sqlite3.Connection, queue: str) -> None:
    limited = tx.execute("SELECT max_length FROM queues WHERE name = ? AND max_length IS NOT NULL", (queue,))
    for (length,) in limited.fetchall():
        tx.execute(
            """DELETE FROM messages WHERE id IN (
                 SELECT id FROM messages WHERE queue = ? AND session IS NULL ORDER BY id DESC LIMIT -1 OFFSET ?)""",
            (queue, length),
        )


def _ports(tx: sqlite3.Connection, queues: Iterable[str]) -> set[int]:
    return {
        port
        for queue in queues
        for (port,) in tx.execute(
            "SELECT port FROM consumers JOIN sessions ON sessions.id = session WHERE queue = ?", (queue,)
        )
    }


def claim(db: Database, queue: str, session: int) -> Delivery | None:
    """Take the next ready message for a session, until it is acknowledged or put back."""
    now = time.time()
    if not db.rows(_NEXT, queue, now):  # most looks find nothing, and reading needs no lock
        return None
    with db.transaction() as tx:
        rows = tx.execute(
            f"""UPDATE messages SET session = ?, deliveries = deliveries + 1 WHERE id = ({_NEXT})
                RETURNING id, deliveries, meta, body""",  # noqa: S608 (a constant)
            (session, queue, now),
        ).fetchall()
    return _delivery(rows[0]) if rows else None


def take(db: Database, queue: str) -> Delivery | None:
    """Take the next ready message for good, as consumers do that never acknowledge."""
    now = time.time()
    if not db.rows(_NEXT, queue, now):
        return None
    with db.transaction() as tx:
        rows = tx.execute(
            f"DELETE FROM messages WHERE id = ({_NEXT}) RETURNING id, deliveries + 1, meta, body",  # noqa: S608
            (queue, now),
        ).fetchall()
    return _delivery(rows[0]) if rows else None


def ack(db: Database, session: int, tag: str) -> None:
    """Forget a message that is done with."""
    number, deliveries = tag.split(".")
    with db.transaction() as tx:
        tx.execute(
            "DELETE FROM messages WHERE id = ? AND deliveries = ? AND session = ?",
            (number, deliveries, session),
        )


def put_back(db: Database, session: int, tags: Iterable[str]) -> None:
    """Make claimed messages ready again, in the places they had."""
    queues: set[str] = set()
    with db.transaction() as tx:
        for tag in tags:
            number, deliveries = tag.split(".")
            rows = tx.execute(
                """UPDATE messages SET session = NULL
                   WHERE id = ? AND deliveries = ? AND session = ? RETURNING queue""",
                (number, deliveries, session),
            )
            queues.update(queue for (queue,) in rows.fetchall())
        ports = _ports(tx, queues)
    wake(ports)


def put_back_all(tx: sqlite3.Connection, session: int) -> set[int]:
    """Make all that a session has claimed ready again; return the ports to wake after the commit."""
    rows = tx.execute("UPDATE messages SET session = NULL WHERE session = ? RETURNING queue", (session,))
    return _ports(tx, {queue for (queue,) in rows.fetchall()})


def ready_count(db: Database, queue: str) -> int:
    """Count the messages that wait in a queue; those claimed by consumers are not among them."""
    return int(
        db.rows(
            """SELECT COUNT(*) FROM messages
               WHERE queue = ? AND session IS NULL AND (expires_at IS NULL OR expires_at > ?)""",
            queue,
            time.time(),
        )[0][0]
    )


def purge(db: Database, queue: str) -> int:
    """Delete the messages that wait in a queue and return their number."""
    with db.transaction() as tx:
        return tx.execute("DELETE FROM messages WHERE queue = ? AND session IS NULL", (queue,)).rowcount
