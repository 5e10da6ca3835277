"""The only way to a task: it comes back, or there is no such thing."""

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.accounts.permissions import Scope
from hounsfield.audit.entries import Attempt
from hounsfield.audit.errors import Hidden
from hounsfield.imaging.access import hidden_study_uids, patient_of
from hounsfield.kit.errors import NotFound
from hounsfield.tasks.models import Task


def visible_tasks(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that keeps the tasks an actor may see: none of others on images that it does not see."""
    within = actor.visible(Task.owner_id, Task.organization_id)
    if actor.scope is not Scope.ORGANIZATION:
        return within
    open_study = Task.study_uid.is_(None) | Task.study_uid.not_in(hidden_study_uids(actor))
    return and_(within, or_(Task.owner_id == actor.user_id, open_study))


def task_for(session: Session, actor: Actor, task_id: str, action: str = "task.read") -> Task:
    """Return a task that the actor may see, or raise NotFound."""
    there = session.get(Task, task_id)
    if there is None or there.deleted_at is not None:
        raise NotFound
    task = session.scalar(select(Task).where(Task.id == task_id, visible_tasks(actor)))
    if task is None or (task.shadow_of and not actor.may("algorithm:manage")):
        raise Hidden(about(session, actor, action, there))
    return task


def any_task(session: Session, task_id: str) -> Task:
    """Return a task for the platform's own work (engines, jobs), or raise NotFound."""
    task = session.get(Task, task_id)
    if task is None:
        raise NotFound
    return task


def about(session: Session, actor: Actor, action: str, task: Task) -> Attempt:
    """Return what is done to a task, for the audit trail."""
    patient_id = patient_of(session, task.organization_id, task.study_uid)
    return Attempt(actor, action, "task", task.id, patient_id, task.organization_id)
