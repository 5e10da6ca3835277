"""WADO-RS, retrieval (PS3.18 §10.4): studies, series and instances as files, and their frames."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Path, Request, Response

from hounsfield.dicomweb import media
from hounsfield.dicomweb.accept import wanted
from hounsfield.dicomweb.actor import ArchiveActor
from hounsfield.dicomweb.answers import etag_of, ranged, unchanged
from hounsfield.dicomweb.files import frame_in, frame_numbers, whole_file, whole_in
from hounsfield.dicomweb.objects import Found, find, instance, instances
from hounsfield.dicomweb.parts import Part, multipart, one_part
from hounsfield.kit.downloads import download
from hounsfield.kit.platform import Platform
from hounsfield.kit.routing import Router
from hounsfield.kit.web import PlatformDep

router = Router(prefix="/dicomweb", tags=["dicomweb"])
Uid = Annotated[str, Path(pattern=r"^[0-9.]{1,64}$")]


@router.get("/studies/{study_uid}")
def study(study_uid: Uid, request: Request, actor: ArchiveActor, platform: PlatformDep) -> Response:
    """Retrieve every instance of a study."""
    return _files(platform, request, find(platform, actor, study_uid))


@router.get("/studies/{study_uid}/series/{series_uid}")
def series(
    study_uid: Uid, series_uid: Uid, request: Request, actor: ArchiveActor, platform: PlatformDep
) -> Response:
    """Retrieve every instance of a series."""
    return _files(platform, request, find(platform, actor, study_uid, series_uid))


def _files(platform: Platform, request: Request, found: Found) -> Response:
    tag = etag_of("files", *(f"{series.id}-{series.revision}" for series in found.series))
    if unchanged(request, tag):
        return Response(status_code=304, headers={"ETag": tag})
    rows, wishes = instances(platform, found), wanted(request)
    sendings = [media.for_objects(wishes, row.syntax, single=False) for row in rows]

    def parts() -> Iterator[Part]:
        for row, sending in zip(rows, sendings, strict=True):
            yield Part(sending.content_type, whole_in(platform, row, sending.syntax))

    as_stored = all(row.syntax == sending.syntax for row, sending in zip(rows, sendings, strict=True))
    at_hand = _at_hand(parts()) if as_stored and platform.blobs.bucket is None else None
    answer = multipart(at_hand or parts(), media.DICOM)
    answer.headers.update({"ETag": tag, "Vary": "Accept"})
    return answer


def _at_hand(parts: Iterator[Part]) -> list[Part] | None:
    """Return parts as a list where all of them are files here; what has to be made is made when it is sent."""
    found = []
    for part in parts:
        if isinstance(part.content, bytes):
            return None
        found.append(part)
    return found


@router.get("/studies/{study_uid}/series/{series_uid}/instances/{sop_uid}")
def one_instance(
    study_uid: Uid,
    series_uid: Uid,
    sop_uid: Uid,
    request: Request,
    actor: ArchiveActor,
    platform: PlatformDep,
) -> Response:
    """Retrieve one instance: byte for byte as it came, or in the transfer syntax that is asked for."""
    row = instance(platform, actor, study_uid, series_uid, sop_uid)
    sending = media.for_objects(wanted(request), row.syntax, single=True)
    tag = etag_of(row.sha256, sending.syntax, str(sending.multipart))
    headers = {"ETag": tag, "Vary": "Accept"}
    if unchanged(request, tag):
        return Response(status_code=304, headers=headers)
    if sending.multipart:
        whole = one_part(Part(sending.content_type, whole_in(platform, row, sending.syntax)), media.DICOM)
        whole.headers.update(headers)
        return whole
    if whole_file(row, sending.syntax):
        return download(platform, request, row.sha256, media_type=sending.content_type, headers=headers)
    content = whole_in(platform, row, sending.syntax)
    return ranged(
        request,
        content if isinstance(content, bytes) else content.read_bytes(),
        sending.content_type,
        headers,
    )


@router.get("/studies/{study_uid}/series/{series_uid}/instances/{sop_uid}/frames/{frames}")
def frames(
    study_uid: Uid,
    series_uid: Uid,
    sop_uid: Uid,
    frames: Annotated[str, Path(pattern=r"^[0-9]{1,6}(,[0-9]{1,6}){0,4095}$")],
    request: Request,
    actor: ArchiveActor,
    platform: PlatformDep,
) -> Response:
    """Retrieve frames by their numbers, which begin with 1."""
    row = instance(platform, actor, study_uid, series_uid, sop_uid)
    numbers = frame_numbers(row, frames)
    sending = media.for_frames(wanted(request), row.syntax, single=len(numbers) == 1)
    tag = etag_of(row.sha256, sending.media, sending.syntax, str(sending.multipart), frames)
    headers = {"ETag": tag, "Vary": "Accept", "Cache-Control": "private, max-age=86400"}
    if unchanged(request, tag):
        return Response(status_code=304, headers=headers)
    first = frame_in(
        platform, row, sending.syntax, numbers[0]
    )  # what is broken is said before anything is sent
    if not sending.multipart:
        return ranged(request, first, sending.content_type, headers)

    def parts() -> Iterator[Part]:
        base = f"{request.url.path.rpartition('/')[0]}/"
        for number in numbers:
            content = first if number == numbers[0] else frame_in(platform, row, sending.syntax, number)
            yield Part(sending.content_type, content, f"{base}{number}")

    single = len(numbers) == 1
    answer = one_part(next(parts()), sending.media) if single else multipart(parts(), sending.media)
    answer.headers.update(headers)
    return answer
