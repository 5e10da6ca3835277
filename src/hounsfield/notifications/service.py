"""Tell a user something so that it is not lost: a numbered row in the same transaction, and a hint over the socket."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hounsfield.kit.clock import iso, utc_now
from hounsfield.kit.db import Change, at_end, insert_rows, table_of
from hounsfield.kit.outbox import send_event
from hounsfield.notifications.models import UserEvent, UserEventHead

MAX_REPLAY = 500


def user_room(user_id: str) -> str:
    return f"user:{user_id}"


def tell(session: Session, user_id: str, name: str, data: dict[str, Any]) -> None:
    """Append an event to the user's sequence; it gets its number as the transaction ends."""
    at_end(session, _number, (user_id, name, {"timestamp": iso(utc_now()), **data}))


def _number(session: Session, told: list[tuple[str, str, dict[str, Any]]]) -> None:
    rows = []
    # one order for all transactions, so that two of them never wait for each other in a circle
    for user_id, news in groupby(sorted(told, key=itemgetter(0)), key=itemgetter(0)):
        said = list(news)
        first = _reserve(session, user_id, len(said))
        for seq, (_, name, data) in enumerate(said, first):
            body = {**data, "seq": seq}
            rows.append({"user_id": user_id, "seq": seq, "name": name, "data": body})
            send_event(session, user_room(user_id), name, body)
    insert_rows(session, _APPEND, rows)


_HEADS = table_of(UserEventHead)
_OWN = _HEADS.c.user_id == bindparam("whose")
_ADVANCE = Change(
    update(_HEADS).where(_OWN).values(seq=_HEADS.c.seq + bindparam("count")), _HEADS.c.seq, key=_OWN
)
_APPEND = insert(table_of(UserEvent))


def _reserve(session: Session, user_id: str, count: int) -> int:
    """Return the first of the next numbers of a user's sequence."""
    # the head row is locked until commit: numbers are given in commit order, without gaps
    last = _ADVANCE(session, whose=user_id, count=count)
    if last is None:
        try:
            with session.begin_nested():
                session.add(UserEventHead(user_id=user_id, seq=count))
        except IntegrityError:  # another transaction told this person something for the first time
            last = _ADVANCE(session, whose=user_id, count=count)
    return (last.seq if last else count) - count + 1


def heads(session: Session, user_ids: Collection[str]) -> dict[str, int]:
    """Return the last number of each user's sequence; 0 for one that was told nothing yet."""
    query = select(UserEventHead.user_id, UserEventHead.seq).where(UserEventHead.user_id.in_(user_ids))
    known = dict.fromkeys(user_ids, 0)
    for user_id, seq in session.execute(query):
        known[user_id] = seq
    return known


@dataclass(frozen=True)
class Replay:
    """What a client missed. Where `recovered` is false the gap is too long: the client reloads."""

    recovered: bool
    start: int
    end: int
    events: list[tuple[str, dict[str, Any]]]


def replay(session: Session, user_id: str, last_seq: int | None) -> Replay:
    """Return what a user was told after `last_seq`; None asks only where the sequence stands."""
    head = session.scalar(select(UserEventHead.seq).where(UserEventHead.user_id == user_id)) or 0
    if last_seq is None:
        return Replay(True, head, head, [])
    first = session.scalar(select(func.min(UserEvent.seq)).where(UserEvent.user_id == user_id)) or head + 1
    lost = last_seq > head or last_seq + 1 < first or head - last_seq > MAX_REPLAY
    if lost and last_seq != head:
        return Replay(False, last_seq, head, [])
    query = (
        select(UserEvent)
        .where(UserEvent.user_id == user_id, UserEvent.seq > last_seq, UserEvent.seq <= head)
        .order_by(UserEvent.seq)
    )
    return Replay(True, last_seq, head, [(row.name, row.data) for row in session.scalars(query)])
