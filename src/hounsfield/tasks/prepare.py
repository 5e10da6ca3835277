"""From an order to a task that an engine can run: images in, integrity checked, then queued. A worker's job.

Runs at least once and is harmless when run again: a lease on the CREATED task keeps two workers apart, and ingest
recognises what it has stored before.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from hounsfield.algorithms.service import described, shadows_of
from hounsfield.imaging.ingest import Progress, ingest
from hounsfield.kit.db import db_now
from hounsfield.kit.errors import DomainError, Invalid, NotFound
from hounsfield.kit.jobs import job
from hounsfield.kit.platform import Platform
from hounsfield.notifications.service import user_room
from hounsfield.tasks.errors import IllegalTransition
from hounsfield.tasks.models import Task
from hounsfield.tasks.queueing import enqueue
from hounsfield.tasks.shadows import ask_for_shadows
from hounsfield.tasks.transitions import Status, move

RENEWALS = 12  # of a lease in its time, as far as ingest has something to report


def preparation_failed(platform: Platform, **arguments: Any) -> None:
    """Every retry failed: the fault is ours, and the person is told and not charged."""
    _refuse(platform, arguments["task_id"], "PREPARATION_FAILED", {})


@job("tasks.prepare", given_up=preparation_failed)
def prepare(platform: Platform, **arguments: Any) -> None:
    """Bring a CREATED task to QUEUED, or to FAILED with a reason."""
    task = _begin(platform, arguments["task_id"])
    if task is None:
        return
    try:
        found: list[str] | None = None
        if task.upload_id and not task.study_uid:
            found = ingest(platform, task.upload_id, _reporter(platform, task)).series_uids
        with platform.db.write() as session:
            _enqueue(session, task.id, found)
    except (Invalid, NotFound) as refusal:
        code = "INPUT_GONE" if isinstance(refusal, NotFound) else refusal.code
        _refuse(platform, task.id, code, refusal.params, refusal)
    except IllegalTransition:
        return  # cancelled meanwhile
    except Exception:
        _release_lease(platform, task.id)  # so that the retry is not kept out by our own lease
        raise


def _begin(platform: Platform, task_id: str) -> Task | None:
    with platform.db.write() as session:
        now = db_now(session)
        free = or_(Task.lease_until.is_(None), Task.lease_until < now)
        won = session.execute(
            update(Task)
            .where(Task.id == task_id, Task.status == Status.CREATED.value, free)
            .values(lease_until=now + _lease(platform))
            .execution_options(synchronize_session=False)
        )
        return session.get(Task, task_id) if won.rowcount else None  # type: ignore[attr-defined]


def _lease(platform: Platform) -> timedelta:
    return timedelta(seconds=platform.settings.lease_seconds)


def _release_lease(platform: Platform, task_id: str) -> None:
    with platform.db.write() as session:
        session.execute(
            update(Task)
            .where(Task.id == task_id, Task.status == Status.CREATED.value)
            .values(lease_until=None)
        )


def _reporter(platform: Platform, task: Task) -> Callable[[Progress], None]:
    """Return what ingest calls as it goes: the owner sees it, and the lease is kept."""
    renewed = time.monotonic()

    def report(progress: Progress) -> None:
        nonlocal renewed
        body = {"upload_id": task.upload_id, "task_id": task.id, **progress.as_dict()}
        platform.publish(user_room(task.owner_id), "ingest_progress", body)
        if time.monotonic() - renewed > platform.settings.lease_seconds / RENEWALS:
            renewed = time.monotonic()
            with platform.db.write() as session:
                session.execute(
                    update(Task)
                    .where(Task.id == task.id, Task.status == Status.CREATED.value)
                    .values(lease_until=db_now(session) + _lease(platform))
                )

    return report


def _enqueue(session: Session, task_id: str, found: list[str] | None) -> None:
    task = session.get(Task, task_id, with_for_update=True)
    if task is None:
        raise NotFound
    enqueue(session, task, described(session, task.task_type, task.algorithm_version), found)
    if not task.shadow_of and shadows_of(session, task.task_type):
        ask_for_shadows(session, task)


def _refuse(
    platform: Platform, task_id: str, code: str, params: dict[str, Any], error: DomainError | None = None
) -> None:
    with platform.db.write() as session:
        task = session.get(Task, task_id, with_for_update=True)
        if task is None or task.status != Status.CREATED:
            return
        move(
            session,
            task,
            Status.FAILED,
            actor="platform",
            reason=code,
            failure_code=code,
            failure_params=params,
            error_message=error.detail("en") if error else None,
        )
