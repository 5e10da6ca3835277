"""`/series/{series_uid}/render`: slices, reformatted planes and projections as pictures, for clients without WebGL2."""

from typing import Annotated

from fastapi import Path, Query, Response

from hounsfield.accounts.actor import CurrentActor
from hounsfield.annotations import renders
from hounsfield.annotations.access import readable_series
from hounsfield.annotations.renders import Format, ViewName, Wish
from hounsfield.annotations.schemas import Uid
from hounsfield.annotations.trail import seen
from hounsfield.dicom.views import Mode
from hounsfield.kit.routing import Router
from hounsfield.kit.web import PlatformDep

router = Router(prefix="/series/{series_uid}", tags=["annotations"])
_PICTURES = {
    200: {"content": {"image/png": {}, "image/jpeg": {}, "image/webp": {}}, "description": "A picture"}
}


@router.get("/render", response_class=Response, responses=_PICTURES)  # type: ignore[arg-type]  # of FastAPI's own shape
def render(
    series_uid: Annotated[Uid, Path()],
    actor: CurrentActor,
    platform: PlatformDep,
    plane: ViewName = "stack",
    index: Annotated[
        int | None, Query(ge=0, le=1_000_000, description="From 0; the middle without it")
    ] = None,
    slab: Annotated[float, Query(ge=0, le=10_000, allow_inf_nan=False, description="Thickness in mm")] = 0.0,
    mode: Mode = "mip",
    window: Annotated[str | None, Query(max_length=60, description="center,width")] = None,
    format: Format = "png",
    size: Annotated[int | None, Query(ge=16, le=4096, description="Of the longer side, at most")] = None,
    invert: bool = False,
) -> Response:
    """Draw a slice (`slab=0`), a slab or a projection; headers tell where it is and what its sides are."""
    with platform.db.read() as session:
        study, series = readable_series(session, actor, series_uid)
        slices = renders.slices_of(session, series)
    wish = Wish(plane, index, slab, mode, renders.window_of(window), format, size, invert)
    drawn = renders.draw(platform, slices, wish)
    seen(platform, actor, study, "image.read")
    headers = {
        "Cache-Control": "private, max-age=300",
        "Vary": "Authorization",
        "X-Hounsfield-Index": str(drawn.index),
        "X-Hounsfield-Count": str(drawn.count),
        "X-Hounsfield-Orientation": ",".join(drawn.letters),
        "X-Hounsfield-Spacing": f"{drawn.spacing[0]:.6g},{drawn.spacing[1]:.6g}",
    }
    if drawn.window is not None:
        headers["X-Hounsfield-Window"] = f"{drawn.window[0]:g},{drawn.window[1]:g}"
    return Response(drawn.body, media_type=drawn.media_type, headers=headers)
