"""WADO-RS, rendered resources (PS3.18 §10.4.1.1.3 and .4): pictures of images, and small ones of anything."""

from collections.abc import Callable, Iterator
from typing import Annotated

from fastapi import Path, Query, Request, Response

from hounsfield.dicom import pixels, plain, render
from hounsfield.dicom.errors import InvalidInstance
from hounsfield.dicomweb.accept import choose
from hounsfield.dicomweb.actor import ArchiveActor
from hounsfield.dicomweb.answers import etag_of, unchanged
from hounsfield.dicomweb.errors import BadQuery, NotAcceptable
from hounsfield.dicomweb.files import NotAnImage, frame_numbers, instead
from hounsfield.dicomweb.objects import Stored, find, instance, instances
from hounsfield.dicomweb.parts import Part, multipart
from hounsfield.dicomweb.wado import Uid
from hounsfield.kit.platform import Platform
from hounsfield.kit.routing import Router
from hounsfield.kit.web import PlatformDep

router = Router(prefix="/dicomweb", tags=["dicomweb"])
JPEG, PNG = "image/jpeg", "image/png"
THUMBNAIL = 128  # pixels along the longer side
MOST_PICTURES = 2000  # of one answer
_SERIES = "/studies/{study_uid}/series/{series_uid}"
_INSTANCE = f"{_SERIES}/instances/{{sop_uid}}"

WindowText = Annotated[str | None, Query(max_length=80, description="center,width,function")]
ViewportText = Annotated[str | None, Query(max_length=80, description="width,height[,x,y,width,height]")]
Quality = Annotated[int, Query(ge=1, le=100)]
FrameList = Annotated[str, Path(pattern=r"^[0-9]{1,6}(,[0-9]{1,6}){0,255}$")]


def _window(text: str | None) -> render.Window | None:
    if not text:
        return None
    try:
        center, width, function = (*text.split(","), "linear")[:3]
        found = render.Window(float(center), float(width), _FUNCTIONS[function.strip().lower()])
    except (ValueError, KeyError):
        raise BadQuery(reason="window=center,width,linear|linear-exact|sigmoid") from None
    if not (abs(found.center) < 1e9 and 0 < found.width < 1e9):
        raise BadQuery(reason="window")
    return found


_FUNCTIONS: dict[str, render.Function] = {
    "linear": "LINEAR",
    "linear-exact": "LINEAR_EXACT",
    "sigmoid": "SIGMOID",
}


def _viewport(text: str | None) -> render.Viewport | None:
    if not text:
        return None
    pieces = text.split(",")
    try:
        width, height = int(pieces[0]), int(pieces[1])
        region = [float(piece) if piece.strip() else None for piece in pieces[2:6]]
    except (ValueError, IndexError):
        raise BadQuery(reason="viewport=width,height,x,y,width,height") from None
    if not (1 <= width <= 8192 and 1 <= height <= 8192) or len(pieces) not in (2, 4, 6):
        raise BadQuery(reason="viewport")
    if not region:
        return render.Viewport(width, height)
    x, y, wide, high = (*region, None, None)[:4]
    if wide is None or high is None:
        return render.Viewport(width, height, (x or 0.0, y or 0.0, float(1 << 30), float(1 << 30)))
    return render.Viewport(width, height, (x or 0.0, y or 0.0, wide, high))


Painter = Callable[[Stored, int], bytes]


def _painter(
    platform: Platform,
    media: str,
    window: render.Window | None,
    viewport: render.Viewport | None,
    quality: int,
) -> Painter:
    def paint(row: Stored, number: int) -> bytes:
        path = platform.blobs.path(row.sha256)
        with instead():
            found = plain.picture(path, row.syntax, row.header.get, number - 1, window)
            shown = (
                found
                if found is not None
                else render.picture(pixels.Image.open(path, row.syntax, row.shape), number - 1, window)
            )
            if viewport:
                shown = render.fit(shown, viewport)
        return render.as_png(shown) if media == PNG else render.as_jpeg(shown, quality)

    return paint


@router.get(f"{_INSTANCE}/rendered")
def rendered_instance(
    study_uid: Uid, series_uid: Uid, sop_uid: Uid, request: Request, actor: ArchiveActor, platform: PlatformDep,
    window: WindowText = None, viewport: ViewportText = None, quality: Quality = render.QUALITY,
) -> Response:  # fmt: skip
    """Render an instance: its first frame."""
    return rendered_frames(
        study_uid, series_uid, sop_uid, "1", request, actor, platform, window, viewport, quality
    )


@router.get(f"{_INSTANCE}/frames/{{frames}}/rendered")
def rendered_frames(
    study_uid: Uid, series_uid: Uid, sop_uid: Uid, frames: FrameList, request: Request, actor: ArchiveActor,
    platform: PlatformDep, window: WindowText = None, viewport: ViewportText = None,
    quality: Quality = render.QUALITY,
) -> Response:  # fmt: skip
    """Render a frame, or several as parts."""
    media = choose(request, (JPEG, PNG)) if "," not in frames else _of_parts(request)
    wished = _window(window), _viewport(viewport), quality
    row = instance(platform, actor, study_uid, series_uid, sop_uid)
    numbers = frame_numbers(row, frames)
    tag = etag_of("rendered", row.sha256, frames, media, str(wished))
    headers = {"ETag": tag, "Vary": "Accept", "Cache-Control": "private, max-age=86400"}
    if unchanged(request, tag):
        return Response(status_code=304, headers=headers)
    paint = _painter(platform, media, *wished)
    if len(numbers) == 1:
        return Response(paint(row, numbers[0]), media_type=media, headers=headers)
    return multipart((Part(media, paint(row, number)) for number in numbers), media)


def _of_parts(request: Request) -> str:
    """Return the media type of the parts of a rendered answer."""
    text = request.query_params.get("accept") or request.headers.get("accept", "*/*")
    for media in (JPEG, PNG):
        if media in text:
            return media
    if "*/*" in text or "image/*" in text or text.strip() == "multipart/related":
        return JPEG
    raise NotAcceptable(offered=f"{JPEG}, {PNG}")


@router.get(f"{_SERIES}/rendered")
def rendered_series(
    study_uid: Uid, series_uid: Uid, request: Request, actor: ArchiveActor, platform: PlatformDep,
    window: WindowText = None, viewport: ViewportText = None, quality: Quality = render.QUALITY,
) -> Response:  # fmt: skip
    """Render the images of a series, as parts."""
    return _all(request, actor, platform, study_uid, series_uid, (window, viewport, quality))


@router.get("/studies/{study_uid}/rendered")
def rendered_study(
    study_uid: Uid, request: Request, actor: ArchiveActor, platform: PlatformDep,
    window: WindowText = None, viewport: ViewportText = None, quality: Quality = render.QUALITY,
) -> Response:  # fmt: skip
    """Render the images of a study, as parts."""
    return _all(request, actor, platform, study_uid, None, (window, viewport, quality))


def _all(
    request: Request,
    actor: ArchiveActor,
    platform: Platform,
    study_uid: str,
    series_uid: str | None,
    wished: tuple[str | None, str | None, int],
) -> Response:
    media = _of_parts(request)
    paint = _painter(platform, media, _window(wished[0]), _viewport(wished[1]), wished[2])
    rows = instances(platform, find(platform, actor, study_uid, series_uid), headers=True)[:MOST_PICTURES]

    def parts() -> Iterator[Part]:
        for row in rows:
            try:
                yield Part(media, paint(row, 1))
            except (
                NotAnImage,
                NotAcceptable,
                InvalidInstance,
            ):  # a report among the images, say, or a broken one
                continue

    return multipart(parts(), media)


def _thumbnail(
    request: Request, actor: ArchiveActor, platform: Platform, study_uid: str, series_uid: str | None,
    sop_uid: str | None = None, frame: int = 1,
) -> Response:  # fmt: skip
    media = choose(request, (JPEG, PNG))
    viewport = _viewport(request.query_params.get("viewport")) or render.Viewport(THUMBNAIL, THUMBNAIL)
    found = find(platform, actor, study_uid, series_uid)
    # the middle of the largest series shows most
    largest = max(found.series, key=lambda series: series.instance_count).series_uid
    rows = instances(platform, found, sop_uid)
    rows = [row for row in rows if row.series_uid == largest] or rows
    row = rows[0] if sop_uid else instances(platform, found, rows[len(rows) // 2].sop_uid)[0]
    tag = etag_of("thumbnail", row.sha256, str(frame), media, str(viewport))
    headers = {"ETag": tag, "Vary": "Accept", "Cache-Control": "private, max-age=3600"}
    if unchanged(request, tag):
        return Response(status_code=304, headers=headers)
    number = frame_numbers(row, str(frame if sop_uid else (row.frames + 1) // 2))[0]
    paint = _painter(platform, media, None, viewport, render.QUALITY)
    return Response(paint(row, number), media_type=media, headers=headers)


@router.get("/studies/{study_uid}/thumbnail")
def study_thumbnail(study_uid: Uid, request: Request, actor: ArchiveActor, platform: PlatformDep) -> Response:
    """Return a small picture of a study."""
    return _thumbnail(request, actor, platform, study_uid, None)


@router.get(f"{_SERIES}/thumbnail")
def series_thumbnail(
    study_uid: Uid, series_uid: Uid, request: Request, actor: ArchiveActor, platform: PlatformDep
) -> Response:
    """Return a small picture of a series."""
    return _thumbnail(request, actor, platform, study_uid, series_uid)


@router.get(f"{_INSTANCE}/thumbnail")
def instance_thumbnail(
    study_uid: Uid,
    series_uid: Uid,
    sop_uid: Uid,
    request: Request,
    actor: ArchiveActor,
    platform: PlatformDep,
) -> Response:
    """Return a small picture of an instance."""
    return _thumbnail(request, actor, platform, study_uid, series_uid, sop_uid)


@router.get(f"{_INSTANCE}/frames/{{frame}}/thumbnail")
def frame_thumbnail(
    study_uid: Uid,
    series_uid: Uid,
    sop_uid: Uid,
    frame: Annotated[int, Path(ge=1, le=999_999)],
    request: Request,
    actor: ArchiveActor,
    platform: PlatformDep,
) -> Response:
    """Return a small picture of a frame."""
    return _thumbnail(request, actor, platform, study_uid, series_uid, sop_uid, frame)
