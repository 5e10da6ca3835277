"""Tell a user something so that it is not lost: a numbered row in the same transaction, and a hint over the socket."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hounsfield.kit.clock import iso, utc_now
from hounsfield.kit.db import bump
from hounsfield.kit.outbox import send_event
from hounsfield.notifications.models import UserEvent, UserEventHead

MAX_REPLAY = 500


def user_room(user_id: str) -> str:
    return f"user:{user_id}"


def tell(session: Session, user_id: str, name: str, data: dict[str, Any]) -> int:
    """Append an event to the user's sequence and return its number."""
    seq = _next(session, user_id)
    body = {"timestamp": iso(utc_now()), **data, "seq": seq}
    session.add(UserEvent(user_id=user_id, seq=seq, name=name, data=body))
    send_event(session, user_room(user_id), name, body)
    return seq


def _next(session: Session, user_id: str) -> int:
    # the head row is locked until commit: numbers are given in commit order, without gaps
    own = UserEventHead.user_id == user_id
    seq = bump(session, UserEventHead.seq, 1, key=own)
    if seq is None:
        try:
            with session.begin_nested():
                session.add(UserEventHead(user_id=user_id, seq=1))
        except IntegrityError:  # another transaction told this person something for the first time
            seq = bump(session, UserEventHead.seq, 1, key=own)
    return seq or 1


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
