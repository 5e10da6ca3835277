"""What engines may do to a task: claim it, keep it, finish it, each fenced by the attempt's epoch.

A lease is a promise until a time by the database's clock. Whoever comes with an epoch that is no longer current gets
StaleEpoch and changes nothing; so a machine that was thought dead and wakes up cannot spoil what another one does.
"""

from datetime import timedelta

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from hounsfield.engines.models import Engine
from hounsfield.engines.service import OwnEngine
from hounsfield.kit.db import db_now
from hounsfield.kit.errors import NotFound
from hounsfield.kit.i18n import LANGUAGES
from hounsfield.kit.outbox import send_event
from hounsfield.notifications.service import user_room
from hounsfield.tasks.access import any_task
from hounsfield.tasks.errors import ResultMissing, StaleEpoch
from hounsfield.tasks.models import Task, TaskFile
from hounsfield.tasks.requeue import give_back
from hounsfield.tasks.schemas import Attempt, CompletionReport, FailureReport
from hounsfield.tasks.texts import engine_text
from hounsfield.tasks.transitions import Status, move


def claim(session: Session, engine: OwnEngine, task_id: str, epoch: int, lease_seconds: float) -> Task:
    """Make an offered attempt this engine's own."""
    task = any_task(session, task_id)
    offered = task.assigned_engine_id in (None, engine.id)
    if task.status != Status.ASSIGNED or task.epoch != epoch or not offered:
        raise StaleEpoch
    now = db_now(session)
    move(
        session,
        task,
        Status.IN_PROGRESS,
        actor=f"engine:{engine.id}",
        reason="claimed",
        assigned_engine_id=engine.id,
        lease_until=now + timedelta(seconds=lease_seconds),
        close_by=now + timedelta(seconds=task.start_to_close_s),
        started_at=task.started_at or now,
        attempt=task.attempt + 1,
        progress=0,
        progress_message="",
    )
    return task


def current_attempt(session: Session, task_id: str, epoch: int, token_id: str) -> Task:
    """Return the running task of an attempt whose engine holds this token, or raise StaleEpoch."""
    query = (
        select(Task)
        .join(Engine, Engine.id == Task.assigned_engine_id)
        .where(
            Task.id == task_id,
            Task.epoch == epoch,
            Task.status == Status.IN_PROGRESS.value,
            Engine.token_id == token_id,
        )
    )
    task = session.scalar(query)
    if task is None:
        raise StaleEpoch
    return task


def keep(session: Session, engine: OwnEngine, attempts: list[Attempt], lease_seconds: float) -> list[str]:
    """Extend the leases of the attempts an engine reports and return those it must stop."""
    until = db_now(session) + timedelta(seconds=lease_seconds)
    stop: list[str] = []
    for attempt in sorted(attempts, key=lambda a: a.task_id):
        if not _extend(session, engine.id, attempt, until):
            stop.append(attempt.task_id)
    return stop


def _extend(session: Session, engine_id: str, attempt: Attempt, until: object) -> bool:
    running = (
        Task.id == attempt.task_id,
        Task.epoch == attempt.epoch,
        Task.status == Status.IN_PROGRESS.value,
        Task.assigned_engine_id == engine_id,
    )
    kept = session.execute(
        update(Task).where(*running).values(lease_until=until).execution_options(synchronize_session=False)
    )
    if kept.rowcount == 0:  # type: ignore[attr-defined]
        return False
    note_progress(session, attempt.task_id, attempt.epoch, attempt.progress, attempt.message)
    return True


def note_progress(session: Session, task_id: str, epoch: int, progress: float, message: str) -> None:
    """Record how far an attempt is (it only grows within an attempt) and tell the owner if that is news."""
    value, text = int(progress), message[:200]
    news = session.execute(
        update(Task)
        .where(
            Task.id == task_id,
            Task.epoch == epoch,
            Task.status == Status.IN_PROGRESS.value,
            Task.progress <= value,
            or_(Task.progress < value, Task.progress_message != text),
        )
        .values(progress=value, progress_message=text)
        .execution_options(synchronize_session=False)
    )
    if news.rowcount == 0:  # type: ignore[attr-defined]
        return
    task = session.get_one(Task, task_id)
    if task.shadow_of:
        return
    texts = {language: engine_text(session, task, text, language) for language in LANGUAGES}
    body = {"task_id": task_id, "order_no": task.order_no, "progress": value, "message": text}
    body["messages"] = {language: said for language, said in texts.items() if said != text}
    send_event(session, user_room(task.owner_id), "task_progress", body)


def complete(session: Session, task_id: str, token_id: str, report: CompletionReport) -> Task:
    """End an attempt well: every result it names was uploaded by it and is what it says.

    The same report again is answered alike and changes nothing.
    """
    task, again = _attempt_to_end(session, task_id, report.epoch, token_id, Status.COMPLETED)
    if again:
        return task
    set_committed_value(task, "results", _results(session, task, report) if report.results else [])
    move(
        session,
        task,
        Status.COMPLETED,
        actor=f"engine:{task.assigned_engine_id}",
        progress=100,
        progress_message="",
        metrics=report.metrics,
    )
    return task


def _results(session: Session, task: Task, report: CompletionReport) -> list[TaskFile]:
    """Make the files that a report names the results of the task, and return them by name."""
    query = select(TaskFile).where(TaskFile.task_id == task.id, TaskFile.epoch == report.epoch)
    uploaded = {file.name: file for file in session.scalars(query)}
    for result in report.results:
        file = uploaded.get(result.name)
        if file is None or file.sha256 != result.sha256 or file.size != result.size:
            raise ResultMissing(name=result.name)
        file.kind, file.content_type, file.details, file.final = (
            result.kind,
            result.content_type,
            result.metadata,
            True,
        )
    session.flush()
    return sorted((file for file in uploaded.values() if file.final), key=lambda file: file.name)


_TASK_AND_HOLDER = (
    select(Task, Engine.token_id)
    .outerjoin(Engine, Engine.id == Task.assigned_engine_id)
    .where(Task.id == bindparam("own"))
)


def _attempt_to_end(
    session: Session, task_id: str, epoch: int, token_id: str, target: Status
) -> tuple[Task, bool]:
    """Return the task of an attempt that shall end so, and whether it has done so before; else raise StaleEpoch."""
    found = session.execute(_TASK_AND_HOLDER, {"own": task_id}).one_or_none()
    if found is None:
        raise NotFound
    task, holder = found
    again = task.status == target
    if task.epoch != epoch or not (again or (task.status == Status.IN_PROGRESS and holder == token_id)):
        raise StaleEpoch
    return task, again


def fail(session: Session, task_id: str, token_id: str, report: FailureReport) -> Task:
    """End an attempt badly, as its engine judged: the person must act, another engine may try, or nobody should."""
    task, again = _attempt_to_end(session, task_id, report.epoch, token_id, Status.FAILED)
    if again:
        return task
    actor = f"engine:{task.assigned_engine_id}"
    if report.decision in ("user_facing", "poison"):
        code = "POISON" if report.decision == "poison" else report.code
        move(
            session,
            task,
            Status.FAILED,
            actor=actor,
            reason=report.code,
            failure_code=code,
            error_message=report.message,
        )
    else:
        crashed = report.code in ("ENGINE_CHILD_CRASHED", "OUT_OF_MEMORY")
        if report.code == "OUT_OF_MEMORY":
            task.memory_mb *= 2  # the estimate was wrong; the next engine is chosen for more
        give_back(session, task, actor=actor, reason=report.code, crashed=crashed)
    return task
