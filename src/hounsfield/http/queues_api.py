"""`/admin/queues`: what waits, for how long, and what was given up; dead letters can be sent again."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import select

from hounsfield.accounts.actor import CurrentActor
from hounsfield.http import figures
from hounsfield.http.reading import Reading
from hounsfield.kit import dead_letters
from hounsfield.kit.broker import DEAD, JOBS
from hounsfield.kit.db import db_now
from hounsfield.kit.dead_letters import DeadLetter
from hounsfield.kit.paging import Page, PagingQuery, paginate
from hounsfield.kit.platform import Platform
from hounsfield.kit.routing import Router
from hounsfield.kit.web import PlatformDep
from hounsfield.tasks.backlog import outbox_backlog
from hounsfield.tasks.fleet import Fleet

router = Router(prefix="/admin/queues", tags=["engines"])


class QueueView(BaseModel):
    """What waits for one kind of engine and who can take it, by the database; and the messages at the broker."""

    name: str
    waiting: int
    oldest_seconds: float
    running: int
    engines: int = Field(description="Engines that are there and take such tasks")
    free_slots: int
    messages: int | None = Field(description="Offers to whichever engine comes; absent where nobody can tell")


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
    """Show every queue: depth, age of the oldest, what runs, who can run it."""
    actor.require("queue:read")
    with platform.db.read() as session:
        fleet = Fleet(session, db_now(session), platform.settings.lease_seconds)
        lines = figures.queues(session, fleet)
        outbox = outbox_backlog(session)
        dead = figures.dead_letters_waiting(session)
    messages = depths.of(platform)
    return Queues(
        items=[QueueView(**asdict(line), messages=messages.get(f"algorithm.{line.name}")) for line in lines],
        jobs_waiting=messages.get(JOBS),
        outbox_waiting=outbox.waiting,
        outbox_oldest_seconds=outbox.oldest_seconds,
        dead_letters=dead + (messages.get(DEAD) or 0),
    )


def _depths(platform: Platform) -> dict[str, int | None]:
    """A broker that is away is no reason to hide what the database knows."""
    names = [f"algorithm.{queue.name}" for queue in figures.figures.of(platform).queues]
    if platform.broker.is_amqp:
        names.append(DEAD)
    try:
        return {name: platform.broker.depth(name) for name in [JOBS, *names]}
    except OSError:
        return {}


depths = Reading(_depths, figures.KEPT_SECONDS)


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
