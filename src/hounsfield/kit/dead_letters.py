"""Messages that nobody could use: kept as rows, shown to administrators, sent again by hand.

They come from two places: the broker's dead-letter queue (what a consumer refused), and the workers (a job that failed
at every retry, or that took its process down again and again).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from hounsfield.kit.clock import utc_now
from hounsfield.kit.db import Base, db_now
from hounsfield.kit.errors import Conflict, NotFound
from hounsfield.kit.hooks import Hook
from hounsfield.kit.outbox import send_job, send_offer


class DeadLetter(Base):
    """A message that was given up, and what became of it."""

    __tablename__ = "dead_letters"
    __table_args__ = (Index(None, "redriven_at", "id"),)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))  # job | offer | other
    queue: Mapped[str] = mapped_column(String(128))
    body: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(String(300))
    died_at: Mapped[datetime] = mapped_column(default=utc_now)
    redriven_at: Mapped[datetime | None]
    redriven_by: Mapped[str | None] = mapped_column(String(64))


class Redelivery(Base):
    """How often the broker has handed a job out again because its worker was gone."""

    __tablename__ = "redeliveries"

    message_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int] = mapped_column(Integer, default=1)
    last_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)


class NotRedrivable(Conflict):
    """This message cannot be sent again: it was already, or nobody can tell what it was."""

    code = "NOT_REDRIVABLE"
    zh = "该消息不能重新发送：它已被重新发送，或者无法识别其内容。"


changed: Hook[[Session]] = Hook()
"""Fired when a message is given up or sent again."""


def bury(session: Session, kind: str, queue: str, body: dict[str, Any], reason: str) -> None:
    """Keep a message that was given up."""
    session.add(
        DeadLetter(kind=kind, queue=queue[:128], body=body, reason=reason[:300], died_at=db_now(session))
    )
    changed.fire(session)


def redrive(session: Session, letter_id: int, *, actor: str) -> DeadLetter:
    """Send a dead letter again, once.

    Raises
    ------
    NotFound
        There is no such letter.
    NotRedrivable
        It was sent again before, or it is neither a job nor an offer.
    """
    letter = session.get(DeadLetter, letter_id, with_for_update=True)
    if letter is None:
        raise NotFound
    if letter.redriven_at is not None:
        raise NotRedrivable
    match letter.kind, letter.body:
        case "job", {"name": str(name), "arguments": dict(arguments)}:
            send_job(session, name, **arguments)
        case "offer", {"task_id": str(task_id), "epoch": int(epoch)}:
            # an attempt that has moved on refuses it: nothing can happen twice
            send_offer(session, letter.queue, task_id=task_id, epoch=epoch, priority=0)
        case _:
            raise NotRedrivable
    letter.redriven_at, letter.redriven_by = db_now(session), actor[:64]
    changed.fire(session)
    return letter
