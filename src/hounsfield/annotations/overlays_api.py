"""`/studies/{study_uid}/overlays`: what can be laid over the images, in the form in which the page draws it."""

from typing import Annotated

import orjson
from fastapi import Path, Query, Request, Response, status
from pydantic import TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool

from hounsfield.accounts.actor import Actor, CurrentActor
from hounsfield.annotations import documents, overlays, segmenting, segments
from hounsfield.annotations.access import markable_study, readable_study
from hounsfield.annotations.schemas import (
    OverlayList,
    SegmentationView,
    SegmentationWish,
    Uid,
    Written,
)
from hounsfield.annotations.trail import seen
from hounsfield.dicom.presentations import Presentation, read_presentation
from hounsfield.dicom.structures import StructureSet, read_structures
from hounsfield.imaging.multipart import InvalidForm, ReceivedForm, stream_form
from hounsfield.kit.platform import Platform
from hounsfield.kit.routing import Router
from hounsfield.kit.web import Language, PlatformDep

router = Router(prefix="/studies/{study_uid}/overlays", tags=["annotations"])
MAX_MASK_BYTES = 1 << 30
SopUid = Annotated[Uid, Path()]


@router.get("")
def list_overlays(
    study_uid: str, actor: CurrentActor, platform: PlatformDep, language: Language
) -> OverlayList:
    """List segmentations, structure sets, presentation states and sets of models of a study."""
    with platform.db.read() as session:
        study = readable_study(session, actor, study_uid)
        found = documents.documents_in(session, study, overlays.ALL)
        models = overlays.models_of(session, actor, study)
    seen(platform, actor, study, "overlay.read")
    items = [overlays.describe(platform, document, language) for document in found] + models
    return OverlayList(items=items, total=len(items))


@router.get("/{segmentation_uid}/segments")
def segmentation(
    study_uid: str, segmentation_uid: SopUid, actor: CurrentActor, platform: PlatformDep, language: Language
) -> SegmentationView:
    """Return the segments of a segmentation, and the grid on which its label maps lie."""
    return segments.view(_maps(platform, actor, study_uid, segmentation_uid), language)


@router.get(
    "/{segmentation_uid}/labelmap",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "A volume, gzipped"}},
)
def label_map(
    study_uid: str,
    segmentation_uid: SopUid,
    request: Request,
    actor: CurrentActor,
    platform: PlatformDep,
    layer: Annotated[int, Query(ge=0, le=1000)] = 0,
) -> Response:
    """Return one layer: voxels (slice, row, column), little endian, of the type that `/segments` names."""
    maps = _maps(platform, actor, study_uid, segmentation_uid)
    body = segments.body_of(maps, layer)
    etag = f'"{maps.described.sop_uid}-{len(maps.slices)}-{layer}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    headers |= {
        "Content-Encoding": "gzip",
        "X-Hounsfield-Dtype": maps.dtype,
        "X-Hounsfield-Geometry": orjson.dumps(maps.volumes.grid.described()).decode(),
    }
    return Response(body, media_type="application/octet-stream", headers=headers)


@router.get("/{structures_uid}/contours")
def contours(
    study_uid: str, structures_uid: SopUid, actor: CurrentActor, platform: PlatformDep
) -> StructureSet:
    """Return the contours of a structure set, in millimetres (LPS)."""
    return read_structures(_content(platform, actor, study_uid, structures_uid, overlays.STRUCTURES))


@router.get("/{presentation_uid}/presentation")
def presentation(
    study_uid: str, presentation_uid: SopUid, actor: CurrentActor, platform: PlatformDep
) -> Presentation:
    """Return what a presentation state says of how its images are shown."""
    return read_presentation(_content(platform, actor, study_uid, presentation_uid, overlays.PRESENTATIONS))


@router.post("/seg", status_code=status.HTTP_201_CREATED)
async def make_segmentation(
    study_uid: str, request: Request, actor: CurrentActor, platform: PlatformDep
) -> Written:
    """Write a segmentation into the archive: multipart `wish` (JSON) and `labels` (a label map), or a task's."""
    await run_in_threadpool(_allowed, platform, actor, study_uid)
    form = await stream_form(request, platform, MAX_MASK_BYTES, "labels")
    try:
        return await run_in_threadpool(_make, platform, actor, study_uid, form)
    finally:
        await run_in_threadpool(form.discard)


_wish = TypeAdapter(SegmentationWish)


def _make(platform: Platform, actor: Actor, study_uid: str, form: ReceivedForm) -> Written:
    try:
        wish = _wish.validate_json(form.fields.get("wish", ""))
    except ValidationError:
        raise InvalidForm from None
    return segmenting.make(platform, actor, study_uid, wish, form.file.path if form.file else None)


def _allowed(platform: Platform, actor: Actor, study_uid: str) -> None:
    """Refuse before the body is read."""
    with platform.db.read() as session:
        markable_study(session, actor, study_uid)


def _maps(platform: Platform, actor: Actor, study_uid: str, sop_uid: str) -> segments.LabelMaps:
    with platform.db.read() as session:
        study = readable_study(session, actor, study_uid)
        document = documents.document_in(session, study, sop_uid, overlays.SEGMENTATIONS)
    seen(platform, actor, study, "overlay.read")
    return segments.label_maps(platform, segments.asked_for(platform, study, document))


def _content(
    platform: Platform, actor: Actor, study_uid: str, sop_uid: str, classes: frozenset[str]
) -> bytes:
    with platform.db.read() as session:
        study = readable_study(session, actor, study_uid)
        document = documents.document_in(session, study, sop_uid, classes)
    seen(platform, actor, study, "overlay.read")
    return documents.content_of(platform, document)
