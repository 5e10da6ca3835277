"""Studies go to the trash, come back from it, or are purged with everything that hangs on them."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Table, delete, select
from sqlalchemy.orm import Session

from hounsfield.imaging.models import Instance, Series, Study
from hounsfield.imaging.news import tell_removal
from hounsfield.kit.clock import utc_now
from hounsfield.kit.db import Base, table_of
from hounsfield.kit.hooks import Hook

study_deleted: Hook[[Session, Study]] = Hook()
"""A study has gone to the trash: what waits for it has to stop."""


def to_trash(session: Session, study: Study, *, by: str | None, grace: timedelta) -> None:
    """Take a study away from everybody; until `grace` is over it can be brought back."""
    study.deleted_at, study.deleted_by, study.purge_at = utc_now(), by, utc_now() + grace
    session.flush()
    study_deleted.fire(session, study)
    tell_removal(session, study, deleted=True)


def from_trash(session: Session, study: Study) -> None:
    """Bring a study back as it was."""
    study.deleted_at = study.deleted_by = study.purge_at = None
    study.retention_warned_at = None
    session.flush()
    tell_removal(session, study, deleted=False)


def purge(session: Session, study: Study) -> list[str]:
    """Remove a study's rows, and those of every room that hang on them; returns the objects that they named."""
    series_ids = list(session.scalars(select(Series.id).where(Series.study_id == study.id)))
    of_series = Instance.series_id.in_(series_ids)
    objects = list(session.scalars(select(Instance.sha256).where(of_series).distinct()))
    instance_ids = select(Instance.id).where(of_series).scalar_subquery()
    _drop_dependents(session, table_of(Instance), instance_ids)
    session.execute(delete(Instance).where(of_series))
    _drop_dependents(session, table_of(Series), series_ids, but=table_of(Instance))
    session.execute(delete(Series).where(Series.study_id == study.id))
    _drop_dependents(session, table_of(Study), [study.id], but=table_of(Series))
    session.execute(delete(Study).where(Study.id == study.id))
    return objects


def _drop_dependents(session: Session, table: Table, ids: Any, but: Table | None = None) -> None:
    """Delete the rows of whatever table refers to these: a room that adds one need not be told here."""
    for other in reversed(Base.metadata.sorted_tables):
        if other is but:
            continue
        for key in other.foreign_keys:
            if key.column.table is table:
                session.execute(other.delete().where(key.parent.in_(ids)))
