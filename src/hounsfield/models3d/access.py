"""The only way to a set of models or one of its meshes."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.kit.errors import NotFound
from hounsfield.models3d.models import Model, ModelCategory, ModelInfo


def info_for(session: Session, actor: Actor, model_info_id: str) -> ModelInfo:
    """Return a set that the actor may see, or raise NotFound."""
    query = select(ModelInfo).where(
        ModelInfo.id == model_info_id,
        ModelInfo.deleted_at.is_(None),
        actor.visible(ModelInfo.owner_id, ModelInfo.organization_id),
    )
    info = session.scalar(query)
    if info is None:
        raise NotFound
    return info


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
