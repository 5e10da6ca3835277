"""Images that readers marked as worth showing."""

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.accounts.models import User
from hounsfield.annotations.access import image_in, key_image_of, markable_study
from hounsfield.annotations.errors import TooManyMarks
from hounsfield.annotations.models import KeyImage
from hounsfield.annotations.news import tell_viewers
from hounsfield.annotations.schemas import KeyImageView
from hounsfield.annotations.trail import changed
from hounsfield.imaging.models import Study
from hounsfield.kit.clock import utc_now
from hounsfield.kit.errors import NotFound

MAX_PER_STUDY = 500


def key_images_of(session: Session, study: Study) -> list[KeyImageView]:
    """Return the key images of a study, oldest first."""
    query = (
        select(KeyImage, User.display_name)
        .join(User, User.id == KeyImage.created_by)
        .where(KeyImage.study_id == study.id)
        .order_by(KeyImage.created_at, KeyImage.id)
    )
    return [_view(row, name) for row, name in session.execute(query)]


def mark(
    session: Session, actor: Actor, study_uid: str, sop_uid: str, frame: int, note: str
) -> tuple[KeyImageView, bool]:
    """Make an image a key image, or change its note; return it and whether it is new."""
    study = markable_study(session, actor, study_uid)
    series_uid = image_in(session, study, sop_uid=sop_uid, frame=frame)
    row = key_image_of(session, study, sop_uid, frame)
    new = row is None
    if row is None:
        counted = select(func.count()).select_from(KeyImage).where(KeyImage.study_id == study.id)
        if (session.scalar(counted) or 0) >= MAX_PER_STUDY:
            raise TooManyMarks(limit=MAX_PER_STUDY)
        row = KeyImage(
            organization_id=study.organization_id,
            study_id=study.id,
            series_uid=series_uid,
            sop_uid=sop_uid,
            frame=frame,
            note=note,
            created_by=actor.user_id,
        )
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:  # marked twice at the same moment: the later note stays
            row, new = key_image_of(session, study, sop_uid, frame), False
            if row is None:
                raise NotFound from None
    row.note, row.updated_at = note, utc_now()
    session.flush()
    tell_viewers(session, actor, study, record="key_image", record_id=f"{sop_uid}/{frame}")
    changed(session, actor, study, "key_image.mark", sop_uid=sop_uid, frame=frame)
    name = session.scalar(select(User.display_name).where(User.id == row.created_by)) or ""
    return _view(row, name), new


def unmark(session: Session, actor: Actor, study_uid: str, sop_uid: str, frame: int) -> None:
    """Make a key image an ordinary one again."""
    study = markable_study(session, actor, study_uid)
    row = key_image_of(session, study, sop_uid, frame)
    if row is None:
        raise NotFound
    session.delete(row)
    tell_viewers(session, actor, study, record="key_image", record_id=f"{sop_uid}/{frame}", deleted=True)
    changed(session, actor, study, "key_image.unmark", sop_uid=sop_uid, frame=frame)


def _view(row: KeyImage, created_by_name: str) -> KeyImageView:
    return KeyImageView(
        series_uid=row.series_uid,
        sop_uid=row.sop_uid,
        frame=row.frame,
        note=row.note,
        created_by=row.created_by,
        created_by_name=created_by_name,
        created_at=row.created_at,
    )
