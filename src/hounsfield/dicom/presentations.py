"""Softcopy presentation states (PS3.3 A.33, C.10, C.11) as plain values: what is drawn on images, and how they are shown.

Pixel coordinates are (column, row), the corner of the first pixel being (0, 0); displayed areas count pixels from 1.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from pydicom import Dataset

from hounsfield.dicom import content
from hounsfield.dicom.errors import InvalidObject
from hounsfield.dicom.tables import Curve, curve_of

PRESENTATION_STATES: Final = {
    "1.2.840.10008.5.1.4.1.1.11.1": "GRAYSCALE",
    "1.2.840.10008.5.1.4.1.1.11.2": "COLOR",
    "1.2.840.10008.5.1.4.1.1.11.3": "PSEUDO_COLOR",
    "1.2.840.10008.5.1.4.1.1.11.4": "BLENDING",
}
MAX_ITEMS: Final = 20_000
MAX_NUMBERS: Final = 2_000_000
_GRAPHICS: Final = ("POINT", "POLYLINE", "INTERPOLATED", "CIRCLE", "ELLIPSE")


@dataclass(frozen=True, slots=True)
class Reference:
    """An image, or some frames of it; no frames are all of them."""

    sop_uid: str
    frames: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Graphic:
    """A line, point, circle or ellipse; `units` PIXEL or DISPLAY (fractions of the displayed area)."""

    type: str
    points: tuple[tuple[float, float], ...]
    units: str
    filled: bool
    layer: str
    images: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A text at an anchor point, or in a box between two corners."""

    text: str
    anchor: tuple[float, float] | None
    anchor_units: str
    anchor_visible: bool
    box: tuple[tuple[float, float], tuple[float, float]] | None
    box_units: str
    layer: str
    images: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class Area:
    """Which part of an image is shown and how large; corners are the first and last pixel, from 1."""

    top_left: tuple[int, int]
    bottom_right: tuple[int, int]
    mode: str
    magnification: float | None
    images: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class Voi:
    """A window, with the function that is meant by it, or a table as a curve."""

    center: float | None
    width: float | None
    function: str
    curve: Curve | None
    explanation: str
    images: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class Layer:
    name: str
    order: int
    description: str
    gray: float | None


@dataclass(frozen=True, slots=True)
class Presentation:
    """Everything that a presentation state says of how its images are shown."""

    kind: str
    label: str
    description: str
    creator: str
    rotation: int
    flip_horizontal: bool
    inverse: bool
    images: tuple[Reference, ...]
    layers: tuple[Layer, ...] = ()
    graphics: tuple[Graphic, ...] = ()
    texts: tuple[Text, ...] = ()
    areas: tuple[Area, ...] = ()
    vois: tuple[Voi, ...] = ()
    shutters: tuple[dict[str, Any], ...] = field(default=())


def read_presentation(data: bytes) -> Presentation:
    """Read a presentation state.

    Raises
    ------
    InvalidObject
        OBJECT_UNREADABLE: none, or a broken one.
    """
    with content.reading():
        return _presentation(content.parsed(data))


def describe(ds: Dataset) -> tuple[str, str]:
    """Return label and first referenced series of a presentation state. Use inside `content.reading`."""
    series = content.first(ds.get("ReferencedSeriesSequence"))
    return str(ds.get("ContentLabel") or ""), str(
        series.get("SeriesInstanceUID") or ""
    ) if series is not None else ""


def _presentation(ds: Dataset) -> Presentation:
    kind = PRESENTATION_STATES.get(str(ds.get("SOPClassUID")))
    if kind is None:
        raise InvalidObject("OBJECT_UNREADABLE", detail="SOPClassUID")
    images = tuple(
        reference
        for series in ds.get("ReferencedSeriesSequence") or ()
        for reference in _references(series.get("ReferencedImageSequence"))
    )
    rotation = int(ds.get("ImageRotation") or 0)
    if rotation % 90:
        raise InvalidObject("OBJECT_UNREADABLE", detail="ImageRotation")
    graphics, texts = _annotations(ds)
    return Presentation(
        kind=kind,
        label=str(ds.get("ContentLabel") or ""),
        description=str(ds.get("ContentDescription") or ""),
        creator=str(ds.get("ContentCreatorName") or "").replace("^", " ").strip(),
        rotation=rotation % 360,
        flip_horizontal=ds.get("ImageHorizontalFlip") == "Y",
        inverse=ds.get("PresentationLUTShape") == "INVERSE",
        images=images,
        layers=tuple(_layer(item) for item in ds.get("GraphicLayerSequence") or ()),
        graphics=graphics,
        texts=texts,
        areas=tuple(_area(item) for item in ds.get("DisplayedAreaSelectionSequence") or ()),
        vois=tuple(voi for item in ds.get("SoftcopyVOILUTSequence") or () for voi in _vois(item)),
        shutters=_shutters(ds),
    )


def _references(sequence: Any) -> tuple[Reference, ...]:
    return tuple(
        Reference(
            str(item.get("ReferencedSOPInstanceUID") or ""), _integers(item.get("ReferencedFrameNumber"))
        )
        for item in sequence or ()
    )


def _integers(value: Any) -> tuple[int, ...]:
    if value in (None, ""):
        return ()
    return tuple(
        int(part) for part in (value if hasattr(value, "__len__") and not isinstance(value, str) else [value])
    )


def _pairs(value: Any) -> tuple[tuple[float, float], ...]:
    numbers = [content.number(part) for part in value or ()]
    if len(numbers) % 2 or None in numbers or len(numbers) > MAX_NUMBERS:
        raise InvalidObject("OBJECT_UNREADABLE", detail="GraphicData")
    found = [number for number in numbers if number is not None]
    return tuple(zip(found[::2], found[1::2], strict=True))


def _annotations(ds: Dataset) -> tuple[tuple[Graphic, ...], tuple[Text, ...]]:
    graphics: list[Graphic] = []
    texts: list[Text] = []
    for annotation in ds.get("GraphicAnnotationSequence") or ():
        images, layer = (
            _references(annotation.get("ReferencedImageSequence")),
            str(annotation.get("GraphicLayer") or ""),
        )
        graphics += [_graphic(item, layer, images) for item in annotation.get("GraphicObjectSequence") or ()]
        texts += [_text(item, layer, images) for item in annotation.get("TextObjectSequence") or ()]
        if len(graphics) + len(texts) > MAX_ITEMS:
            raise InvalidObject("OBJECT_UNREADABLE", detail="GraphicAnnotationSequence")
    return tuple(graphics), tuple(texts)


def _graphic(item: Dataset, layer: str, images: tuple[Reference, ...]) -> Graphic:
    kind = str(item.get("GraphicType") or "")
    points = _pairs(item.get("GraphicData"))
    if kind not in _GRAPHICS or not points:
        raise InvalidObject("OBJECT_UNREADABLE", detail="GraphicType")
    return Graphic(
        kind,
        points,
        str(item.get("GraphicAnnotationUnits") or "PIXEL"),
        item.get("GraphicFilled") == "Y",
        layer,
        images,
    )


def _text(item: Dataset, layer: str, images: tuple[Reference, ...]) -> Text:
    anchor = _pairs(item.get("AnchorPoint"))
    corners = _pairs(item.get("BoundingBoxTopLeftHandCorner")) + _pairs(
        item.get("BoundingBoxBottomRightHandCorner")
    )
    return Text(
        text=str(item.get("UnformattedTextValue") or ""),
        anchor=anchor[0] if anchor else None,
        anchor_units=str(item.get("AnchorPointAnnotationUnits") or "PIXEL"),
        anchor_visible=item.get("AnchorPointVisibility") == "Y",
        box=(corners[0], corners[1]) if len(corners) == 2 else None,
        box_units=str(item.get("BoundingBoxAnnotationUnits") or "PIXEL"),
        layer=layer,
        images=images,
    )


def _area(item: Dataset) -> Area:
    first = _integers(item.get("DisplayedAreaTopLeftHandCorner"))
    last = _integers(item.get("DisplayedAreaBottomRightHandCorner"))
    if len(first) != 2 or len(last) != 2:
        raise InvalidObject("OBJECT_UNREADABLE", detail="DisplayedAreaSelectionSequence")
    return Area(
        (first[0], first[1]),
        (last[0], last[1]),
        str(item.get("PresentationSizeMode") or ""),
        content.number(item.get("PresentationPixelMagnificationRatio")),
        _references(item.get("ReferencedImageSequence")),
    )


def _vois(item: Dataset) -> list[Voi]:
    images = _references(item.get("ReferencedImageSequence"))
    table = content.first(item.get("VOILUTSequence"))
    if table is not None:
        return [Voi(None, None, "LUT", curve_of(table), str(table.get("LUTExplanation") or ""), images)]
    centers, widths = _floats(item.get("WindowCenter")), _floats(item.get("WindowWidth"))
    function = str(item.get("VOILUTFunction") or "LINEAR")
    said = item.get("WindowCenterWidthExplanation") or ""
    names = [str(said)] if isinstance(said, str) else [str(part) for part in said]
    return [
        Voi(center, width, function, None, names[place] if place < len(names) else "", images)
        for place, (center, width) in enumerate(zip(centers, widths, strict=False))
    ]


def _floats(value: Any) -> list[float]:
    if value in (None, ""):
        return []
    parts = value if hasattr(value, "__len__") and not isinstance(value, str) else [value]
    return [number for part in parts if (number := content.number(part)) is not None]


def _layer(item: Dataset) -> Layer:
    gray = content.number(item.get("GraphicLayerRecommendedDisplayGrayscaleValue"))
    return Layer(
        str(item.get("GraphicLayer") or ""),
        int(item.get("GraphicLayerOrder") or 0),
        str(item.get("GraphicLayerDescription") or ""),
        None if gray is None else gray / 0xFFFF,
    )


def _shutters(ds: Dataset) -> tuple[dict[str, Any], ...]:
    shapes = ds.get("ShutterShape") or ()
    found: list[dict[str, Any]] = []
    for shape in [shapes] if isinstance(shapes, str) else shapes:
        if shape == "RECTANGULAR":
            sides = ("Left", "Right", "Upper", "Lower")
            edges = ("Vertical", "Vertical", "Horizontal", "Horizontal")
            values = [int(ds.get(f"Shutter{s}{e}Edge") or 0) for s, e in zip(sides, edges, strict=True)]
            found.append(
                {
                    "shape": "RECTANGULAR",
                    "left": values[0],
                    "right": values[1],
                    "top": values[2],
                    "bottom": values[3],
                }
            )
        elif shape == "CIRCULAR":
            center = _integers(ds.get("CenterOfCircularShutter"))
            found.append(
                {
                    "shape": "CIRCULAR",
                    "center": list(center),
                    "radius": int(ds.get("RadiusOfCircularShutter") or 0),
                }
            )
        elif shape == "POLYGONAL":
            found.append(
                {"shape": "POLYGONAL", "vertices": list(_integers(ds.get("VerticesOfThePolygonalShutter")))}
            )
    return tuple(found)
