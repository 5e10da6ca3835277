"""The metadata of a series, as WADO-RS sends them: made once for each revision, kept compressed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from hounsfield.dicom.errors import InvalidInstance
from hounsfield.dicom.json_model import Json, read_json
from hounsfield.imaging.models import Instance, Series, SeriesMetadata, Study
from hounsfield.imaging.zipped import gzip
from hounsfield.kit.errors import NotFound
from hounsfield.kit.platform import Platform

MOST_KEPT = 6 << 20  # bytes; a packet of MySQL has 16 MB, and bytes may take two there


@dataclass(frozen=True)
class Metadata:
    """A JSON array of instances, gzipped, and the revision of the series that it describes."""

    revision: int
    body: bytes


def base_of(study_uid: str, series_uid: str, sop_uid: str) -> str:
    """Return the path of an instance; what is kept is the same for every host under which the platform is known."""
    return f"/dicomweb/studies/{study_uid}/series/{series_uid}/instances/{sop_uid}"


def kept(session: Session, series_id: str) -> Metadata | None:
    """Return what is kept of a series, or None where it is missing or of an earlier revision."""
    query = (
        select(SeriesMetadata.revision, SeriesMetadata.body)
        .join(Series, Series.id == SeriesMetadata.series_id)
        .where(Series.id == series_id, SeriesMetadata.revision == Series.revision)
    )
    row = session.execute(query).one_or_none()
    return Metadata(row.revision, row.body) if row else None


def of_series(platform: Platform, series_id: str) -> Metadata:
    """Return the metadata of a series, making and keeping them where they are not kept yet.

    Raises
    ------
    NotFound
        The series is gone.
    """
    with platform.db.read() as session:
        found = kept(session, series_id)
    return found or renew(platform, series_id)[0]


def renew(platform: Platform, series_id: str) -> tuple[Metadata, list[Json]]:
    """Read the files of a series and keep what they say."""
    with platform.db.read() as session:
        series = session.get(Series, series_id)
        if series is None:
            raise NotFound
        study_uid = session.get_one(Study, series.study_id).study_uid
        rows = instances(session, series_id)
    described = [describe(platform, row, study_uid, series.series_uid) for row in rows]
    made = Metadata(series.revision, gzip(orjson.dumps(described, default=str)))
    if len(made.body) <= MOST_KEPT:
        with platform.db.write() as session:
            _keep(session, series_id, made)
    return made, described


def instances(session: Session, series_id: str) -> list[Any]:
    """Return what is needed to describe each instance of a series, in the order of their numbers."""
    columns = (Instance.sop_uid, Instance.sop_class_uid, Instance.sha256, Instance.header)
    query = select(*columns).where(Instance.series_id == series_id)
    return list(session.execute(query.order_by(Instance.number, Instance.sop_uid)))


def describe(platform: Platform, row: Any, study_uid: str, series_uid: str) -> Json:
    """Return an instance as DICOM JSON; of one that cannot be read again there are at least its UIDs."""
    base = base_of(study_uid, series_uid, row.sop_uid)
    try:
        path = platform.blobs.path(row.sha256)
        found = read_json(path, _bulk(base), row.header.get("pixel_bytes"))
    except InvalidInstance:
        found = {}
    # what some anonymizers leave out, and by what the instance is known here
    for tag, uid in (
        ("00080016", row.sop_class_uid),
        ("00080018", row.sop_uid),
        ("0020000D", study_uid),
        ("0020000E", series_uid),
    ):
        found[tag] = {"vr": "UI", "Value": [uid]}
    return found


def _bulk(base: str) -> Callable[[str], str]:
    return lambda way: f"{base}/bulkdata/{way}"


def _keep(session: Session, series_id: str, made: Metadata) -> None:
    series = session.get(Series, series_id, with_for_update=True)
    if series is None or series.revision != made.revision:
        return  # whoever changed it has it made again
    row = session.get(SeriesMetadata, series_id)
    if row is None:
        session.add(SeriesMetadata(series_id=series_id, revision=made.revision, body=made.body))
    else:
        row.revision, row.body = made.revision, made.body
