"""Choosing engines and watching clocks: two passes over the database, run by one loop.

The loop is not a job: if the worker dies, tasks still move and lost ones are still found.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from hounsfield.engines.models import Engine
from hounsfield.engines.service import fresh, supports
from hounsfield.kit.db import db_now
from hounsfield.kit.outbox import send_job, send_offer
from hounsfield.kit.platform import Platform
from hounsfield.tasks.errors import IllegalTransition
from hounsfield.tasks.models import Task
from hounsfield.tasks.requeue import give_back
from hounsfield.tasks.transitions import Status, move

BATCH = 100
PREPARE_SILENCE = timedelta(seconds=60)


def schedule(platform: Platform) -> int:
    """Assign waiting tasks, highest priority first, oldest first; return how many were given out."""
    with platform.db.read() as session:
        if session.scalar(select(Task.id).where(Task.status == Status.QUEUED.value).limit(1)) is None:
            return 0
    with platform.db.write() as session:
        now = db_now(session)
        engines = fresh(session, now, platform.settings.lease_seconds)
        load = _live_leases(session)
        given = 0
        for task in _waiting(session, now):
            given += _assign(session, task, engines, load, now, platform.settings.lease_seconds)
        return given


def _waiting(session: Session, now: datetime) -> list[Task]:
    query = (
        select(Task)
        .where(Task.status == Status.QUEUED.value, or_(Task.not_before.is_(None), Task.not_before <= now))
        .order_by(Task.priority.desc(), Task.created_at, Task.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    return list(session.scalars(query))


def _live_leases(session: Session) -> dict[str, int]:
    """Return each engine's load: the number of its live attempts, never a counter."""
    query = (
        select(Task.assigned_engine_id, func.count())
        .where(
            Task.status.in_([Status.ASSIGNED.value, Status.IN_PROGRESS.value]),
            Task.assigned_engine_id.is_not(None),
        )
        .group_by(Task.assigned_engine_id)
    )
    return {engine_id or "": count for engine_id, count in session.execute(query)}


def _assign(
    session: Session,
    task: Task,
    engines: list[Engine],
    load: dict[str, int],
    now: datetime,
    lease_seconds: float,
) -> int:
    able = [engine for engine in engines if supports(engine, task.task_type)]
    free = [engine for engine in able if load.get(engine.id, 0) < engine.capacity]
    # an engine that died of this task before is the last to get it again
    free.sort(key=lambda e: (e.id in task.crashed_on, load.get(e.id, 0) / e.capacity, e.id))
    if able and not free:
        return 0  # it stays queued here, where priority counts, until an engine has room
    chosen = free[0].id if free else None
    try:
        move(
            session,
            task,
            Status.ASSIGNED,
            actor="scheduler",
            reason=f"engine {chosen}" if chosen else "no engine is there; offered to whichever comes",
            assigned_engine_id=chosen,
            lease_until=now + timedelta(seconds=lease_seconds),
        )
    except IllegalTransition:
        return 0
    if chosen:
        load[chosen] = load.get(chosen, 0) + 1
    queue = f"engine.{chosen}" if chosen else f"algorithm.{task.task_type}"
    send_offer(session, queue, task_id=task.id, epoch=task.epoch, priority=task.priority)
    return 1


def reap(platform: Platform) -> int:
    """Find every task whose time is up and move it on; return how many. One rule per kind of clock."""
    with platform.db.read() as session:
        now = db_now(session)
        due = [
            (rule, task_id)
            for rule, query in _rules(now)
            for task_id in session.scalars(query.limit(BATCH)).all()
        ]
    for rule, task_id in due:
        with platform.db.write() as session:
            task = session.get(Task, task_id, with_for_update=True)
            try:
                if task is not None:
                    rule(session, task, db_now(session))
            except IllegalTransition:
                continue  # somebody was faster, and that is the better end
    return len(due)


Rule = Callable[[Session, Task, datetime], None]


def _rules(now: datetime) -> list[tuple[Rule, Select[str]]]:
    def of(*states: Status) -> Select[str]:
        return select(Task.id).where(Task.status.in_([state.value for state in states])).order_by(Task.id)

    return [
        (_not_started, of(Status.QUEUED, Status.ASSIGNED).where(Task.schedule_by < now)),
        (_overrun, of(Status.IN_PROGRESS).where(Task.close_by < now)),
        (_lost, of(Status.ASSIGNED, Status.IN_PROGRESS).where(Task.lease_until < now)),
        (
            _unprepared,
            of(Status.CREATED).where(
                Task.created_at < now - PREPARE_SILENCE,
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
