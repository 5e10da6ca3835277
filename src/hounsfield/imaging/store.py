"""Rows for instances: the one way by which objects come into the archive, whoever brings them."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, insert, select
from sqlalchemy.orm import Session

from hounsfield.dicom.attributes import InstanceHeader
from hounsfield.dicom.gate import check_series
from hounsfield.dicom.header import read_header
from hounsfield.imaging.models import Instance, Series, Study
from hounsfield.imaging.places import Places
from hounsfield.kit.clock import utc_now
from hounsfield.kit.db import table_of
from hounsfield.kit.ids import new_id
from hounsfield.kit.storage import Batch as Objects

_KEPT = tuple(field.name for field in fields(InstanceHeader))
_TUPLES = {
    field.name
    for field in fields(InstanceHeader)
    if "tuple" in str(field.type) or "Vector" in str(field.type)
}


_INSTANCES = table_of(Instance)
_ADD = insert(_INSTANCES)
_KNOWN = select(_INSTANCES.c.sop_uid, _INSTANCES.c.sha256, _INSTANCES.c.series_id).where(
    _INSTANCES.c.organization_id == bindparam("organization_id"),
    _INSTANCES.c.sop_uid.in_(bindparam("uids", expanding=True)),
)


@dataclass(frozen=True)
class Incoming:
    """An instance whose bytes are stored and whose row is not yet."""

    name: str
    header: InstanceHeader
    sha256: str
    size: int


class Outcome(StrEnum):
    """What became of one object."""

    STORED = "stored"
    DUPLICATE = "duplicate"  # the very same object was here
    CONFLICT = "conflict"  # its UID is taken by other content, or its series belongs to another study
    REFUSED = "refused"  # it is no usable DICOM instance


@dataclass(frozen=True)
class Stored:
    """What became of each item of a batch, and the series they belong to."""

    outcomes: list[Outcome]
    series_ids: set[str]

    def count(self, outcome: Outcome) -> int:
        return self.outcomes.count(outcome)


def accept(name: str, data: bytes, objects: Objects) -> Incoming:
    """Judge the bytes of one object and put them into a batch of objects.

    Raises
    ------
    InvalidInstance
        It is not kept.
    """
    header = read_header(data)
    sha256 = hashlib.sha256(data).hexdigest()
    objects.put(data, sha256)
    return Incoming(name, header, sha256, len(data))


def store_batch(
    session: Session,
    organization_id: str,
    owner_id: str | None,
    batch: list[Incoming],
    source: str,
    patient_id: str | None = None,
) -> Stored:
    """Insert rows for a batch in one go and count them; the same object again changes nothing.

    Studies are locked before anything is inserted below them: two batches of one study wait for each other instead of
    deadlocking over the counts.
    """
    connection = session.connection()
    places = Places(session, organization_id, owner_id, source, patient_id)
    alone = connection.dialect.name == "sqlite"  # whose transactions that write come one by one
    if not alone:
        places.lock({item.header.StudyInstanceUID for item in batch})
    uids = [item.header.SOPInstanceUID for item in batch]
    earlier = _known(connection, organization_id, uids)
    series_of = places.of(item.header for item in batch if item.header.SOPInstanceUID not in earlier)
    if places.founded and not alone:
        # asked again: whoever made the same study at the same moment was not waited for by locking it
        earlier |= _known(connection, organization_id, uids)
    rows: list[dict[str, Any]] = []
    outcomes: list[Outcome] = []
    touched: set[str] = set()
    added: dict[str, list[int]] = {}
    for item in batch:
        header = item.header
        known = earlier.get(header.SOPInstanceUID)
        if known is not None:
            outcomes.append(Outcome.DUPLICATE if known.sha256 == item.sha256 else Outcome.CONFLICT)
            touched.add(known.series_id)
            continue
        series = series_of[header.StudyInstanceUID, header.SeriesInstanceUID]
        if series is None:
            outcomes.append(Outcome.CONFLICT)
            continue
        outcomes.append(Outcome.STORED)
        earlier[header.SOPInstanceUID] = _Earlier(item.sha256, series.series_id)
        rows.append(_row(organization_id, series.series_id, item))
        added.setdefault(series.series_id, []).append(item.size)
    places.own(touched)
    places.count(added)
    places.bring_back(touched | added.keys())
    if rows:
        connection.execute(_ADD, rows)
    return Stored(outcomes, touched | added.keys())


class _Earlier(NamedTuple):
    """What is known of an instance that is here already."""

    sha256: str
    series_id: str


def _known(connection: Connection, organization_id: str, uids: list[str]) -> dict[str, _Earlier]:
    named = {"organization_id": organization_id, "uids": uids}
    return {row.sop_uid: _Earlier(row.sha256, row.series_id) for row in connection.execute(_KNOWN, named)}


def _row(organization_id: str, series_id: str, item: Incoming) -> dict[str, Any]:
    header = item.header
    return {
        "id": new_id(),
        "organization_id": organization_id,
        "series_id": series_id,
        "sop_uid": header.SOPInstanceUID,
        "sop_class_uid": header.SOPClassUID,
        "transfer_syntax_uid": header.TransferSyntaxUID,
        "number": header.InstanceNumber,
        "sha256": item.sha256,
        "size": item.size,
        "header": {key: value for key in _KEPT if (value := getattr(header, key)) is not None},
        "created_at": utc_now(),
    }


def header_of(stored: dict[str, Any]) -> InstanceHeader:
    """Return the header that was kept with an instance."""
    values: dict[str, Any] = dict.fromkeys(_KEPT)
    for key, value in stored.items():
        if key in values:
            values[key] = tuple(value) if key in _TUPLES and value is not None else value
    return InstanceHeader(**values)


def refresh(session: Session, series_ids: Iterable[str]) -> None:
    """Bring counts and gate verdicts of these series, and the counts of their studies, up to date, here and now."""
    wanted = set(series_ids)
    of_studies = select(Series.study_id).where(Series.id.in_(wanted)).distinct()
    studies = sorted(session.scalars(of_studies))
    session.scalars(select(Study).where(Study.id.in_(studies)).order_by(Study.id).with_for_update()).all()
    for series_id in sorted(wanted):
        series = session.get(Series, series_id, with_for_update=True)
        if series is None:
            continue
        kept = session.execute(
            select(Instance.header, Instance.size).where(Instance.series_id == series_id)
        ).all()
        series.instance_count, series.size_bytes = len(kept), sum(size for _, size in kept)
        series.gate = verdict([header_of(header) for header, _ in kept])
        series.dirty_since = None
    session.flush()
    for study_id in studies:
        _count(session, study_id)


def _count(session: Session, study_id: str) -> None:
    study = session.get(Study, study_id)
    if study is None:
        return
    counted = select(func.count(), func.sum(Series.instance_count), func.sum(Series.size_bytes))
    series, instances, size = session.execute(counted.where(Series.study_id == study_id)).one()
    study.series_count, study.instance_count, study.size_bytes = series, int(instances or 0), int(size or 0)
    query = select(Series.modality).where(Series.study_id == study_id, Series.modality != "").distinct()
    study.modalities = sorted(session.scalars(query))


def verdict(headers: list[InstanceHeader]) -> dict[str, Any]:
    """Ask the integrity gate about a series; what it says is kept as a row and shown to people."""
    found = check_series(headers)
    return {
        "ok": found.ok,
        "code": found.code,
        "params": dict(found.params),
        "warnings": [{"code": w.code, "params": dict(w.params)} for w in found.warnings],
        "spacing": found.spacing,
        "size": found.size,
        "ordered": list(found.ordered) if found.ok else [],
    }
