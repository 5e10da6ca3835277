"""`/uploads` as JSON and `/studies`: what came in and what it is."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, status
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import CurrentActor
from hounsfield.audit.service import note_attempt_read, note_read
from hounsfield.dicom.messages import describe
from hounsfield.imaging.access import about, managed_study_for, study_for, upload_for
from hounsfield.imaging.models import Series, Study, Upload
from hounsfield.imaging.patients import assign
from hounsfield.imaging.spool import opened
from hounsfield.imaging.uploads import check_archive
from hounsfield.imaging.worklist import StudySort, worklist
from hounsfield.kit.outbox import send_job
from hounsfield.kit.paging import Page, PagingQuery, paginate
from hounsfield.kit.routing import Router
from hounsfield.kit.web import Language, PlatformDep
from hounsfield.patients.models import Patient

router = Router()


class UploadView(BaseModel):
    upload_id: str
    filename: str
    size: int
    offset: int
    status: str
    ingest: dict[str, Any] | None
    created_at: datetime
    expires_at: datetime


class StudyView(BaseModel):
    study_uid: str
    patient_id: str
    visit_id: str | None
    patient_name: str
    mrn: str
    sex: str | None
    birth_date: str | None
    study_date: str | None
    accession_number: str
    description: str
    modalities: list[str]
    series_count: int
    instance_count: int
    size_bytes: int
    created_at: datetime


class Remark(BaseModel):
    code: str
    message: str


class GateView(BaseModel):
    """May an algorithm compute on this series, and if not, why."""

    ok: bool
    code: str
    message: str
    warnings: list[Remark]


class SeriesView(BaseModel):
    series_uid: str
    modality: str
    number: int | None
    description: str
    body_part: str
    instance_count: int
    size_bytes: int
    spacing: list[float] | None
    size: list[int] | None
    gate: GateView | None


class StudyDetail(StudyView):
    series: list[SeriesView]


class StudyChange(BaseModel):
    """Whose study it is; with another patient it leaves its visit unless one is named."""

    model_config = ConfigDict(extra="forbid")

    patient_id: str | None = Field(default=None, max_length=32)
    visit_id: str | None = Field(default=None, max_length=32)
    reason: str = Field(default="", max_length=500)


@router.get("/uploads", tags=["uploads"])
def uploads(
    actor: CurrentActor, platform: PlatformDep, language: Language, paging: PagingQuery
) -> Page[UploadView]:
    """List the actor's own uploads, newest first."""
    query = (
        select(Upload).where(Upload.owner_id == actor.user_id).order_by(Upload.created_at.desc(), Upload.id)
    )
    with platform.db.read() as session:
        return paginate(session, query, paging, lambda upload: _upload(upload, language))


@router.get("/uploads/{upload_id}", tags=["uploads"])
def upload(upload_id: str, actor: CurrentActor, platform: PlatformDep, language: Language) -> UploadView:
    """Return one upload and what its ingest came to."""
    with platform.db.read() as session:
        return _upload(upload_for(session, actor, upload_id), language)


@router.post("/uploads/{upload_id}/ingest", status_code=status.HTTP_202_ACCEPTED, tags=["uploads"])
def archive(upload_id: str, actor: CurrentActor, platform: PlatformDep, language: Language) -> UploadView:
    """Take a finished upload into the archive without ordering anything; asked again, nothing happens twice."""
    actor.require("upload:create")
    with platform.db.read() as session:
        waiting = upload_for(session, actor, upload_id)
        waiting.must_be_complete()
    if waiting.status == "RECEIVED":
        with opened(platform, waiting) as path:
            check_archive(path)
    with platform.db.write() as session:
        row = upload_for(session, actor, upload_id)
        if row.status == "RECEIVED":
            send_job(session, "imaging.ingest", upload_id=row.id, owner_id=row.owner_id)
        return _upload(row, language)


def _upload(row: Upload, language: str) -> UploadView:
    outcome = dict(row.outcome) if row.outcome else None
    if outcome and "failure_code" in outcome:
        outcome["message"] = describe(outcome["failure_code"], outcome.pop("params", {}), language)[1]
    return UploadView(
        upload_id=row.id,
        filename=row.filename,
        size=row.size,
        offset=row.offset,
        status=row.status,
        ingest=outcome,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


@router.get("/studies", tags=["studies"])
def studies(
    actor: CurrentActor,
    platform: PlatformDep,
    paging: PagingQuery,
    q: Annotated[str | None, Query(max_length=200)] = None,
    modality: Annotated[str | None, Query(pattern=r"^[A-Z0-9_]{1,16}$")] = None,
    date_from: Annotated[str | None, Query(pattern=r"^\d{8}$")] = None,
    date_to: Annotated[str | None, Query(pattern=r"^\d{8}$")] = None,
    patient_id: Annotated[str | None, Query(max_length=32)] = None,
    sort: StudySort = "-created_at",
) -> Page[StudyView]:
    """List studies, newest first; `q` finds patient name, record number, description, accession number or UID."""
    actor.require("study:read")
    query = worklist(
        actor,
        text=q,
        modality=modality,
        date_from=date_from,
        date_to=date_to,
        patient_id=patient_id,
        sort=sort,
    )
    with platform.db.read() as session:
        page = paginate(session, query, paging, lambda row: _study(row[0], row[1]), rows=True)
    asked = {"q": q, "modality": modality, "from": date_from, "to": date_to, "page": str(paging.page)}
    details = {name: value for name, value in asked.items() if value}
    whose = patient_id if patient_id and page.total else None
    note_read(
        platform,
        actor,
        "study.search",
        object_type="study",
        object_id="",
        patient_id=whose,
        details=details,
    )
    return page


@router.get("/studies/{study_uid}", tags=["studies"])
def study(study_uid: str, actor: CurrentActor, platform: PlatformDep, language: Language) -> StudyDetail:
    """Return a study with its series and what the integrity gate says of each."""
    actor.require("study:read")
    with platform.db.read() as session:
        row = study_for(session, actor, study_uid)
        detail = _detail(session, row, language)
    note_attempt_read(platform, about(actor, "study.read", row))
    return detail


@router.put("/studies/{study_uid}", tags=["studies"])
def change_study(
    study_uid: str, wish: StudyChange, actor: CurrentActor, platform: PlatformDep, language: Language
) -> StudyDetail:
    """Say whose study it is, or of which visit; both patients find it in their list of accesses."""
    with platform.db.write() as session:
        row = managed_study_for(session, actor, study_uid, "study.update")
        assign(
            session,
            actor,
            row,
            patient_id=wish.patient_id,
            visit_id=wish.visit_id,
            change_visit="visit_id" in wish.model_fields_set,
            reason=wish.reason,
        )
        session.flush()
        return _detail(session, row, language)


def _detail(session: Session, row: Study, language: str) -> StudyDetail:
    query = select(Series).where(Series.study_id == row.id).order_by(Series.number, Series.series_uid)
    base = _study(row, session.get_one(Patient, row.patient_id))
    return StudyDetail(
        **base.model_dump(), series=[_series(series, language) for series in session.scalars(query)]
    )


def _study(row: Study, patient: Patient) -> StudyView:
    return StudyView(
        study_uid=row.study_uid,
        patient_id=patient.id,
        visit_id=row.visit_id,
        patient_name=patient.name,
        mrn="" if patient.mrn.startswith("?") else patient.mrn,
        sex=patient.sex,
        birth_date=patient.birth_date,
        study_date=row.study_date,
        accession_number=row.accession_number,
        description=row.description,
        modalities=row.modalities,
        series_count=row.series_count,
        instance_count=row.instance_count,
        size_bytes=row.size_bytes,
        created_at=row.created_at,
    )


def _series(row: Series, language: str) -> SeriesView:
    gate = row.gate or {}
    return SeriesView(
        series_uid=row.series_uid,
        modality=row.modality,
        number=row.number,
        description=row.description,
        body_part=row.body_part,
        instance_count=row.instance_count,
        size_bytes=row.size_bytes,
        spacing=gate.get("spacing"),
        size=gate.get("size"),
        gate=_gate(gate, language) if gate else None,
    )


def _gate(gate: dict[str, Any], language: str) -> GateView:
    return GateView(
        ok=gate["ok"],
        code=gate["code"],
        message="" if gate["ok"] else describe(gate["code"], gate["params"], language)[1],
        warnings=[
            Remark(code=found["code"], message=describe(found["code"], found["params"], language)[1])
            for found in gate["warnings"]
        ],
    )
