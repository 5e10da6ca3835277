"""What takes reading a whole series is done when nothing has come for it for a moment: verdict, attributes, metadata.

`Places.count` marks a series when instances are added; the scheduler calls `offer`, which hands marked series to a job.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from hounsfield.dicom.json_model import Json
from hounsfield.imaging import metadata
from hounsfield.imaging.levels import SERIES_ATTRIBUTES
from hounsfield.imaging.models import Instance, Series
from hounsfield.imaging.store import header_of, verdict
from hounsfield.kit.clock import utc_now
from hounsfield.kit.errors import NotFound
from hounsfield.kit.jobs import job
from hounsfield.kit.outbox import send_job
from hounsfield.kit.platform import Platform

QUIET = timedelta(seconds=2)  # without a new instance
LONGEST = timedelta(seconds=30)  # then a series is looked at although more is coming
MOST = 200  # series that are handed out at once
PER_JOB = 10


def offer(platform: Platform, *, quiet: timedelta = QUIET) -> int:
    """Send jobs for the series that changed and have been quiet since; returns how many series those are."""
    now = utc_now()
    due = or_(Series.changed_at <= now - quiet, Series.dirty_since <= now - LONGEST)
    query = select(Series.id).where(Series.dirty_since.is_not(None), due).limit(MOST)
    with platform.db.read() as session:
        if session.scalar(query.limit(1)) is None:
            return 0
    with platform.db.write() as session:
        found = sorted(session.scalars(query.with_for_update(skip_locked=True)))
        session.execute(update(Series).where(Series.id.in_(found)).values(dirty_since=None))
        send_refresh(session, found)
    return len(found)


def send_refresh(session: Session, series_ids: list[str]) -> None:
    """Have series looked at by a worker."""
    for first in range(0, len(series_ids), PER_JOB):
        send_job(session, "imaging.refresh", series_ids=series_ids[first : first + PER_JOB])


@job("imaging.refresh")
def refresh_job(platform: Platform, **arguments: Any) -> None:
    for series_id in arguments["series_ids"]:
        try:
            settle(platform, series_id)
        except NotFound:
            continue  # removed meanwhile


def settle(platform: Platform, series_id: str) -> None:
    """Bring the verdict, the attributes and the metadata of a series up to date."""
    with platform.db.read() as session:
        series = session.get(Series, series_id)
        if series is None:
            raise NotFound
        headers = list(session.scalars(select(Instance.header).where(Instance.series_id == series_id)))
    gate = verdict([header_of(header) for header in headers])
    _, described = metadata.renew(platform, series_id)
    values = {"gate": gate, **_attributes(described[0] if described else {})}
    with platform.db.write() as session:
        # a change meanwhile has marked the series again, and is looked at in its turn
        same = (Series.id == series_id, Series.revision == series.revision)
        session.execute(update(Series).where(*same).values(values))


def _attributes(first: Json) -> dict[str, Any]:
    """Return the columns that are taken from the first instance of a series."""
    requested: Json = _value(first, "00400275") or {}
    return {
        "attributes": {tag: first[tag] for tag in SERIES_ATTRIBUTES if tag in first},
        "performed_date": str(_value(first, "00400244") or "")[:8] or None,
        "performed_time": str(_value(first, "00400245") or "")[:16] or None,
        "step_code": str(_value(requested, "00400009") or "")[:64],
        "procedure_code": str(_value(requested, "00401001") or "")[:64],
    }


def _value(of: Json, tag: str) -> Any:
    values = of.get(tag, {}).get("Value") or [None]
    return values[0]
