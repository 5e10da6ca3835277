"""`/admin/queues`: what waits, for how long, and what was given up; dead letters can be sent again."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import func, select

from hounsfield.accounts.actor import CurrentActor
from hounsfield.kit import dead_letters
from hounsfield.kit.broker import DEAD, JOBS
from hounsfield.kit.dead_letters import DeadLetter
from hounsfield.kit.paging import Page, PagingQuery, paginate
from hounsfield.kit.platform import Platform
from hounsfield.kit.web import PlatformDep
from hounsfield.tasks.backlog import Backlog, backlog, outbox_backlog

router = APIRouter(prefix="/admin/queues", tags=["engines"])


class QueueView(BaseModel):
    """What waits for one kind of engine, by the database, and how many messages lie at the broker."""

    name: str
    waiting: int
    oldest_seconds: float
    running: int
    messages: int | None


class Queues(BaseModel):
    items: list[QueueView]
    jobs_waiting: int | None
    outbox_waiting: int
    outbox_oldest_seconds: float
    dead_letters: int


class DeadLetterView(BaseModel):
    id: int
    kind: str
    queue: str
    body: dict[str, Any]
    reason: str
    died_at: datetime
    redriven_at: datetime | None
    redriven_by: str | None


@router.get("")
def queues(actor: CurrentActor, platform: PlatformDep) -> Queues:
    """Show every queue: depth, age of the oldest, what runs."""
    actor.require("queue:read")
    with platform.db.read() as session:
        waiting = backlog(session)
        outbox = outbox_backlog(session)
        dead = session.scalar(select(func.count()).where(DeadLetter.redriven_at.is_(None))) or 0
    return Queues(
        items=[_view(platform, line) for line in waiting],
        jobs_waiting=_messages(platform, JOBS),
        outbox_waiting=outbox.waiting,
        outbox_oldest_seconds=outbox.oldest_seconds,
        dead_letters=dead + (_messages(platform, DEAD) or 0 if platform.broker.is_amqp else 0),
    )


def _view(platform: Platform, line: Backlog) -> QueueView:
    return QueueView(
        name=line.name,
        waiting=line.waiting,
        oldest_seconds=line.oldest_seconds,
        running=line.running,
        messages=_messages(platform, f"algorithm.{line.name}"),
    )


def _messages(platform: Platform, queue: str) -> int | None:
    """A broker that is away is no reason to hide what the database knows."""
    try:
        return platform.broker.depth(queue)
    except OSError:
        return None


@router.get("/dead-letters")
def letters(
    actor: CurrentActor, platform: PlatformDep, paging: PagingQuery, redriven: bool = False
) -> Page[DeadLetterView]:
    """List the messages that were given up; by default those that nobody has sent again."""
    actor.require("queue:read")
    shown = DeadLetter.redriven_at.is_not(None) if redriven else DeadLetter.redriven_at.is_(None)
    with platform.db.read() as session:
        return paginate(
            session, select(DeadLetter).where(shown).order_by(DeadLetter.id.desc()), paging, _letter
        )


@router.post("/dead-letters/{letter_id}/redrive")
def redrive(letter_id: int, actor: CurrentActor, platform: PlatformDep) -> DeadLetterView:
    """Send a dead letter again. What it asks for has happened or not: it is done at most once."""
    actor.require("queue:manage")
    with platform.db.write() as session:
        return _letter(dead_letters.redrive(session, letter_id, actor=actor.user_id))


def _letter(row: DeadLetter) -> DeadLetterView:
    return DeadLetterView.model_validate(row, from_attributes=True)
