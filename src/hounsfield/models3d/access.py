"""The only way to a set of models or one of its meshes."""

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.accounts.permissions import Scope
from hounsfield.audit.entries import Attempt, Who
from hounsfield.audit.errors import Hidden
from hounsfield.imaging.access import hidden_study_uids, patient_of
from hounsfield.kit.errors import NotFound
from hounsfield.models3d.models import Model, ModelCategory, ModelInfo
from hounsfield.tasks.models import Task


def visible_infos(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that keeps the sets an actor may see: none of others made of images that it does not see."""
    within = actor.visible(ModelInfo.owner_id, ModelInfo.organization_id)
    if actor.scope is not Scope.ORGANIZATION:
        return within
    hidden = select(Task.id).where(
        Task.organization_id == actor.organization_id, Task.study_uid.in_(hidden_study_uids(actor))
    )
    return and_(within, or_(ModelInfo.owner_id == actor.user_id, ModelInfo.task_id.not_in(hidden)))


def info_for(session: Session, actor: Actor, model_info_id: str, action: str = "model.read") -> ModelInfo:
    """Return a set that the actor may see, or raise NotFound."""
    there = session.get(ModelInfo, model_info_id)
    if there is None or there.deleted_at is not None:
        raise NotFound
    info = session.scalar(select(ModelInfo).where(ModelInfo.id == model_info_id, visible_infos(actor)))
    if info is None:
        raise Hidden(about(session, actor, action, there))
    return info


def about(session: Session, who: Who, action: str, info: ModelInfo) -> Attempt:
    """Return what is done to a set, for the audit trail."""
    task = session.get(Task, info.task_id)
    patient_id = patient_of(session, info.organization_id, task.study_uid) if task else None
    return Attempt(who, action, "model", info.id, patient_id, info.organization_id)


def model_of(session: Session, info: ModelInfo, model_id: str) -> Model:
    """Return a mesh of a set, or raise NotFound."""
    model = session.get(Model, model_id)
    if model is None or model.model_info_id != info.id:
        raise NotFound
    return model


def category_for(session: Session, actor: Actor, category_id: str) -> ModelCategory:
    """Return one of the organization's categories, or raise NotFound."""
    category = session.get(ModelCategory, category_id)
    if category is None or category.organization_id != actor.organization_id:
        raise NotFound
    return category
