"""QIDO-RS (PS3.18 §10.6): searching for studies, series and instances, at every level."""

from typing import Any

import orjson
from fastapi import Request, Response
from sqlalchemy import Connection, select

from hounsfield.audit.service import note_read
from hounsfield.dicom.json_model import Json
from hounsfield.dicomweb import media, results, searches
from hounsfield.dicomweb.accept import choose
from hounsfield.dicomweb.actor import ArchiveActor
from hounsfield.dicomweb.objects import named
from hounsfield.dicomweb.query import INSTANCE_KEYS, SERIES_KEYS, STUDY_KEYS, Query, read
from hounsfield.dicomweb.wado import Uid
from hounsfield.imaging import metadata
from hounsfield.imaging.models import Series
from hounsfield.imaging.zipped import gunzip, gzip
from hounsfield.kit.platform import Platform
from hounsfield.kit.routing import Router
from hounsfield.kit.web import PlatformDep

router = Router(prefix="/dicomweb", tags=["dicomweb"])
MOST = {"studies": 1000, "series": 10_000, "instances": 50_000}


def _answer(request: Request, found: list[Json], total: int, query: Query) -> Response:
    kind = choose(request, (media.JSON, "application/json"))
    headers = {"Vary": "Accept, Accept-Encoding", "Cache-Control": "no-store"}
    service, warnings = str(request.url.netloc), []
    left = total - query.offset - len(found)
    if left < searches.MOST_COUNTED:
        headers["X-Total-Count"] = str(total)
    if found and left > 0:
        many = "at least " if left >= searches.MOST_COUNTED else ""
        warnings.append(f'299 {service} "There are {many}{left} additional results that can be requested"')
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
    with platform.db.look() as connection:
        wanted = searches.narrowed(connection, searches.studies(actor), query, actor)
        rows, total = searches.page(connection, wanted, query, actor, MOST["studies"])
        known = (
            _attributes(connection, Series.study_id.in_([row.study_id for row in rows]), by_study=True)
            if query.wants_more and rows
            else {}
        )
    base = _base(request)
    found = [results.study(row, base) for row in rows]
    if query.wants_more:
        for row, one in zip(rows, found, strict=True):
            results.complete(one, known.get(row.study_id, {}), query.include, results.STUDY_LEVEL)
    _asked(platform, actor, "study", query)
    return _answer(request, found, total, query)


def _attributes(connection: Connection, which: Any, *, by_study: bool) -> dict[str, Json]:
    """Return the kept attributes of series, or of the first series of each study."""
    columns = (Series.id, Series.study_id, Series.attributes)
    query = select(*columns).where(which, Series.attributes.is_not(None))
    known: dict[str, Json] = {}
    for series_id, study_id, attributes in connection.execute(
        query.order_by(Series.number, Series.series_uid)
    ):
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
    study = named(platform, actor, study_uid) if study_uid is not None else None
    with platform.db.look() as connection:
        wanted = searches.narrowed(connection, searches.series(actor), query, actor)
        if study is not None:
            wanted = wanted.where(Series.study_id == study.study_id)
        rows, total = searches.page(connection, wanted, query, actor, MOST["series"])
        known = (
            _attributes(connection, Series.id.in_([row.id for row in rows]), by_study=False)
            if query.wants_more and rows
            else {}
        )
    base, found = _base(request), []
    for row in rows:
        one = results.series(row, base)
        if study_uid is None:  # otherwise the client has named the study
            one = {**results.study(row, base), **one}
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
    study = named(platform, actor, study_uid, series_uid) if study_uid is not None else None
    with platform.db.look() as connection:
        wanted = searches.narrowed(connection, searches.instances(actor), query, actor)
        if study is not None:
            wanted = wanted.where(Series.study_id == study.study_id)
        if series_uid is not None:
            wanted = wanted.where(Series.series_uid == series_uid)
        rows, total = searches.page(connection, wanted, query, actor, MOST["instances"])
    known = _described(platform, {row.series_id for row in rows}) if query.wants_more else {}
    base, found = _base(request), []
    for row in rows:
        one = results.instance(row, base)
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
