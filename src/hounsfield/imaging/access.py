"""The only way to an upload or a study: it comes back, or there is no such thing."""

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.accounts.permissions import Scope
from hounsfield.imaging.models import Study, StudyOwner, Upload
from hounsfield.kit.errors import NotFound


def upload_for(session: Session, actor: Actor, upload_id: str) -> Upload:
    """Return the actor's own upload, or raise NotFound."""
    upload = session.get(Upload, upload_id)
    if upload is None or upload.owner_id != actor.user_id:
        raise NotFound
    return upload


def visible_studies(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that keeps the studies an actor may see."""
    if actor.scope is Scope.OWN:
        return Study.id.in_(select(StudyOwner.study_id).where(StudyOwner.user_id == actor.user_id))
    return actor.visible(Study.organization_id, Study.organization_id)


def study_for(session: Session, actor: Actor, study_uid: str) -> Study:
    """Return a study that the actor may see, its own organization's first, or raise NotFound."""
    query = (
        select(Study)
        .where(Study.study_uid == study_uid, visible_studies(actor))
        .order_by(Study.organization_id != actor.organization_id)
        .limit(1)
    )
    study = session.scalar(query)
    if study is None:
        raise NotFound
    return study
