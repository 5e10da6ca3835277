"""Tasks as people read them, in their language."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.kit.errors import Invalid
from hounsfield.kit.paging import Page, Paging, like, paginate
from hounsfield.tasks.access import visible_tasks
from hounsfield.tasks.models import Task, TaskEvent, TaskFile
from hounsfield.tasks.orders import images_refused
from hounsfield.tasks.schemas import Can, PriceTag, ResultView, TaskDetail, TaskEventView, TaskView
from hounsfield.tasks.settlement import is_unpaid
from hounsfield.tasks.texts import engine_text, event_reason, failure_text
from hounsfield.tasks.transitions import ENDED, SYNONYMS, Status, recorded

SORTS = {
    "created_at": Task.created_at.asc(),
    "-created_at": Task.created_at.desc(),
    "name": Task.name.asc(),
    "status": Task.status.asc(),
    "-priority": Task.priority.desc(),
}


class UnknownFilter(Invalid):
    """{value} is not something that can be filtered or sorted by."""

    code = "UNKNOWN_FILTER"
    zh = "无法按 {value} 筛选或排序。"


def tasks_page(
    session: Session,
    actor: Actor,
    language: str,
    paging: Paging,
    *,
    status: str | None,
    task_type: str | None,
    text: str | None,
    sort: str,
) -> Page[TaskView]:
    """Return a page of the tasks the actor may see."""
    query = (
        select(Task, _result_count())
        .where(
            Task.deleted_at.is_(None),
            Task.shadow_of.is_(None),
            visible_tasks(actor),
        )
        .order_by(_order(sort), Task.id.desc())
    )
    if status:
        query = query.where(Task.status.in_(_statuses(status)))
    if task_type:
        query = query.where(Task.task_type == task_type)
    if text:
        pattern = like(text)
        query = query.where(
            or_(Task.name.ilike(pattern, escape="\\"), Task.order_no.ilike(pattern, escape="\\"))
        )
    return paginate(
        session, query, paging, lambda row: view(session, row[0], row[1], actor, language), rows=True
    )


def _order(sort: str) -> Any:
    if sort not in SORTS:
        raise UnknownFilter(value=sort[:40])
    return SORTS[sort]


def _statuses(names: str) -> list[str]:
    wanted: set[str] = set()
    for name in names.split(","):
        if name in SYNONYMS:
            wanted |= {status.value for status in SYNONYMS[name]}
        elif name in Status.__members__:
            wanted.add(name)
        else:
            raise UnknownFilter(value=name[:40])
    return sorted(wanted)


def _result_count() -> Any:
    return (
        select(func.count())
        .where(TaskFile.task_id == Task.id, TaskFile.final)
        .correlate(Task)
        .scalar_subquery()
    )


def view(session: Session, task: Task, result_count: int, actor: Actor, language: str) -> TaskView:
    """Return a task as a list shows it."""
    return TaskView(
        task_id=task.id,
        order_no=task.order_no,
        name=task.name,
        description=task.description,
        task_type=task.task_type,
        algorithm_version=task.algorithm_version,
        status=task.status,
        progress=task.progress,
        progress_message=engine_text(session, task, task.progress_message, language),
        payment_mode=task.payment_mode,
        payment_status=task.payment_status,
        price=PriceTag(amount=task.price_amount, unit=task.price_unit),
        priority=task.priority,
        assigned_engine_id=task.assigned_engine_id,
        attempt=task.attempt,
        error_message=failure_text(session, task, language),
        failure_code=task.failure_code,
        parameters=task.parameters,
        upload_id=task.upload_id,
        study_uid=task.study_uid,
        series_uid=task.series_uid,
        retry_of=task.retry_of,
        model_info_id=task.model_info_id,
        result_count=result_count,
        can=_can(task, actor),
        created_at=task.created_at,
        started_at=task.started_at,
        completed_at=task.completed_at,
    )


def _can(task: Task, actor: Actor) -> Can:
    ended = Status(task.status) in ENDED
    may_again = task.status in (Status.FAILED, Status.CANCELLED) and not images_refused(task)
    return Can(
        cancel=not ended and actor.may("task:cancel"),
        retry=may_again and actor.may("task:retry"),
        pay=task.payment_status == "PENDING" and task.owner_id == actor.user_id and actor.may("task:pay"),
        delete=ended and actor.may("task:delete"),
    )


def detail(session: Session, task: Task, actor: Actor, language: str) -> TaskDetail:
    """Return a task with its results and everything that happened to it."""
    events = session.scalars(select(TaskEvent).where(TaskEvent.task_id == task.id).order_by(TaskEvent.id))
    return _detail(session, task, events, actor, language)


def detail_of_new(session: Session, task: Task, actor: Actor, language: str) -> TaskDetail:
    """Return a task that this transaction has made."""
    return _detail(session, task, recorded(session, task), actor, language)


def _detail(
    session: Session, task: Task, events: Iterable[TaskEvent], actor: Actor, language: str
) -> TaskDetail:
    results = task.results if task.status == Status.COMPLETED else []
    return TaskDetail(
        **view(session, task, len(results), actor, language).model_dump(),
        results=[_result(task, file) for file in results],
        events=[_event(session, task, event, language) for event in events],
        metrics=None if is_unpaid(task) else task.metrics,
    )


def _event(session: Session, task: Task, event: TaskEvent, language: str) -> TaskEventView:
    code, reason = event_reason(session, task, event, language)
    return TaskEventView(
        at=event.at,
        from_status=event.from_status,
        to_status=event.to_status,
        actor=event.actor,
        reason_code=code,
        reason=reason,
        epoch=event.epoch,
        attempt=event.attempt,
    )


def _result(task: Task, file: TaskFile) -> ResultView:
    return ResultView(
        name=file.name,
        kind=file.kind,
        size=file.size,
        content_type=file.content_type,
        sha256=file.sha256,
        metadata=file.details,
        url=None if is_unpaid(task) else f"/api/v1/tasks/{task.id}/results/{file.name}",
    )
