"""The states of a task. `move` is the only writer of `status`; money and news follow in the same transaction."""

from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, insert, inspect, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from hounsfield.kit import metrics
from hounsfield.kit.clock import iso
from hounsfield.kit.db import at_end, db_now, insert_rows, kept, run, table_of
from hounsfield.kit.hooks import Hook
from hounsfield.notifications.service import tell
from hounsfield.tasks import settlement
from hounsfield.tasks.errors import IllegalTransition
from hounsfield.tasks.models import Task, TaskEvent

_TASKS = table_of(Task)
_MOVE = update(_TASKS).where(
    _TASKS.c.id == bindparam("own_id"),
    _TASKS.c.status == bindparam("own_status"),
    _TASKS.c.epoch == bindparam("own_epoch"),
)
_APPEND = insert(table_of(TaskEvent))


class Status(StrEnum):
    CREATED = "CREATED"
    QUEUED = "QUEUED"
    ASSIGNED = "ASSIGNED"
    IN_PROGRESS = "IN_PROGRESS"
    WAITING_INPUT = "WAITING_INPUT"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


S = Status
TRANSITIONS: dict[Status, frozenset[Status]] = {
    S.CREATED: frozenset({S.QUEUED, S.FAILED, S.CANCELLED}),
    S.QUEUED: frozenset({S.ASSIGNED, S.FAILED, S.CANCELLED}),
    S.ASSIGNED: frozenset({S.IN_PROGRESS, S.QUEUED, S.FAILED, S.CANCELLED}),
    S.IN_PROGRESS: frozenset({S.COMPLETED, S.FAILED, S.CANCELLED, S.QUEUED, S.WAITING_INPUT}),
    S.WAITING_INPUT: frozenset({S.QUEUED, S.CANCELLED, S.FAILED}),
    S.COMPLETED: frozenset(),
    S.FAILED: frozenset(),
    S.CANCELLED: frozenset(),
}
ENDED = frozenset({S.COMPLETED, S.FAILED, S.CANCELLED})
# the vocabulary of image tasks, accepted in filters
SYNONYMS: dict[str, frozenset[Status]] = {
    "pending": frozenset({S.CREATED, S.QUEUED, S.ASSIGNED}),
    "processing": frozenset({S.IN_PROGRESS, S.WAITING_INPUT}),
    "success": frozenset({S.COMPLETED}),
    "failed": frozenset({S.FAILED, S.CANCELLED}),
}

completed: Hook[[Session, Task]] = Hook()
"""Fired in the completing transaction, before the task is announced: upper rooms make of the results what they are."""
ordered: Hook[[Session, Task]] = Hook()
"""Fired when a task is created: upper rooms make room for what it will produce."""
ended: Hook[[Session, Task]] = Hook()
"""Fired in the transaction that ends a task. Unlike the other two, for shadows too."""


def move(
    session: Session, task: Task, target: Status, *, actor: str, reason: str = "", **changes: Any
) -> None:
    """Change a task's status, write the event, settle the money, tell the owner.

    `changes` are further columns set by the same statement. The statement names the status and the epoch that the
    caller saw, so of two that race one wins and the other learns it here.

    Raises
    ------
    IllegalTransition
        The table does not have this step, or another transaction took one first.
    """
    origin, epoch = Status(task.status), task.epoch
    if target not in TRANSITIONS[origin]:
        raise IllegalTransition(origin=origin.value, target=target.value)
    now = db_now(session)
    if target in ENDED:
        changes |= {"completed_at": now, "lease_until": None}
    elif target is Status.QUEUED:
        changes["queued_at"] = now
    changes["status"] = target.value
    if not inspect(task).persistent:  # nobody else can know of it before it is written
        for name, value in changes.items():
            setattr(task, name, value)
    else:
        session.flush()
        seen = {"own_id": task.id, "own_status": origin.value, "own_epoch": epoch}
        if run(session, _MOVE, {**changes, **seen}).rowcount == 0:
            session.refresh(task)
            raise IllegalTransition(origin=task.status, target=target.value)
        for name, value in changes.items():
            set_committed_value(task, name, value)  # as the row is now, without reading it again
    record(session, task, origin, actor=actor, reason=reason)
    metrics.task_moved(session, origin.value, target.value, task.failure_code)
    if target in ENDED:
        settlement.settle(session, task)
        ended.fire(session, task)
    if target is Status.COMPLETED and not task.shadow_of:
        completed.fire(session, task)
    announce(session, task)


def record(session: Session, task: Task, origin: Status | None, *, actor: str, reason: str = "") -> None:
    """Append the event of a change."""
    event = {
        "task_id": task.id,
        "from_status": origin,
        "to_status": task.status,
        "actor": actor,
        "reason": reason[:300],
        "epoch": task.epoch,
        "attempt": task.attempt,
        "at": db_now(session),
    }
    at_end(session, _append, event)


def recorded(session: Session, task: Task) -> list[TaskEvent]:
    """Return the events of a task that this transaction will append."""
    return [TaskEvent(**event) for event in kept(session, _append) if event["task_id"] == task.id]


def _append(session: Session, events: list[dict[str, Any]]) -> None:
    insert_rows(session, _APPEND, events)


def announce(session: Session, task: Task) -> None:
    """Tell the owner where the task stands (api.md, `task_status`); of a shadow nobody hears."""
    if task.shadow_of:
        return
    data: dict[str, Any] = {
        "task_id": task.id,
        "order_no": task.order_no,
        "task_name": task.name,
        "status": task.status,
        "payment_status": task.payment_status,
    }
    if task.status == Status.IN_PROGRESS:
        data["estimated_time"] = task.start_to_close_s
    elif task.status == Status.COMPLETED and task.completed_at:
        data |= {"result_count": len(task.results), "model_info_id": task.model_info_id}
        data["completed_at"] = iso(task.completed_at)
    elif task.status == Status.FAILED and task.completed_at:
        data |= {"error_message": task.error_message, "failure_code": task.failure_code}
        data["failed_at"] = iso(task.completed_at)
    tell(session, task.owner_id, "task_status", data)
    if task.status in ENDED and task.payment_mode == "prepaid_mode":
        tell(session, task.owner_id, "balance_changed", {})
