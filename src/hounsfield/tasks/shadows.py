"""Versions of a model that run beside the orders of another, to be compared before anybody relies on them.

A shadow is a task of its own that nobody ordered: it costs nothing, nobody hears of it, it stands behind every order in
the queue, and whatever becomes of it, the order beside it goes its way.
"""

import hashlib
from contextlib import suppress
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from hounsfield.algorithms.service import Chosen, shadows_of
from hounsfield.imaging.inputs import voxel_count
from hounsfield.kit.clock import utc_now
from hounsfield.kit.db import db_now, run
from hounsfield.kit.ids import order_number
from hounsfield.kit.jobs import job
from hounsfield.kit.outbox import send_job
from hounsfield.kit.platform import Platform
from hounsfield.tasks.errors import IllegalTransition
from hounsfield.tasks.fairness import shadow_rank
from hounsfield.tasks.models import Task
from hounsfield.tasks.settlement import PREPAID
from hounsfield.tasks.transitions import ENDED, Status, ended, move, record


def ask_for_shadows(session: Session, task: Task) -> None:
    """Have shadows made of a task that was just queued: by a job, so that they cannot spoil its transaction."""
    send_job(session, "tasks.shadow", task_id=task.id)


@job("tasks.shadow")
def shadow(platform: Platform, **arguments: Any) -> None:
    """Queue a shadow of a task for each version that runs so."""
    with platform.db.write() as session:
        task = session.get(Task, arguments["task_id"])
        if task is None or task.status in (Status.FAILED, Status.CANCELLED):
            return
        for offer in shadows_of(session, task.task_type):
            # its name follows from what it is, so that the job can run twice
            name = hashlib.sha256(f"{task.id} {offer.manifest.version}".encode()).hexdigest()[:32]
            if session.get(Task, name) is None:
                _queue(session, name, task, offer)


def _queue(session: Session, name: str, task: Task, offer: Chosen) -> None:
    manifest, now = offer.manifest, db_now(session)
    voxels = voxel_count(session, task.organization_id, task.series_uid) if task.series_uid else 0
    beside = Task(
        id=name,
        order_no=order_number("S", utc_now().strftime("%y%m%d")),
        organization_id=task.organization_id,
        owner_id=task.owner_id,
        name=task.name,
        task_type=task.task_type,
        algorithm_version=manifest.version,
        runs_on=offer.runs_on,
        shadow_of=task.id,
        memory_mb=manifest.memory_for(voxels),
        parameters=task.parameters,
        priority=0,
        study_uid=task.study_uid,
        series_uid=task.series_uid,
        status=Status.CREATED.value,
        start_to_close_s=manifest.start_to_close_s,
        schedule_to_start_s=manifest.schedule_to_start_s,
        crashed_on=[],
        payment_mode=PREPAID,
        payment_status="PAID",
        price_amount=0,
        price_unit=task.price_unit,
        price_units=[],
        created_at=now,
    )
    session.add(beside)
    session.flush()
    record(session, beside, None, actor="platform", reason=f"shadow of {task.order_no}")
    move(
        session,
        beside,
        Status.QUEUED,
        actor="platform",
        queue_rank=shadow_rank(session),
        schedule_by=now + timedelta(seconds=manifest.schedule_to_start_s),
    )


@ended.connect
def follow(session: Session, task: Task) -> None:
    """Stop the shadows of what was given up; compare when both have completed."""
    if task.status == Status.COMPLETED:
        for beside in _completed_pairs(session, task):
            send_job(session, "tasks.compare_shadow", task_id=beside)
    elif not task.shadow_of:
        running = select(Task).where(Task.shadow_of == task.id, Task.status.not_in(ENDED))
        for row in session.scalars(running).all():
            with suppress(IllegalTransition):  # it has just ended by itself
                move(
                    session,
                    row,
                    Status.CANCELLED,
                    actor="platform",
                    reason=f"order {task.order_no} ended",
                    cancel_requested=True,
                )


_COMPLETED_BESIDE = select(Task.id).where(
    Task.shadow_of == bindparam("order"), Task.status == Status.COMPLETED.value
)


def _completed_pairs(session: Session, task: Task) -> list[str]:
    """Return the shadows that can be compared now that this task has completed."""
    if not task.shadow_of:
        return list(run(session, _COMPLETED_BESIDE, {"order": task.id}).scalars())
    status = session.scalar(select(Task.status).where(Task.id == task.shadow_of))
    return [task.id] if status == Status.COMPLETED else []
