"""Sets of models as overlays of the study that they were made from."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.annotations.schemas import OverlayView
from hounsfield.annotations.sources import overlays_wanted
from hounsfield.imaging.models import Study
from hounsfield.models3d.models import Model, ModelInfo
from hounsfield.tasks.models import Task


@overlays_wanted.connect
def add_models(session: Session, actor: Actor, study: Study, found: list[OverlayView]) -> None:
    """Append the finished sets that the actor sees."""
    if not actor.may("model:read"):
        return
    parts = select(func.count()).where(Model.model_info_id == ModelInfo.id).scalar_subquery()
    query = (
        select(ModelInfo, Task.series_uid, parts)
        .join(Task, Task.id == ModelInfo.task_id)
        .where(
            Task.study_uid == study.study_uid,
            ModelInfo.organization_id == study.organization_id,
            ModelInfo.status == "ENABLED",
            ModelInfo.deleted_at.is_(None),
            actor.visible(ModelInfo.owner_id, ModelInfo.organization_id),
        )
        .order_by(ModelInfo.created_at, ModelInfo.id)
    )
    for info, series_uid, count in session.execute(query):
        found.append(
            OverlayView(
                kind="MODELS",
                id=info.id,
                series_uid=None,
                label=info.name,
                description=info.description,
                referenced_series_uid=series_uid,
                parts=count,
                created_at=info.created_at,
            )
        )
