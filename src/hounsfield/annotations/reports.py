"""Structured reports of a study: their measurements read, and a reader's own written as one."""

from datetime import UTC, datetime

from sqlalchemy import select

from hounsfield.accounts.actor import Actor
from hounsfield.annotations import documents
from hounsfield.annotations.access import markable_study
from hounsfield.annotations.cache import Bounded
from hounsfield.annotations.documents import Document, Headers
from hounsfield.annotations.errors import NothingToExport
from hounsfield.annotations.measurements import tracking_uid
from hounsfield.annotations.models import Measurement
from hounsfield.annotations.schemas import (
    MeasurementView,
    NumberView,
    SegmentReference,
    Source,
    Stats,
    Unreadable,
    Written,
)
from hounsfield.dicom import codes
from hounsfield.dicom.attributes import InstanceHeader
from hounsfield.dicom.errors import DicomError, InvalidObject
from hounsfield.dicom.marks import Mark, Value
from hounsfield.dicom.report_reading import Report, read_report
from hounsfield.dicom.reports import write_report
from hounsfield.imaging.models import Study
from hounsfield.kit.ids import new_id
from hounsfield.kit.platform import Platform

REPORTS = frozenset(f"1.2.840.10008.5.1.4.1.1.88.{last}" for last in (11, 22, 33, 34))
MAX_REPORT_BYTES = 64 << 20
_read: Bounded[Report] = Bounded(20_000, lambda report: 1 + len(report.marks))


def measurements_in(
    platform: Platform, study: Study, found: list[Document], known: set[str], language: str
) -> tuple[list[MeasurementView], list[Unreadable]]:
    """Return the measurements of reports, without those that follow one in `known` (tracking UIDs)."""
    header_of = Headers(platform, study)
    items: list[MeasurementView] = []
    refused: list[Unreadable] = []
    for document in found:
        try:
            report = _report(platform, document, header_of)
        except DicomError as error:
            refused.append(documents.unreadable(document, error, language))
            continue
        for uid in report.missing:
            missing = InvalidObject("REFERENCE_MISSING", uid=uid)
            refused.append(documents.unreadable(document, missing, language))
        views = [_view(mark, place, report, document, language) for place, mark in enumerate(report.marks)]
        items += [view for view in views if view.tracking_uid not in known]
    return items, refused


def _report(platform: Platform, document: Document, header_of: Headers) -> Report:
    def read() -> Report:
        if document.size > MAX_REPORT_BYTES:
            raise InvalidObject("OVERLAY_TOO_LARGE", size_bytes=document.size, limit_bytes=MAX_REPORT_BYTES)
        return read_report(documents.content_of(platform, document), header_of)

    report = _read.get((document.sha256, id(platform)), read)
    # an image that was missing may have come since
    return read() if report.missing else report


def _view(mark: Mark, place: int, report: Report, document: Document, language: str) -> MeasurementView:
    stats = {name: value for name, value in mark.stats.items() if name in Stats.model_fields}
    return MeasurementView.model_construct(
        id=f"sr.{document.sop_uid}.{place + 1}",
        version=1,
        tracking_uid=mark.tracking_uid,
        tool=mark.tool,  # type: ignore[arg-type]  # the reader knows no others
        series_uid=mark.series_uid,
        sop_uid=mark.sop_uid,
        frame=mark.frame,
        frame_of_reference_uid=mark.frame_of_reference_uid,
        points=[list(point) for point in mark.points],
        label=mark.label,
        text=mark.text,
        stats=Stats.model_construct(set(stats), **stats),
        values=[_number(value, language) for value in mark.values],
        segment=SegmentReference(sop_uid=mark.segment[0], number=mark.segment[1]) if mark.segment else None,
        created_by=None,
        created_by_name=report.author,
        created_at=_moment(report.written_at) or document.created_at,
        updated_at=None,
        read_only=True,
        source=Source(
            kind="SR",
            sop_uid=document.sop_uid,
            series_uid=document.series_uid,
            description=report.description or report.title,
            manufacturer=report.manufacturer,
        ),
    )


def _number(value: Value, language: str) -> NumberView:
    derived = codes.meaning(*value.derivation, value.derivation[0], language) if value.derivation else None
    return NumberView(
        name=codes.meaning(value.name, value.scheme, value.meaning, language),
        value=value.value,
        unit=value.unit,
        derivation=derived,
    )


def _moment(written: str) -> datetime | None:
    """Return date and time as a document gives them; taken as UTC where it does not say the zone."""
    for form, length in (("%Y%m%d%H%M%S", 14), ("%Y%m%d", 8)):
        try:
            return datetime.strptime(written[:length], form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def export(platform: Platform, actor: Actor, study_uid: str, keys: list[str] | None) -> Written:
    """Write a reader's measurements (all of the study, or those named) as a report into the archive.

    Raises
    ------
    NothingToExport
        There are none.
    InvalidObject
        MARK_UNFIT: one of them cannot be written.
    """
    with platform.db.read() as session:
        study = markable_study(session, actor, study_uid)
        query = select(Measurement).where(Measurement.study_id == study.id)
        if keys is not None:
            query = query.where(Measurement.key.in_(keys))
        rows = list(session.scalars(query.order_by(Measurement.created_at, Measurement.id)))
        if not rows:
            raise NothingToExport
        images = documents.image_headers(session, study, [row.sop_uid for row in rows if row.sop_uid])
        for series_uid in sorted({row.series_uid for row in rows}):
            if not any(header.SeriesInstanceUID == series_uid for header in images.values()):
                # a mark between the slices names no image: its series is represented by one
                images.update(_representative(documents.series_headers(session, study, series_uid)))
        if not images:
            raise NothingToExport
        author = documents.author_of(session, actor)
    report = write_report([_mark(row) for row in rows], images, author, seed=new_id())
    taken = documents.archive(platform, actor, study, report)
    return Written(sop_uid=taken.sop_instance_uid, series_uid=taken.series_uid, count=len(rows))


def _representative(headers: list[InstanceHeader]) -> dict[str, InstanceHeader]:
    chosen = sorted(headers, key=lambda header: (header.InstanceNumber or 0, header.SOPInstanceUID))[:1]
    return {header.SOPInstanceUID: header for header in chosen}


def _mark(row: Measurement) -> Mark:
    return Mark(
        tool=row.tool,
        points=tuple((float(x), float(y), float(z)) for x, y, z in row.points),
        tracking_uid=tracking_uid(row),
        series_uid=row.series_uid,
        sop_uid=row.sop_uid,
        frame=row.frame,
        frame_of_reference_uid=row.frame_of_reference_uid,
        label=row.label,
        text=row.text,
        stats={name: float(value) for name, value in row.stats.items()},
    )
