"""Which series a task computes on, and its files."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hounsfield.dicom.errors import DicomError
from hounsfield.imaging.models import Instance, Series, Study
from hounsfield.imaging.store import header_of, verdict
from hounsfield.kit.errors import NotFound


class SeriesRefused(DicomError):
    """The series cannot be computed on."""

    code = "SERIES_REFUSED"
    zh = "该序列不能用于计算。"


@dataclass(frozen=True)
class Chosen:
    study_uid: str
    series_uid: str


@dataclass(frozen=True)
class SeriesFile:
    sha256: str
    size: int


def choose_series(
    session: Session,
    organization_id: str,
    *,
    study_uid: str | None,
    series_uid: str | None,
    among: list[str] | None,
    ct: bool,
) -> Chosen:
    """Return the series to compute on: the one that was named, else the largest that passes the integrity gate.

    Raises
    ------
    NotFound
        There is no such series (any more).
    SeriesRefused
        None passes; the code and the values are those of the gate's verdict on the most likely one.
    """
    query = (
        select(Series, Study.study_uid)
        .join(Study)
        .where(Series.organization_id == organization_id, Study.deleted_at.is_(None))
    )
    if series_uid:
        query = query.where(Series.series_uid == series_uid)
    elif among is not None:
        query = query.where(Series.series_uid.in_(among))
    if study_uid:
        query = query.where(Study.study_uid == study_uid)
    found = session.execute(query).all()
    if not found:
        raise NotFound
    # CT before others, more slices before fewer: the order in which a technician would look
    ranked = sorted(
        found, key=lambda row: (row[0].modality != "CT", -row[0].instance_count, row[0].series_uid)
    )
    if not ct:
        return Chosen(ranked[0].study_uid, ranked[0].Series.series_uid)
    refused: list[dict[str, Any]] = []
    for series, uid in ranked:
        gate = _gate(session, series)
        if gate["ok"]:
            return Chosen(uid, series.series_uid)
        refused.append(gate)
    raise SeriesRefused(refused[0]["code"] or "SERIES_REFUSED", **refused[0]["params"])


def _gate(session: Session, series: Series) -> dict[str, Any]:
    """Return the verdict on a series as it is now; on one that has just come it is not kept yet (`imaging.settle`)."""
    if series.gate is not None and series.dirty_since is None:
        return series.gate
    headers = session.scalars(select(Instance.header).where(Instance.series_id == series.id))
    return verdict([header_of(header) for header in headers])


def voxel_count(session: Session, organization_id: str, series_uid: str) -> int:
    """Return how many voxels a series has, judged by its first image."""
    query = (
        select(Series.instance_count, Instance.header)
        .join(Instance, Instance.series_id == Series.id)
        .where(Series.organization_id == organization_id, Series.series_uid == series_uid)
        .order_by(Instance.number)
        .limit(1)
    )
    row = session.execute(query).first()
    if row is None:
        return 0
    count, header = row
    return int(count * (header.get("Rows") or 0) * (header.get("Columns") or 0))


def series_files(
    session: Session, organization_id: str, series_uid: str | None, *, sha256: str | None = None
) -> list[SeriesFile]:
    """Return the files of a series' volume in slice order (localizers that the gate excluded are left out)."""
    if series_uid is None:
        return []
    series = session.scalar(
        select(Series).where(Series.organization_id == organization_id, Series.series_uid == series_uid)
    )
    if series is None:
        return []
    query = select(Instance.sop_uid, Instance.sha256, Instance.size).where(Instance.series_id == series.id)
    if sha256:
        query = query.where(Instance.sha256 == sha256)
    rows = {
        uid: SeriesFile(digest, size)
        for uid, digest, size in session.execute(query.order_by(Instance.number))
    }
    ordered: list[str] = (series.gate or {}).get("ordered") or list(rows)
    return [rows[uid] for uid in ordered if uid in rows]
