"""`GET /engines`: every engine with what it runs. Here because engines, as a room, know nothing of tasks."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import BaseModel, Field
from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor, CurrentActor
from hounsfield.engines.api import view
from hounsfield.engines.models import Engine
from hounsfield.engines.schemas import EngineView
from hounsfield.kit.db import db_now
from hounsfield.kit.paging import Page, PagingQuery
from hounsfield.kit.routing import Router
from hounsfield.kit.web import PlatformDep
from hounsfield.tasks.fleet import RUNNING
from hounsfield.tasks.models import Task
from hounsfield.tasks.transitions import Status

router = Router(prefix="/engines", tags=["engines"])
FAILURES_SINCE = timedelta(days=1)


class Held(BaseModel):
    """A task that an engine has been given."""

    task_id: str
    order_no: str
    task_type: str
    status: str
    progress: int
    started_at: datetime | None


class LastFailure(BaseModel):
    code: str
    at: datetime
    order_no: str | None = Field(description="Absent where it is another organization's")


class EngineLine(EngineView):
    memory_used_mb: int
    tasks: list[Held]
    tasks_of_others: int = Field(description="Tasks of organizations that the reader does not see")
    last_failure: LastFailure | None = Field(description="Of the last day")


@router.get("")
def engines(actor: CurrentActor, platform: PlatformDep, paging: PagingQuery) -> Page[EngineLine]:
    """List the engines, how they are and what they run."""
    actor.require("engine:read")
    with platform.db.read() as session:
        now, timeout = db_now(session), platform.settings.lease_seconds
        query = select(Engine).order_by(Engine.id).offset(paging.offset).limit(paging.size)
        rows = session.scalars(query).all()
        held, failures = _held(session, rows), _last_failures(session, rows, now)
        return Page(
            items=[
                _line(actor, view(row, now, timeout, len(held[row.id])), held[row.id], failures.get(row.id))
                for row in rows
            ],
            total=session.scalar(select(func.count()).select_from(Engine)) or 0,
            page=paging.page,
            size=paging.size,
        )


def _line(actor: Actor, seen: EngineView, held: list[Task], failed: Task | None) -> EngineLine:
    own = [task for task in held if actor.sees(task.owner_id, task.organization_id) and not task.shadow_of]
    return EngineLine(
        **seen.model_dump(),
        memory_used_mb=sum(task.memory_mb for task in held),
        tasks=[
            Held(
                task_id=task.id,
                order_no=task.order_no,
                task_type=task.task_type,
                status=task.status,
                progress=task.progress,
                started_at=task.started_at,
            )
            for task in own
        ],
        tasks_of_others=len(held) - len(own),
        last_failure=_failure(actor, failed) if failed else None,
    )


def _failure(actor: Actor, task: Task) -> LastFailure:
    assert task.completed_at is not None
    seen = actor.sees(task.owner_id, task.organization_id)
    return LastFailure(
        code=task.failure_code or "", at=task.completed_at, order_no=task.order_no if seen else None
    )


def _held(session: Session, engines: Sequence[Engine]) -> dict[str, list[Task]]:
    query = select(Task).where(
        Task.status.in_(RUNNING), Task.assigned_engine_id.in_([engine.id for engine in engines])
    )
    found: dict[str, list[Task]] = defaultdict(list)
    for task in session.scalars(query.order_by(Task.started_at, Task.id)):
        found[task.assigned_engine_id or ""].append(task)
    return found


def _last_failures(session: Session, engines: Sequence[Engine], now: datetime) -> dict[str, Task]:
    failed = and_(Task.status == Status.FAILED.value, Task.completed_at > now - FAILURES_SINCE)
    latest = (
        select(Task.assigned_engine_id.label("engine_id"), func.max(Task.completed_at).label("at"))
        .where(failed, Task.assigned_engine_id.in_([engine.id for engine in engines]))
        .group_by(Task.assigned_engine_id)
        .subquery()
    )
    query = (
        select(Task)
        .join(latest, and_(Task.assigned_engine_id == latest.c.engine_id, Task.completed_at == latest.c.at))
        .where(failed)
    )
    return {task.assigned_engine_id or "": task for task in session.scalars(query)}
