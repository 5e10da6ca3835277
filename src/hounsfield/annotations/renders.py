"""Pictures of series for clients that cannot draw volumes themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from hounsfield.annotations import volumes
from hounsfield.annotations.errors import InvalidWindow, NoSuchSlice
from hounsfield.annotations.volumes import Slice, Stack, image_of
from hounsfield.dicom import render, views
from hounsfield.dicom.attributes import InstanceHeader
from hounsfield.dicom.errors import InvalidObject
from hounsfield.dicom.render import Window
from hounsfield.dicom.views import Mode, PlaneName
from hounsfield.imaging.models import Instance, Series
from hounsfield.imaging.store import header_of
from hounsfield.kit.errors import NotFound
from hounsfield.kit.platform import Platform

Format = Literal["png", "jpeg", "webp"]
ViewName = Literal["stack"] | PlaneName
Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Wish:
    """What to draw. `slab` in mm; `index` from 0, the middle where it is None; `longest` limits the longer side."""

    plane: ViewName
    index: int | None
    slab: float
    mode: Mode
    window: Window | None
    format: Format
    longest: int | None
    invert: bool


@dataclass(frozen=True, slots=True)
class Rendered:
    """A picture and what a viewer shows beside it. Letters: left, right, top, bottom; empty where unknown."""

    body: bytes
    media_type: str
    index: int
    count: int
    letters: tuple[str, str, str, str]
    window: tuple[float, float] | None
    spacing: tuple[float, float]


@dataclass(slots=True)
class _Drawn:
    picture: Picture
    index: int
    count: int
    letters: tuple[str, str, str, str]
    window: tuple[float, float] | None
    spacing: tuple[float, float]  # between rows and between columns, mm


def window_of(text: str | None) -> Window | None:
    """Read `center,width`.

    Raises
    ------
    InvalidWindow
        It is something else.
    """
    if text is None:
        return None
    parts = text.split(",")
    try:
        center, width = (float(part) for part in parts)
    except ValueError:
        raise InvalidWindow from None
    if not (abs(center) < 1e9 and 0 < width < 1e9):
        raise InvalidWindow
    return Window(center, width, "LINEAR_EXACT")


def slices_of(session: Session, series: Series) -> list[Slice]:
    """Return the images of a series, in the order of their numbers."""
    query = (
        select(Instance.header, Instance.sha256)
        .where(Instance.series_id == series.id)
        .order_by(Instance.number, Instance.sop_uid)
    )
    found = [Slice(header_of(stored), sha256) for stored, sha256 in session.execute(query)]
    return [item for item in found if item.header.Rows and item.header.pixel_bytes is not None]


def draw(platform: Platform, slices: list[Slice], wish: Wish) -> Rendered:
    """Draw a slice, a slab or a projection.

    Raises
    ------
    NotFound
        The series has no images.
    NoSuchSlice
        The index is beyond the last.
    InvalidObject
        SEGMENTATION_UNFIT: a plane of a series that is no stack.
    """
    if not slices:
        raise NotFound
    drawn = _frame(platform, slices, wish) if wish.plane == "stack" else _plane(platform, slices, wish)
    width, height = views.size_of(drawn.picture, drawn.spacing, wish.longest)
    if (height, width) != drawn.picture.shape[:2]:
        image = Image.fromarray(drawn.picture).resize((width, height), Image.Resampling.BILINEAR)
        spacing = (
            drawn.spacing[0] * drawn.picture.shape[0] / height,
            drawn.spacing[1] * drawn.picture.shape[1] / width,
        )
        drawn.picture, drawn.spacing = np.asarray(image), spacing
    if wish.invert:
        drawn.picture = 255 - drawn.picture
    encode, media_type = _ENCODERS[wish.format]
    body = encode(drawn.picture)
    return Rendered(body, media_type, drawn.index, drawn.count, drawn.letters, drawn.window, drawn.spacing)


def _chosen(index: int | None, count: int) -> int:
    if index is None:
        return count // 2
    if index >= count:
        raise NoSuchSlice(count=count)
    return index


def _frame(platform: Platform, slices: list[Slice], wish: Wish) -> _Drawn:
    """Draw an image as it was stored: the way for everything that is no volume."""
    ordered = _in_order(slices)
    frames = [max(1, item.header.NumberOfFrames or 1) for item in ordered]
    index = _chosen(wish.index, sum(frames))
    frame, number = index, 0
    while frame >= frames[number]:
        frame -= frames[number]
        number += 1
    item = ordered[number]
    window = wish.window or _preset(item.header)
    picture = render.picture(image_of(platform, item), frame, window)
    shown = (window.center, window.width) if window and picture.ndim == 2 else None
    letters = views.letters_of(item.header.ImageOrientationPatient)
    return _Drawn(picture, index, sum(frames), letters, shown, item.header.PixelSpacing or (1.0, 1.0))


def _in_order(slices: list[Slice]) -> list[Slice]:
    try:
        return list(Stack.of(slices).slices)
    except InvalidObject:
        return slices


def _plane(platform: Platform, slices: list[Slice], wish: Wish) -> _Drawn:
    assert wish.plane != "stack"
    if any((item.header.SamplesPerPixel or 1) != 1 for item in slices):
        raise InvalidObject("OBJECT_UNSUPPORTED", detail="colour")
    stack = Stack.of(slices)
    view = views.view_of(stack.grid, wish.plane)
    index = _chosen(wish.index, view.count)
    step = stack.grid.spacing[2 - view.axes[0]]
    numbers = views.numbers_of(view, index, max(1, round(wish.slab / step)))
    if view.axes[0] == 0:
        chosen = volumes.some(platform, stack, numbers)
    else:
        values = volumes.volume(platform, stack)
        first, last = min(numbers), max(numbers) + 1
        chosen = (
            values[:, first:last].swapaxes(0, 1)
            if view.axes[0] == 1
            else np.moveaxis(values[:, :, first:last], 2, 0)
        )
    flat = views.cut(chosen, view, wish.mode)
    window = wish.window or _preset(slices[0].header) or _spread(flat)
    picture = views.shown(flat, window.center, window.width)
    if slices[0].header.PhotometricInterpretation == "MONOCHROME1":
        picture = 255 - picture
    return _Drawn(picture, index, view.count, view.letters, (window.center, window.width), view.spacing)


def _preset(header: InstanceHeader) -> Window | None:
    if header.WindowCenter is None or not header.WindowWidth or header.WindowWidth < 1:
        return None
    return Window(header.WindowCenter, header.WindowWidth, "LINEAR_EXACT")


def _spread(flat: npt.NDArray[Any]) -> Window:
    """Return a window that shows nearly all values of a picture."""
    low, high = (float(value) for value in np.percentile(flat, (1, 99)))
    return Window((low + high) / 2, max(high - low, 1.0), "LINEAR_EXACT")


def _as_webp(picture: Picture) -> bytes:
    buffer = BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(buffer, "WEBP", quality=88, method=1)
    return buffer.getvalue()


_ENCODERS: dict[Format, tuple[Callable[[Picture], bytes], str]] = {
    "png": (render.as_png, "image/png"),
    "jpeg": (render.as_jpeg, "image/jpeg"),
    "webp": (_as_webp, "image/webp"),
}
