"""QIDO-RS (PS3.18 §10.6): searching for studies, series and instances, at every level."""

from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from hounsfield.audit.service import note_read
from hounsfield.dicom.json_model import Json
from hounsfield.dicomweb import media, results
from hounsfield.dicomweb.accept import choose
from hounsfield.dicomweb.actor import ArchiveActor
from hounsfield.dicomweb.matching import condition
from hounsfield.dicomweb.query import (
    INSTANCE_KEYS,
    MODALITIES_IN_STUDY,
    PATIENT_KEYS,
    SERIES_KEYS,
    STUDY_KEYS,
    Query,
    read,
)
from hounsfield.dicomweb.wado import Uid
from hounsfield.imaging import metadata
from hounsfield.imaging.access import study_for, visible_studies, within_reach
from hounsfield.imaging.models import Instance, Series, Study
from hounsfield.imaging.zipped import gunzip, gzip
from hounsfield.kit.errors import NotFound
from hounsfield.kit.platform import Platform
from hounsfield.kit.web import PlatformDep
from hounsfield.patients.models import Patient

router = APIRouter(prefix="/dicomweb", tags=["dicomweb"])
MOST = {"studies": 1000, "series": 10_000, "instances": 50_000}
SERIES_COLUMNS = (
    Series.id, Series.series_uid, Series.modality, Series.number, Series.description, Series.body_part,
    Series.instance_count, Series.performed_date, Series.performed_time, Series.step_code,
    Series.procedure_code,
)  # fmt: skip
INSTANCE_COLUMNS = (
    Instance.sop_uid, Instance.sop_class_uid, Instance.number, Instance.header, Instance.transfer_syntax_uid,
    Instance.series_id,
)  # fmt: skip


def _narrowed(statement: Select[Any], query: Query, actor: ArchiveActor) -> Select[Any]:
    """Keep what is visible and matches."""
    statement = statement.where(visible_studies(actor))
    keys = {**STUDY_KEYS, **SERIES_KEYS, **INSTANCE_KEYS}
    for way, text in query.matches.items():
        column, vr = keys[way]
        wanted = condition(column, vr, text, fuzzy=query.fuzzy)
        if wanted is None:
            continue
        if way == MODALITIES_IN_STUDY:
            having = select(Series.study_id).where(wanted, within_reach(actor, Series.organization_id))
            wanted = Study.id.in_(having)
        statement = statement.where(wanted)
    return statement


def _page(
    session: Session, statement: Select[Any], counted: Select[Any], query: Query, kind: str
) -> tuple[list[Any], int]:
    limit = min(query.limit if query.limit is not None else MOST[kind], MOST[kind])
    rows = list(session.execute(statement.limit(limit).offset(query.offset)))
    if query.offset == 0 and len(rows) < limit:
        return rows, len(rows)
    return rows, int(session.scalar(counted) or 0)


def _answer(request: Request, found: list[Json], total: int, query: Query) -> Response:
    kind = choose(request, (media.JSON, "application/json"))
    headers = {"X-Total-Count": str(total), "Vary": "Accept, Accept-Encoding", "Cache-Control": "no-store"}
    service, warnings = str(request.url.netloc), []
    left = total - query.offset - len(found)
    if found and left > 0:
        warnings.append(f'299 {service} "There are {left} additional results that can be requested"')
    if query.ignored:
        names = ", ".join(query.ignored[:10]).encode("ascii", "replace").decode()
        warnings.append(f'299 {service} "These attributes are not matched: {names}"')
    if warnings:
        headers["Warning"] = ", ".join(warnings)
    if not found:
        return Response(status_code=204, headers=headers)
    body = orjson.dumps(found, default=str)
    if len(body) > 2048 and "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = gzip(body), "gzip"
    return Response(body, media_type=kind, headers=headers)


def _asked(platform: Platform, actor: ArchiveActor, level: str, query: Query) -> None:
    """Note a search before its results leave."""
    details = {"keys": query.matches}
    note_read(platform, actor, f"{level}.query", object_type="query", object_id=level, details=details)


def _base(request: Request) -> str:
    return f"{request.base_url}dicomweb"


@router.get("/studies")
def studies(request: Request, actor: ArchiveActor, platform: PlatformDep) -> Response:
    """Search for studies."""
    actor.require("study:read")
    query = read(request, STUDY_KEYS)
    statement: Select[Any] = select(Study, Patient)  # type: ignore[assignment]  # two entities
    statement = statement.join(Patient, Patient.id == Study.patient_id)
    statement = _narrowed(statement, query, actor).order_by(Study.study_date.desc(), Study.id.desc())
    counted: Select[Any] = select(func.count()).select_from(Study)
    if query.matches.keys() & PATIENT_KEYS:
        counted = counted.join(Patient, Patient.id == Study.patient_id)
    with platform.db.read() as session:
        rows, total = _page(session, statement, _narrowed(counted, query, actor), query, "studies")
        found = [results.study(row, patient, _base(request)) for row, patient in rows]
        if query.wants_more and rows:
            known = _attributes(session, Series.study_id.in_([row.id for row, _ in rows]), by_study=True)
            for (row, _), one in zip(rows, found, strict=True):
                results.complete(one, known.get(row.id, {}), query.include, results.STUDY_LEVEL)
    _asked(platform, actor, "study", query)
    return _answer(request, found, total, query)


def _attributes(session: Session, which: Any, *, by_study: bool) -> dict[str, Json]:
    """Return the kept attributes of series, or of the first series of each study."""
    columns = (Series.id, Series.study_id, Series.attributes)
    query = select(*columns).where(which, Series.attributes.is_not(None))
    known: dict[str, Json] = {}
    for series_id, study_id, attributes in session.execute(query.order_by(Series.number, Series.series_uid)):
        known.setdefault(study_id if by_study else series_id, attributes or {})
    return known


@router.get("/series")
def all_series(request: Request, actor: ArchiveActor, platform: PlatformDep) -> Response:
    """Search for series of all studies."""
    return _search_series(request, actor, platform, None)


@router.get("/studies/{study_uid}/series")
def series_of(study_uid: Uid, request: Request, actor: ArchiveActor, platform: PlatformDep) -> Response:
    """Search for series of a study."""
    return _search_series(request, actor, platform, study_uid)


def _search_series(
    request: Request, actor: ArchiveActor, platform: Platform, study_uid: str | None
) -> Response:
    actor.require("study:read")
    query = read(request, {**STUDY_KEYS, **SERIES_KEYS})
    whole: Select[Any] = select(*SERIES_COLUMNS, Study, Patient)  # type: ignore[assignment]  # many columns
    whole = whole.join(Study, Study.id == Series.study_id)
    whole = whole.join(Patient, Patient.id == Study.patient_id)
    counted: Select[Any] = select(func.count()).select_from(Series).join(Study, Study.id == Series.study_id)
    counted = counted.join(Patient, Patient.id == Study.patient_id)
    with platform.db.read() as session:
        if study_uid is not None:
            study_id = study_for(session, actor, study_uid).id
            whole, counted = whole.where(Study.id == study_id), counted.where(Study.id == study_id)
            whole = whole.order_by(Series.number, Series.series_uid)
        else:
            whole = whole.order_by(Study.study_date.desc(), Study.id.desc(), Series.number, Series.series_uid)
        rows, total = _page(
            session, _narrowed(whole, query, actor), _narrowed(counted, query, actor), query, "series"
        )
        known = (
            _attributes(session, Series.id.in_([row.id for row in rows]), by_study=False)
            if query.wants_more and rows
            else {}
        )
    found = []
    for row in rows:
        one = results.series(row, row.Study.study_uid, _base(request))
        if study_uid is None:  # otherwise the client has named the study
            one = {**results.study(row.Study, row.Patient, _base(request)), **one}
        results.complete(one, known.get(row.id, {}), query.include, results.SERIES_LEVEL)
        found.append(one)
    _asked(platform, actor, "series", query)
    return _answer(request, found, total, query)


@router.get("/instances")
def all_instances(request: Request, actor: ArchiveActor, platform: PlatformDep) -> Response:
    """Search for instances of all studies."""
    return _search_instances(request, actor, platform, None, None)


@router.get("/studies/{study_uid}/instances")
def instances_of_study(
    study_uid: Uid, request: Request, actor: ArchiveActor, platform: PlatformDep
) -> Response:
    """Search for instances of a study."""
    return _search_instances(request, actor, platform, study_uid, None)


@router.get("/studies/{study_uid}/series/{series_uid}/instances")
def instances_of_series(
    study_uid: Uid, series_uid: Uid, request: Request, actor: ArchiveActor, platform: PlatformDep
) -> Response:
    """Search for instances of a series."""
    return _search_instances(request, actor, platform, study_uid, series_uid)


def _search_instances(
    request: Request, actor: ArchiveActor, platform: Platform, study_uid: str | None, series_uid: str | None
) -> Response:
    actor.require("study:read")
    query = read(request, {**STUDY_KEYS, **SERIES_KEYS, **INSTANCE_KEYS})
    whole: Select[Any] = select(*INSTANCE_COLUMNS, Series.series_uid, Study.study_uid)
    counted: Select[Any] = select(func.count()).select_from(Instance)
    whole, counted = (
        statement.join(Series, Series.id == Instance.series_id)
        .join(Study, Study.id == Series.study_id)
        .join(Patient, Patient.id == Study.patient_id)
        for statement in (whole, counted)
    )
    with platform.db.read() as session:
        if study_uid is not None:
            study_id = study_for(session, actor, study_uid).id
            where: list[Any] = [Series.study_id == study_id]
            if series_uid is not None:
                where.append(Series.series_uid == series_uid)
            whole, counted = whole.where(*where), counted.where(*where)
            if session.scalar(select(func.count()).select_from(Series).where(*where)) == 0:
                raise NotFound
        whole = whole.order_by(Instance.series_id, Instance.number, Instance.sop_uid)
        rows, total = _page(
            session, _narrowed(whole, query, actor), _narrowed(counted, query, actor), query, "instances"
        )
    known = _described(platform, {row.series_id for row in rows}) if query.wants_more else {}
    found = []
    for row in rows:
        one = results.instance(row, row.study_uid, _base(request))
        results.complete(one, known.get(row.sop_uid, {}), query.include, None)
        found.append(one)
    _asked(platform, actor, "instance", query)
    return _answer(request, found, total, query)


def _described(platform: Platform, series_ids: set[str]) -> dict[str, Json]:
    """Return all that is known of the instances of some series, by their UIDs."""
    known: dict[str, Json] = {}
    for series_id in series_ids:
        for one in orjson.loads(gunzip(metadata.of_series(platform, series_id).body)):
            known[one["00080018"]["Value"][0]] = one
    return known
