"""The only way to a task: it comes back, or there is no such thing."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.kit.errors import NotFound
from hounsfield.tasks.models import Task


def task_for(session: Session, actor: Actor, task_id: str) -> Task:
    """Return a task that the actor may see, or raise NotFound."""
    query = select(Task).where(
        Task.id == task_id, Task.deleted_at.is_(None), actor.visible(Task.owner_id, Task.organization_id)
    )
    task = session.scalar(query)
    if task is None or (task.shadow_of and not actor.may("algorithm:manage")):
        raise NotFound
    return task


def any_task(session: Session, task_id: str) -> Task:
    """Return a task for the platform's own work (engines, jobs), or raise NotFound."""
    task = session.get(Task, task_id)
    if task is None:
        raise NotFound
    return task
