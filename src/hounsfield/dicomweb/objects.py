"""The only way to stored objects over DICOMweb: what an actor may see, or nothing."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, null, select

from hounsfield.accounts.actor import Actor
from hounsfield.accounts.permissions import prepared
from hounsfield.audit.service import note_read
from hounsfield.dicom.frames import Shape
from hounsfield.imaging.access import study_for, visible_studies, within_reach
from hounsfield.imaging.models import Instance, Series, Study
from hounsfield.kit.errors import NotFound
from hounsfield.kit.platform import Platform


@dataclass(frozen=True, slots=True)
class Stored:
    """One instance, where it is and what it is."""

    study_uid: str
    series_uid: str
    sop_uid: str
    sop_class_uid: str
    syntax: str
    sha256: str
    size: int
    header: dict[str, Any]

    @property
    def frames(self) -> int:
        return max(int(self.header.get("NumberOfFrames") or 1), 1)

    @property
    def shape(self) -> Shape:
        """Return what native pixel data are measured by."""
        return Shape.of(self.header.get)


@dataclass(frozen=True, slots=True)
class Found:
    """A study that an actor may see, and of its series those that were named: their id, UID, revision and count."""

    study_uid: str
    study_id: str
    patient_id: str
    organization_id: str
    series: list[Any]


@prepared
def _visible(actor: Actor) -> Select[Any]:
    """Find a study by its UID, in the actor's own organization first, with its series."""
    columns: tuple[Any, ...] = (
        Study.id.label("study_id"),
        Study.patient_id,
        Study.organization_id,
        Series.id,
        Series.series_uid,
        Series.revision,
        Series.instance_count,
    )
    return (
        select(*columns)
        .join(Study, Study.id == Series.study_id)
        .where(
            Study.study_uid == bindparam("study_uid"),
            visible_studies(actor),
            within_reach(actor, Study.organization_id),
        )
        .order_by(Study.organization_id != actor.organization_id, Study.id, Series.number, Series.series_uid)
    )


def named(platform: Platform, actor: Actor, study_uid: str, series_uid: str | None = None) -> Found:
    """Return a study, or one series of it; NotFound where the actor sees no such thing."""
    actor.require("study:read")
    with platform.db.look() as connection:
        rows = connection.execute(_visible(actor), {"study_uid": study_uid, **actor.bound}).all()
    if not rows:
        with platform.db.read() as session:
            study_for(session, actor, study_uid)  # says why
        raise NotFound
    first = rows[0]
    of_one = [row for row in rows if row.study_id == first.study_id]
    series = [row for row in of_one if series_uid in (None, row.series_uid)]
    if not series:
        raise NotFound
    return Found(study_uid, first.study_id, first.patient_id, first.organization_id, series)


def find(platform: Platform, actor: Actor, study_uid: str, series_uid: str | None = None) -> Found:
    """Return what `named` does, and note that it is read."""
    found = named(platform, actor, study_uid, series_uid)
    _note(platform, actor, study_uid, found.patient_id, found.organization_id)
    return found


def instances(
    platform: Platform, found: Found, sop_uid: str | None = None, *, headers: bool = False
) -> list[Stored]:
    """Return the instances of what was found, series by series in the order of their numbers.

    Headers are read where they are asked for, and of a single instance: decoding thousands would take longer than
    sending the files.
    """
    uids = {series.id: series.series_uid for series in found.series}
    columns = (
        Instance.series_id,
        Instance.sop_uid,
        Instance.sop_class_uid,
        Instance.transfer_syntax_uid,
        Instance.sha256,
        Instance.size,
        Instance.header if headers or sop_uid is not None else null(),
    )
    query = select(*columns).where(Instance.series_id.in_(uids))
    if sop_uid is not None:
        query = query.where(Instance.sop_uid == sop_uid)
    with platform.db.look() as connection:
        rows = connection.execute(query.order_by(Instance.number, Instance.sop_uid)).all()
    order = {series_id: place for place, series_id in enumerate(uids)}
    rows = sorted(rows, key=lambda row: order[row.series_id])
    if not rows:
        raise NotFound
    return [
        Stored(found.study_uid, uids[series_id], sop, sop_class, syntax, sha256, size, header or {})
        for series_id, sop, sop_class, syntax, sha256, size, header in rows
    ]


@prepared
def _one(actor: Actor) -> Select[Any]:
    """Return the query for an instance by its three UIDs: the actor's own organization's first."""
    return (
        select(
            Study.patient_id,
            Study.organization_id,
            Instance.sop_class_uid,
            Instance.transfer_syntax_uid,
            Instance.sha256,
            Instance.size,
            Instance.header,
        )
        .join(Series, Series.id == Instance.series_id)
        .join(Study, Study.id == Series.study_id)
        .where(
            Instance.sop_uid == bindparam("sop_uid"),
            Series.series_uid == bindparam("series_uid"),
            Study.study_uid == bindparam("study_uid"),
            visible_studies(actor),
            within_reach(actor, Instance.organization_id),
        )
        .order_by(Study.organization_id != actor.organization_id)
        .limit(1)
    )


def instance(platform: Platform, actor: Actor, study_uid: str, series_uid: str, sop_uid: str) -> Stored:
    """Return one instance, or raise NotFound. One question to the database: viewers ask for thousands of frames."""
    actor.require("study:read")
    uids = {"study_uid": study_uid, "series_uid": series_uid, "sop_uid": sop_uid}
    with platform.db.look() as connection:
        row = connection.execute(_one(actor), {**uids, **actor.bound}).first()
    if row is None:
        raise NotFound
    _note(platform, actor, study_uid, row.patient_id, row.organization_id)
    return Stored(
        study_uid,
        series_uid,
        sop_uid,
        row.sop_class_uid,
        row.transfer_syntax_uid,
        row.sha256,
        row.size,
        row.header,
    )


def _note(platform: Platform, actor: Actor, study_uid: str, patient_id: str, organization_id: str) -> None:
    note_read(
        platform,
        actor,
        "study.read",
        object_type="study",
        object_id=study_uid,
        patient_id=patient_id,
        organization_id=organization_id,
    )
