"""Handing a lost attempt out again: a new epoch, a pause that grows, and an end to it."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from hounsfield.engines.service import superseded
from hounsfield.kit.db import db_now
from hounsfield.tasks.errors import IllegalTransition
from hounsfield.tasks.models import Task
from hounsfield.tasks.transitions import Status, move

MAX_REQUEUES = 3
POISON_ENGINES = 3
BACKOFF_SECONDS = (0, 5, 20)


def give_back(session: Session, task: Task, *, actor: str, reason: str, crashed: bool = False) -> None:
    """Queue a task whose attempt was lost, or fail it where it has been lost too often."""
    crashed_on = list(task.crashed_on)
    started = task.status == Status.IN_PROGRESS
    if crashed and started and task.assigned_engine_id not in crashed_on:
        crashed_on.append(task.assigned_engine_id)
    if len(crashed_on) >= POISON_ENGINES:
        _end(session, task, "POISON", actor, reason, crashed_on)
    elif started and task.requeues >= MAX_REQUEUES:
        _end(session, task, "ENGINE_LOST", actor, reason, crashed_on)
    else:
        now = db_now(session)
        pause = BACKOFF_SECONDS[min(task.requeues, len(BACKOFF_SECONDS) - 1)] if started else 0
        move(
            session,
            task,
            Status.QUEUED,
            actor=actor,
            reason=reason,
            epoch=task.epoch + 1,
            requeues=task.requeues + (1 if started else 0),
            crashed_on=crashed_on,
            assigned_engine_id=None,
            lease_until=None,
            close_by=None,
            not_before=now + timedelta(seconds=pause),
            schedule_by=now + timedelta(seconds=task.schedule_to_start_s + pause)
            if started
            else task.schedule_by,
            progress=0,
            progress_message="",
        )


def _end(session: Session, task: Task, code: str, actor: str, reason: str, crashed_on: list[str]) -> None:
    move(session, task, Status.FAILED, actor=actor, reason=reason, failure_code=code, crashed_on=crashed_on)


def by_hand(session: Session, task: Task, target: str, *, actor: str, reason: str) -> None:
    """Move a task as an administrator says: end it, or hand its attempt out again.

    Raises
    ------
    IllegalTransition
        The table does not have this step, or it follows from an engine's work and cannot be declared.
    """
    running = task.status in (Status.ASSIGNED, Status.IN_PROGRESS)
    if target == Status.QUEUED and running:
        give_back(session, task, actor=actor, reason=reason)
    elif target == Status.FAILED:
        move(
            session,
            task,
            Status.FAILED,
            actor=actor,
            reason=reason,
            failure_code="ENDED_BY_HAND",
            error_message=reason,
        )
    elif target == Status.CANCELLED:
        move(session, task, Status.CANCELLED, actor=actor, reason=reason, cancel_requested=True)
    else:
        raise IllegalTransition(origin=task.status, target=target)


@superseded.connect
def engine_restarted(session: Session, engine_id: str) -> None:
    """What an engine's old process was given is handed out again at once, without waiting for its leases."""
    query = select(Task).where(
        Task.assigned_engine_id == engine_id,
        Task.status.in_([Status.ASSIGNED.value, Status.IN_PROGRESS.value]),
    )
    for task in session.scalars(query).all():
        give_back(session, task, actor="platform", reason=f"engine {engine_id} restarted")
