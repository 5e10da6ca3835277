"""What waits and for how long: for administrators, metrics and autoscaling."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hounsfield.kit.db import db_now
from hounsfield.kit.outbox import OutboxMessage
from hounsfield.tasks.fleet import RUNNING
from hounsfield.tasks.models import Task
from hounsfield.tasks.transitions import Status


@dataclass(frozen=True)
class Backlog:
    """The tasks that need one capability, or the messages of the outbox."""

    name: str
    waiting: int
    oldest_seconds: float
    running: int = 0


def backlog(session: Session) -> list[Backlog]:
    """Return the queue of each capability that has waiting or running tasks."""
    now = db_now(session)
    queued = {
        kind: (count, oldest)
        for kind, count, oldest in session.execute(
            select(Task.runs_on, func.count(), func.min(Task.queued_at))
            .where(Task.status == Status.QUEUED.value)
            .group_by(Task.runs_on)
        )
    }
    running = dict(
        session.execute(
            select(Task.runs_on, func.count()).where(Task.status.in_(RUNNING)).group_by(Task.runs_on)
        ).all()
    )
    lines = []
    for name in sorted({*queued, *running}):
        count, oldest = queued.get(name, (0, None))
        lines.append(Backlog(name, count, _age(now, oldest), running.get(name, 0)))
    return lines


def preparation_backlog(session: Session) -> Backlog:
    """Return the orders whose images no worker has taken in and checked yet."""
    waiting = select(func.count(), func.min(Task.created_at)).where(Task.status == Status.CREATED.value)
    count, oldest = session.execute(waiting).one()
    return Backlog("preparation", count, _age(db_now(session), oldest))


def outbox_backlog(session: Session) -> Backlog:
    """Return what is committed and not yet published."""
    count, oldest = session.execute(select(func.count(), func.min(OutboxMessage.created_at))).one()
    return Backlog("outbox", count, _age(db_now(session), oldest))


def _age(now: datetime, then: datetime | None) -> float:
    return 0.0 if then is None else round(max((now - then).total_seconds(), 0.0), 1)
