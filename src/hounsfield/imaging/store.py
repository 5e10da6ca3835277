"""Rows for instances: patients, studies and series are found or made, counts kept, the gate asked."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hounsfield.dicom.attributes import InstanceHeader
from hounsfield.dicom.gate import check_series
from hounsfield.imaging.models import Instance, Series, Study, StudyOwner
from hounsfield.kit.clock import utc_now
from hounsfield.kit.ids import new_id
from hounsfield.patients.service import match_or_create

_KEPT = tuple(field.name for field in fields(InstanceHeader))
_TUPLES = {
    field.name
    for field in fields(InstanceHeader)
    if "tuple" in str(field.type) or "Vector" in str(field.type)
}


@dataclass(frozen=True)
class Incoming:
    """An instance whose bytes are stored and whose row is not yet."""

    name: str
    header: InstanceHeader
    sha256: str
    size: int


@dataclass(frozen=True)
class Stored:
    """What a batch came to: rows added, objects that were there already, names whose UID is taken by other content."""

    added: int
    duplicates: int
    conflicts: list[str]
    series_ids: set[str]


def store_batch(session: Session, organization_id: str, owner_id: str, batch: list[Incoming]) -> Stored:
    """Insert rows for a batch in one go; the same object again changes nothing."""
    known = _known(session, organization_id, [item.header.SOPInstanceUID for item in batch])
    rows: list[dict[str, Any]] = []
    duplicates, conflicts, series_ids = 0, [], set()
    series_of: dict[str, Series] = {}
    for item in batch:
        header = item.header
        uid = header.SeriesInstanceUID
        if uid not in series_of:
            series_of[uid] = _series(session, organization_id, owner_id, header)
        series = series_of[uid]
        series_ids.add(series.id)
        earlier = known.get(header.SOPInstanceUID)
        if earlier == item.sha256:
            duplicates += 1
        elif earlier is not None:
            conflicts.append(item.name)
        else:
            known[header.SOPInstanceUID] = item.sha256
            rows.append(_row(organization_id, series.id, item))
    if rows:
        session.execute(insert(Instance), rows)
    return Stored(len(rows), duplicates, conflicts, series_ids)


def _known(session: Session, organization_id: str, uids: list[str]) -> dict[str, str]:
    query = select(Instance.sop_uid, Instance.sha256).where(
        Instance.organization_id == organization_id, Instance.sop_uid.in_(uids)
    )
    return {row.sop_uid: row.sha256 for row in session.execute(query)}


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


def _series(session: Session, organization_id: str, owner_id: str, header: InstanceHeader) -> Series:
    study = _study(session, organization_id, header)
    if session.get(StudyOwner, (study.id, owner_id)) is None:
        session.add(StudyOwner(study_id=study.id, user_id=owner_id))
    query = select(Series).where(
        Series.organization_id == organization_id, Series.series_uid == header.SeriesInstanceUID
    )
    found = session.scalar(query)
    if found is not None:
        return found
    series = Series(
        organization_id=organization_id,
        study_id=study.id,
        series_uid=header.SeriesInstanceUID,
        modality=(header.Modality or "")[:16],
        number=header.SeriesNumber,
        description=(header.SeriesDescription or "")[:200],
        body_part=(header.BodyPartExamined or "")[:32],
    )
    try:
        with session.begin_nested():
            session.add(series)
    except IntegrityError:
        return session.execute(query).scalar_one()
    return series


def _study(session: Session, organization_id: str, header: InstanceHeader) -> Study:
    query = select(Study).where(
        Study.organization_id == organization_id, Study.study_uid == header.StudyInstanceUID
    )
    found = session.scalar(query)
    if found is not None:
        return found
    patient = match_or_create(
        session,
        organization_id,
        # without a PatientID nothing ties two studies to one person, so each study is a patient of its own
        mrn=(header.PatientID or f"?{header.StudyInstanceUID}")[:64],
        issuer=(header.IssuerOfPatientID or "")[:64],
        name=(header.PatientName or "")[:200],
        sex=header.PatientSex,
        birth_date=header.PatientBirthDate,
    )
    study = Study(
        organization_id=organization_id,
        patient_id=patient.id,
        study_uid=header.StudyInstanceUID,
        study_date=header.StudyDate,
        study_time=(header.StudyTime or "")[:16] or None,
        accession_number=(header.AccessionNumber or "")[:64],
        description=(header.StudyDescription or "")[:200],
        modalities=[],
    )
    try:
        with session.begin_nested():
            session.add(study)
    except IntegrityError:
        return session.execute(query).scalar_one()
    return study


def refresh(session: Session, series_ids: Iterable[str]) -> None:
    """Bring counts and gate verdicts of these series, and the counts of their studies, up to date."""
    studies: set[str] = set()
    for series_id in sorted(series_ids):
        series = session.get(Series, series_id)
        if series is None:
            continue
        kept = session.execute(
            select(Instance.header, Instance.size).where(Instance.series_id == series_id)
        ).all()
        series.instance_count, series.size_bytes = len(kept), sum(size for _, size in kept)
        series.gate = _verdict([header_of(header) for header, _ in kept])
        studies.add(series.study_id)
    session.flush()
    for study_id in sorted(studies):
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


def _verdict(headers: list[InstanceHeader]) -> dict[str, Any]:
    verdict = check_series(headers)
    return {
        "ok": verdict.ok,
        "code": verdict.code,
        "params": dict(verdict.params),
        "warnings": [{"code": w.code, "params": dict(w.params)} for w in verdict.warnings],
        "spacing": verdict.spacing,
        "size": verdict.size,
        "ordered": list(verdict.ordered) if verdict.ok else [],
    }
