"""Watching clocks: every task whose time is up is moved on. One rule per kind of clock.

The reaper is not a job: if the workers die, lost tasks are still found.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from hounsfield.kit import metrics
from hounsfield.kit.db import db_now
from hounsfield.kit.outbox import send_job, waiting_jobs
from hounsfield.kit.platform import Platform
from hounsfield.tasks.errors import IllegalTransition
from hounsfield.tasks.models import Task
from hounsfield.tasks.requeue import give_back
from hounsfield.tasks.transitions import Status, move

BATCH = 100
log = structlog.get_logger()


def reap(platform: Platform) -> int:
    """Find every task whose time is up and move it on; return how many were looked at."""
    with platform.db.read() as session:
        now = db_now(session)
        due = [
            (rule, task_id)
            for rule, query in _rules(now, timedelta(seconds=platform.settings.lease_seconds))
            for task_id in session.scalars(query.limit(BATCH)).all()
        ]
        if any(rule is _unprepared for rule, _ in due):
            # while the broker is away, what was asked for once need not be asked for again
            asked = {arguments["task_id"] for arguments in waiting_jobs(session, "tasks.prepare")}
            due = [
                (rule, task_id) for rule, task_id in due if rule is not _unprepared or task_id not in asked
            ]
    for rule, task_id in due:
        try:
            _apply(platform, rule, task_id)
        except (OSError, SQLAlchemyError):
            raise  # the database is away: for the others too
        except Exception:  # a defect that shows in one task must not keep the others from being found
            log.exception("reaper.broken", task_id=task_id)
    return len(due)


Rule = Callable[[Session, Task, datetime], None]


def _apply(platform: Platform, rule: Rule, task_id: str) -> None:
    with platform.db.write() as session:
        task = session.get(Task, task_id, with_for_update=True)
        # somebody may have been faster, and that is the better end
        with suppress(IllegalTransition):
            if task is not None:
                rule(session, task, db_now(session))


def _rules(now: datetime, lease: timedelta) -> list[tuple[Rule, Select[str]]]:
    def of(*states: Status) -> Select[str]:
        return select(Task.id).where(Task.status.in_([state.value for state in states])).order_by(Task.id)

    return [
        (_not_started, of(Status.QUEUED, Status.ASSIGNED).where(Task.schedule_by < now)),
        (_overrun, of(Status.IN_PROGRESS).where(Task.close_by < now)),
        (_lost, of(Status.ASSIGNED, Status.IN_PROGRESS).where(Task.lease_until < now)),
        (
            _unprepared,
            of(Status.CREATED).where(
                Task.created_at < now - lease,
                or_(Task.lease_until.is_(None), Task.lease_until < now),
            ),
        ),
    ]


def _not_started(session: Session, task: Task, now: datetime) -> None:
    if task.status in (Status.QUEUED, Status.ASSIGNED) and task.schedule_by and task.schedule_by < now:
        move(
            session,
            task,
            Status.FAILED,
            actor="reaper",
            failure_code="SCHEDULE_TIMEOUT",
            reason="not started in time",
        )


def _overrun(session: Session, task: Task, now: datetime) -> None:
    if task.status == Status.IN_PROGRESS and task.close_by and task.close_by < now:
        move(
            session,
            task,
            Status.FAILED,
            actor="reaper",
            failure_code="EXECUTION_TIMEOUT",
            reason="took too long",
        )


def _lost(session: Session, task: Task, now: datetime) -> None:
    if task.status in (Status.ASSIGNED, Status.IN_PROGRESS) and task.lease_until and task.lease_until < now:
        metrics.on_commit(session, metrics.LEASES_EXPIRED)
        give_back(
            session,
            task,
            actor="reaper",
            reason=f"engine {task.assigned_engine_id} fell silent",
            crashed=True,
        )


def _unprepared(session: Session, task: Task, _now: datetime) -> None:
    if task.status == Status.CREATED:
        send_job(session, "tasks.prepare", task_id=task.id, priority=task.priority)
