"""Measurements as readers draw them: kept at once, one version after the other, nobody's change lost in silence."""

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.accounts.models import User
from hounsfield.annotations.access import image_in, markable_study, measurement_of
from hounsfield.annotations.errors import MeasurementChanged, MeasurementGone, TooManyMarks
from hounsfield.annotations.models import Measurement
from hounsfield.annotations.news import tell_viewers
from hounsfield.annotations.schemas import MeasurementView, MeasurementWish, Stats
from hounsfield.annotations.trail import changed
from hounsfield.dicom.writer import uid
from hounsfield.imaging.models import Study
from hounsfield.kit.clock import utc_now
from hounsfield.kit.errors import NotFound

MAX_PER_STUDY = 2000


def tracking_uid(row: Measurement) -> str:
    """Return the UID that follows a measurement into every document (TID 1501, Tracking Unique Identifier)."""
    return uid(row.id, "tracking")


def measurements_of(session: Session, study: Study) -> list[MeasurementView]:
    """Return what is kept on a study, oldest first."""
    query = (
        select(Measurement, User.display_name)
        .join(User, User.id == Measurement.created_by)
        .where(Measurement.study_id == study.id)
        .order_by(Measurement.created_at, Measurement.id)
    )
    return [_view(row, name) for row, name in session.execute(query)]


def keep(
    session: Session, actor: Actor, study_uid: str, key: str, wish: MeasurementWish
) -> tuple[MeasurementView, bool]:
    """Create or replace a measurement; return it and whether it is new.

    The same request again, after its answer was lost, changes nothing.

    Raises
    ------
    MeasurementChanged, MeasurementGone
        The version that it should replace is not the one that is there.
    NotInStudy
        It would lie on an image of another study.
    """
    study = markable_study(session, actor, study_uid)
    image_in(session, study, sop_uid=wish.sop_uid, series_uid=wish.series_uid, frame=wish.frame or 1)
    row = measurement_of(session, study, key)
    if row is not None and _says(row, wish) and (wish.version or 0) in (0, row.version - 1, row.version):
        return _view(row, _name(session, row)), False
    if row is None:
        row = _create(session, actor, study, key, wish)
        new = True
    else:
        if wish.version != row.version:
            raise MeasurementChanged(version=row.version)
        row.version, row.updated_by, row.updated_at = row.version + 1, actor.user_id, utc_now()
        _fill(row, wish)
        new = False
    session.flush()
    tell_viewers(session, actor, study, record="measurement", record_id=key, version=row.version)
    action = "measurement.create" if new else "measurement.update"
    changed(session, actor, study, action, measurement=key, version=row.version)
    return _view(row, _name(session, row)), new


def delete(session: Session, actor: Actor, study_uid: str, key: str, version: int | None) -> None:
    """Remove a measurement; with a version, only while it is that one."""
    study = markable_study(session, actor, study_uid)
    row = measurement_of(session, study, key)
    if row is None:
        raise NotFound
    if version is not None and version != row.version:
        raise MeasurementChanged(version=row.version)
    session.delete(row)
    tell_viewers(session, actor, study, record="measurement", record_id=key, deleted=True)
    changed(session, actor, study, "measurement.delete", measurement=key)


def _create(session: Session, actor: Actor, study: Study, key: str, wish: MeasurementWish) -> Measurement:
    if wish.version:
        raise MeasurementGone
    counted = select(func.count()).select_from(Measurement).where(Measurement.study_id == study.id)
    if (session.scalar(counted) or 0) >= MAX_PER_STUDY:
        raise TooManyMarks(limit=MAX_PER_STUDY)
    now = utc_now()
    row = Measurement(
        organization_id=study.organization_id,
        study_id=study.id,
        key=key,
        version=1,
        created_by=actor.user_id,
        updated_by=actor.user_id,
        created_at=now,
        updated_at=now,
    )
    _fill(row, wish)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # another request made it a moment ago
        raise MeasurementChanged(version=1) from None
    return row


def _fill(row: Measurement, wish: MeasurementWish) -> None:
    for name, value in _content(wish).items():
        setattr(row, name, value)


def _says(row: Measurement, wish: MeasurementWish) -> bool:
    return all(getattr(row, name) == value for name, value in _content(wish).items())


def _content(wish: MeasurementWish) -> dict[str, object]:
    content = wish.model_dump(exclude={"version", "stats"})
    return {**content, "stats": wish.stats.model_dump(exclude_none=True)}


def _name(session: Session, row: Measurement) -> str:
    return session.scalar(select(User.display_name).where(User.id == row.created_by)) or ""


def _view(row: Measurement, created_by_name: str) -> MeasurementView:
    return MeasurementView.model_construct(
        id=row.key,
        version=row.version,
        tracking_uid=tracking_uid(row),
        tool=row.tool,  # type: ignore[arg-type]  # it was checked when it came
        series_uid=row.series_uid,
        sop_uid=row.sop_uid,
        frame=row.frame,
        frame_of_reference_uid=row.frame_of_reference_uid,
        points=row.points,
        label=row.label,
        text=row.text,
        stats=Stats(**row.stats),
        values=[],
        segment=None,
        created_by=row.created_by,
        created_by_name=created_by_name,
        created_at=row.created_at,
        updated_at=row.updated_at,
        read_only=False,
        source=None,
    )
