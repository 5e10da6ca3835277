"""The only way to what was marked on a study: through the study itself."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.annotations.errors import NotInStudy
from hounsfield.annotations.models import KeyImage, Measurement
from hounsfield.imaging.access import own_study_for, study_for, visible_studies
from hounsfield.imaging.models import Instance, Series, Study
from hounsfield.kit.errors import NotFound


def readable_study(session: Session, actor: Actor, study_uid: str) -> Study:
    """Return a study whose marks the actor may see, or raise NotFound."""
    actor.require("study:read")
    return study_for(session, actor, study_uid)


def readable_series(session: Session, actor: Actor, series_uid: str) -> tuple[Study, Series]:
    """Return a series that the actor may see and its study, its own organization's first, or raise NotFound."""
    actor.require("study:read")
    query = (
        select(Study, Series)
        .join(Series, Series.study_id == Study.id)
        .where(Series.series_uid == series_uid, visible_studies(actor))
        .order_by(Study.organization_id != actor.organization_id)
        .limit(1)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    study, series = row
    return study, series


def markable_study(session: Session, actor: Actor, study_uid: str) -> Study:
    """Return a study that the actor may leave marks on; NotFound before Forbidden."""
    study = own_study_for(session, actor, study_uid, "study.mark")
    actor.require("study:update")
    return study


def measurement_of(session: Session, study: Study, key: str) -> Measurement | None:
    """Return a measurement of a study, held until the transaction ends where it is one that writes."""
    query = select(Measurement).where(Measurement.study_id == study.id, Measurement.key == key)
    return session.scalar(query.with_for_update())


def key_image_of(session: Session, study: Study, sop_uid: str, frame: int) -> KeyImage | None:
    """Return what is kept of an image of a study, where it is a key image."""
    query = select(KeyImage).where(
        KeyImage.study_id == study.id, KeyImage.sop_uid == sop_uid, KeyImage.frame == frame
    )
    return session.scalar(query.with_for_update())


def image_in(
    session: Session, study: Study, *, sop_uid: str | None, series_uid: str | None = None, frame: int = 1
) -> str:
    """Return the series of an image (or the series itself) after checking that the study has it.

    Raises
    ------
    NotInStudy
        Another study's, or nobody's.
    """
    query = select(Series.series_uid).where(Series.study_id == study.id)
    if series_uid is not None:
        query = query.where(Series.series_uid == series_uid)
    if sop_uid is None:
        found = session.scalar(query)
        if found is None:
            raise NotInStudy
        return found
    row = session.execute(
        query.join(Instance, Instance.series_id == Series.id)
        .where(Instance.sop_uid == sop_uid)
        .add_columns(Instance.header)
    ).first()
    if row is None or frame > (row.header.get("NumberOfFrames") or 1):
        raise NotInStudy
    return str(row.series_uid)
