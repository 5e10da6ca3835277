"""WADO-RS, metadata and bulk data (PS3.18 §10.4.1.1.2 and .5): from what is kept compressed for each series."""

from typing import Annotated

import orjson
from fastapi import Path, Request, Response

from hounsfield.dicom import bulk
from hounsfield.dicom.syntaxes import EXPLICIT_LE
from hounsfield.dicomweb import media
from hounsfield.dicomweb.accept import choose, wanted
from hounsfield.dicomweb.actor import ArchiveActor
from hounsfield.dicomweb.answers import etag_of, ranged, unchanged
from hounsfield.dicomweb.files import frame_in, instead
from hounsfield.dicomweb.objects import find, instance
from hounsfield.dicomweb.parts import Part, multipart
from hounsfield.dicomweb.wado import Uid
from hounsfield.imaging import metadata as kept
from hounsfield.imaging.zipped import gunzip, gzip
from hounsfield.kit.platform import Platform
from hounsfield.kit.routing import Router
from hounsfield.kit.web import PlatformDep

router = Router(prefix="/dicomweb", tags=["dicomweb"])
_OFFERED = (media.JSON, "application/json")
PIXELS = ("7FE00008", "7FE00009", "7FE00010")


@router.get("/studies/{study_uid}/metadata")
def study(study_uid: Uid, request: Request, actor: ArchiveActor, platform: PlatformDep) -> Response:
    """Retrieve the metadata of every instance of a study."""
    return _metadata(request, actor, platform, study_uid, None)


@router.get("/studies/{study_uid}/series/{series_uid}/metadata")
def series(
    study_uid: Uid, series_uid: Uid, request: Request, actor: ArchiveActor, platform: PlatformDep
) -> Response:
    """Retrieve the metadata of every instance of a series."""
    return _metadata(request, actor, platform, study_uid, series_uid)


def _metadata(
    request: Request, actor: ArchiveActor, platform: Platform, study_uid: str, series_uid: str | None
) -> Response:
    kind = choose(request, _OFFERED)
    found = find(platform, actor, study_uid, series_uid)
    tag = etag_of("metadata", *(f"{series.id}-{series.revision}" for series in found.series))
    if unchanged(request, tag):
        return Response(status_code=304, headers={"ETag": tag})
    with platform.db.read() as session:
        bodies = {series.id: kept.kept(session, series.id) for series in found.series}
    made = [(bodies[series.id] or kept.of_series(platform, series.id)).body for series in found.series]
    body = made[0] if len(made) == 1 else gzip(_joined([gunzip(body) for body in made]))
    return _zipped(request, body, kind, {"ETag": tag})


def _joined(arrays: list[bytes]) -> bytes:
    """Join JSON arrays without reading them."""
    inner = [array[1:-1] for array in arrays]
    return b"[" + b",".join(part for part in inner if part) + b"]"


def _zipped(request: Request, body: bytes, kind: str, headers: dict[str, str]) -> Response:
    headers = {**headers, "Vary": "Accept, Accept-Encoding", "Cache-Control": "private, no-cache"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(gunzip(body), media_type=kind, headers=headers)
    return Response(body, media_type=kind, headers={**headers, "Content-Encoding": "gzip"})


@router.get("/studies/{study_uid}/series/{series_uid}/instances/{sop_uid}/metadata")
def one_instance(
    study_uid: Uid,
    series_uid: Uid,
    sop_uid: Uid,
    request: Request,
    actor: ArchiveActor,
    platform: PlatformDep,
) -> Response:
    """Retrieve the metadata of an instance."""
    kind = choose(request, _OFFERED)
    row = instance(platform, actor, study_uid, series_uid, sop_uid)
    tag = etag_of("metadata", row.sha256)
    if unchanged(request, tag):
        return Response(status_code=304, headers={"ETag": tag})
    body = orjson.dumps([kept.describe(platform, row, study_uid, series_uid)], default=str)
    return _zipped(request, gzip(body), kind, {"ETag": tag})


@router.get("/studies/{study_uid}/series/{series_uid}/instances/{sop_uid}/bulkdata/{way:path}")
def bulk_data(
    study_uid: Uid,
    series_uid: Uid,
    sop_uid: Uid,
    way: Annotated[str, Path(pattern=r"^[0-9A-Fa-f]{8}(/[0-9]{1,6}/[0-9A-Fa-f]{8}){0,16}$")],
    request: Request,
    actor: ArchiveActor,
    platform: PlatformDep,
) -> Response:
    """Retrieve the value of an element, by the URI that the metadata name."""
    row = instance(platform, actor, study_uid, series_uid, sop_uid)
    tag = etag_of("bulkdata", row.sha256, way)
    headers = {"ETag": tag, "Vary": "Accept"}
    if unchanged(request, tag):
        return Response(status_code=304, headers=headers)
    wishes = wanted(request)
    if way.upper() in PIXELS and (row.header.get("pixel_bytes") or 0) < 0:
        sending = media.for_frames(wishes, row.syntax, single=row.frames == 1)
        parts = [
            Part(sending.content_type, frame_in(platform, row, sending.syntax, number))
            for number in range(1, row.frames + 1)
        ]
    else:
        sending = media.for_frames(wishes, EXPLICIT_LE, single=True)
        with instead():
            value = bulk.value(platform.blobs.path(row.sha256), row.syntax, way.upper())
        parts = [Part(sending.content_type, value)]
    if not sending.multipart:
        content = parts[0].content
        assert isinstance(content, bytes)
        return ranged(request, content, sending.content_type, headers)
    answer = multipart(parts, sending.media)
    answer.headers.update(headers)
    return answer
