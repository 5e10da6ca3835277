"""A study is complete when nothing has come for it for a while: then, and only then, the rooms above are told.

The end of an archive is the end of its studies at once. Images that come later open a study again, and it is told of
once more, with the series that are new or have grown.
"""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from hounsfield.imaging.models import Series, Study
from hounsfield.imaging.news import tell_arrival
from hounsfield.kit.clock import utc_now
from hounsfield.kit.hooks import Hook
from hounsfield.kit.platform import Platform
from hounsfield.system import configs

STUDY_QUIET_SECONDS = configs.declare(
    "study_quiet_seconds",
    int,
    60,
    en="Seconds without a new image after which a study counts as complete",
    zh="检查在多少秒内没有新影像即视为接收完成",
)
MOST = 100

study_settled: Hook[[Session, Study, list[Series]]] = Hook()
"""A study is complete, and these of its series are new or have grown since it was complete before."""


def complete_quiet(platform: Platform) -> int:
    """Mark the studies complete that have been quiet long enough; returns how many."""
    with platform.db.read() as session:
        quiet = timedelta(seconds=int(configs.get(session, STUDY_QUIET_SECONDS)))
        query = select(Study.id).where(_waiting(), Study.received_at <= utc_now() - quiet).limit(MOST)
        due = list(session.scalars(query))
    done = 0
    for study_id in due:
        with platform.db.write() as session:
            fits = (Study.id == study_id, _waiting(), Study.received_at <= utc_now() - quiet)
            # whoever is adding images has it locked: it is not quiet then
            study = session.scalar(select(Study).where(*fits).with_for_update(skip_locked=True))
            if study is not None:
                _complete(session, study)
                done += 1
    return done


def complete_studies_of(session: Session, series_ids: Collection[str]) -> None:
    """Mark the studies of these series complete now: their archive has ended."""
    ids = select(Series.study_id).where(Series.id.in_(series_ids))
    query = select(Study).where(Study.id.in_(ids), _waiting()).order_by(Study.id).with_for_update()
    for study in session.scalars(query).all():
        _complete(session, study)


def _waiting() -> ColumnElement[bool]:
    return Study.settled_at.is_(None) & Study.received_at.is_not(None)


def _complete(session: Session, study: Study) -> None:
    study.settled_at = utc_now()
    grown = Series.revision > Series.settled_revision
    query = (
        select(Series).where(Series.study_id == study.id, grown).order_by(Series.number, Series.series_uid)
    )
    changed = list(session.scalars(query))
    for series in changed:
        series.settled_revision = series.revision
    session.flush()
    tell_arrival(session, study)
    study_settled.fire(session, study, changed)
