"""Reads the measurements of structured reports, ours and others': every Measurement Group of TID 1500 and its kin."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from pydicom import Dataset

from hounsfield.dicom import codes, content
from hounsfield.dicom.attributes import InstanceHeader
from hounsfield.dicom.errors import InvalidObject
from hounsfield.dicom.marks import Floats, Mark, Plane, Value, is_rectangle
from hounsfield.dicom.reports import NAMES
from hounsfield.dicom.writer import uid

MAX_MARKS: Final = 10_000
MAX_POINTS: Final = 100_000
_LENGTHS = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "um": 0.001}
_AREAS = {"mm2": 1.0, "cm2": 100.0}
_ANGLES = {"deg": 1.0, "rad": 57.29577951308232}
_STATISTICS = {
    codes.MEAN.key: "mean",
    codes.DEVIATION.key: "std",
    codes.MINIMUM.key: "min",
    codes.MAXIMUM.key: "max",
}
_NUMBERED = re.compile(f"({'|'.join(NAMES.values())}) [0-9]+")

FindHeader = Callable[[str], InstanceHeader | None]


@dataclass(frozen=True, slots=True)
class Report:
    """What a structured report says. `missing` are the images that marks lie on and the archive has not."""

    title: str
    manufacturer: str
    description: str
    author: str
    written_at: str
    marks: tuple[Mark, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    graphic: str
    points: tuple[tuple[float, float, float], ...]
    sop_uid: str | None
    series_uid: str | None
    frame: int | None
    frame_of_reference_uid: str | None


def read_report(data: bytes, header_of: FindHeader) -> Report:
    """Read a report.

    Parameters
    ----------
    data
        The file.
    header_of
        Returns the header of an image by its SOPInstanceUID, None where it is not in the archive.

    Raises
    ------
    InvalidObject
        OBJECT_UNREADABLE: no structured report, or a broken one.
    """
    with content.reading():
        ds = content.parsed(data)
        if ds.get("ValueType") != "CONTAINER":
            raise InvalidObject("OBJECT_UNREADABLE", detail="ValueType")
        reader = _Reader(ds, header_of)
        marks = tuple(reader.marks())
        observer = content.find(content.items(ds), codes.PERSON_NAME)
        return Report(
            title=_meaning(content.first(ds.get("ConceptNameCodeSequence"))),
            manufacturer=str(ds.get("Manufacturer") or ""),
            description=str(ds.get("SeriesDescription") or ""),
            author=content.text_of(observer).replace("^", " ").strip(),
            written_at=f"{ds.get('ContentDate') or ''}{ds.get('ContentTime') or ''}",
            marks=marks,
            missing=tuple(sorted(reader.missing)),
        )


def _meaning(code: Dataset | None) -> str:
    return str(code.get("CodeMeaning") or "") if code is not None else ""


class _Reader:
    def __init__(self, ds: Dataset, header_of: FindHeader) -> None:
        self._ds, self._header_of = ds, header_of
        self.missing: set[str] = set()

    def marks(self) -> list[Mark]:
        found: list[Mark] = []
        for number, item in enumerate(content.items(self._ds)):
            if number >= content.MAX_ITEMS:
                raise InvalidObject("OBJECT_UNREADABLE", detail="too many content items")
            if content.name_of(item) == codes.MEASUREMENT_GROUP.key and len(found) < MAX_MARKS:
                mark = self._mark(item, number)
                if mark is not None:
                    found.append(mark)
        return found

    def _mark(self, group: Dataset, number: int) -> Mark | None:
        inside = content.children(group)
        values = tuple(value for item in inside if (value := _value(item)) is not None)
        stats = _stats(values)
        comment = content.text_of(content.find(inside, codes.COMMENT))
        label = content.text_of(content.find(inside, codes.TRACKING_IDENTIFIER))
        tracking = content.text_of(content.find(inside, codes.TRACKING_UID))
        said = {
            "tracking_uid": tracking or uid(str(self._ds.get("SOPInstanceUID")), number),
            "label": "" if _NUMBERED.fullmatch(label) else label,
            "text": comment,
            "stats": stats,
            "values": values,
        }
        finding = content.find(inside, codes.FINDING)
        if not said["label"] and finding is not None:
            said["label"] = content.text_of(finding)
        segment = _segment(inside)
        if segment is not None:
            series = content.text_of(content.find(inside, codes.SOURCE_SERIES)) or None
            return Mark(tool="segment", points=(), series_uid=series, segment=segment, **said)  # type: ignore[arg-type]
        place = self._place(inside)
        if place is None:
            return None
        return Mark(
            tool=_tool(place, stats, comment),
            points=_drawn(place),
            series_uid=place.series_uid,
            sop_uid=place.sop_uid,
            frame=place.frame,
            frame_of_reference_uid=place.frame_of_reference_uid,
            **said,  # type: ignore[arg-type]
        )

    def _place(self, inside: list[Dataset]) -> _Place | None:
        """Return the first coordinates of a group: its own, or those of one of its numbers."""
        candidates = [*inside, *(child for item in inside for child in content.children(item))]
        for item in candidates:
            kind = item.get("ValueType")
            data = item.get("GraphicData")
            if kind not in ("SCOORD", "SCOORD3D") or data is None:
                continue
            numbers = [content.number(value) for value in (data if hasattr(data, "__len__") else [data])]
            width = 2 if kind == "SCOORD" else 3
            if None in numbers or not numbers or len(numbers) % width or len(numbers) > MAX_POINTS * width:
                raise InvalidObject("OBJECT_UNREADABLE", detail="GraphicData")
            pairs = np.array(numbers, dtype=np.float64).reshape(-1, width)
            if kind == "SCOORD":
                return self._on_image(item, pairs)
            points = tuple((float(x), float(y), float(z)) for x, y, z in pairs)
            frame = str(item.get("ReferencedFrameOfReferenceUID") or "") or None
            return _Place(str(item.get("GraphicType")), points, None, None, None, frame)
        return None

    def _on_image(self, item: Dataset, pixels: Floats) -> _Place | None:
        images = [child for child in content.children(item) if child.get("ValueType") == "IMAGE"]
        reference = content.first(images[0].get("ReferencedSOPSequence")) if images else None
        if reference is None:
            return None
        sop_uid = str(reference.get("ReferencedSOPInstanceUID") or "")
        header = self._header_of(sop_uid)
        # where the frames of an image with a place in space lie, its header does not say
        if header is None or ((header.NumberOfFrames or 1) > 1 and header.FrameOfReferenceUID):
            self.missing.add(sop_uid)
            return None
        frames = reference.get("ReferencedFrameNumber")
        frame = int(frames[0] if hasattr(frames, "__len__") and not isinstance(frames, str) else frames or 1)
        graphic = str(item.get("GraphicType"))
        if graphic == "CIRCLE" and len(pixels) == 2:
            graphic, pixels = "POLYLINE", _around(pixels)
        return _Place(
            graphic,
            tuple(Plane.of(header).patient(pixels)),
            sop_uid,
            header.SeriesInstanceUID,
            frame,
            header.FrameOfReferenceUID,
        )


def _segment(inside: list[Dataset]) -> tuple[str, int] | None:
    item = content.find(inside, codes.REFERENCED_SEGMENT)
    reference = content.first(item.get("ReferencedSOPSequence")) if item is not None else None
    if reference is None:
        return None
    number: Any = reference.get("ReferencedSegmentNumber") or 1
    number = number[0] if hasattr(number, "__len__") and not isinstance(number, str) else number
    return str(reference.get("ReferencedSOPInstanceUID") or ""), int(number)


def _value(item: Dataset) -> Value | None:
    measured = content.first(item.get("MeasuredValueSequence"))
    if item.get("ValueType") != "NUM" or measured is None:
        return None
    number = content.number(measured.get("FloatingPointValue"))
    if number is None:
        number = content.number(measured.get("NumericValue"))
    if number is None:
        return None
    named = content.first(item.get("ConceptNameCodeSequence"))
    unit = content.first(measured.get("MeasurementUnitsCodeSequence"))
    derivation = content.find(content.children(item), codes.DERIVATION)
    coded = content.first(derivation.get("ConceptCodeSequence")) if derivation is not None else None
    value, scheme = content.name_of(item)
    return Value(
        value,
        scheme,
        _meaning(named),
        number,
        content.key(unit)[0] if unit is not None else "",
        content.key(coded) if coded is not None else None,
    )


def _stats(values: tuple[Value, ...]) -> dict[str, float]:
    """Return the numbers that we have a name for; the first of each counts."""
    found: dict[str, float] = {}
    for value in values:
        name = _STATISTICS.get(value.derivation or (value.name, value.scheme))
        if name is not None:
            found.setdefault(name, value.value)
        elif value.unit in _LENGTHS:
            found.setdefault("length_mm", value.value * _LENGTHS[value.unit])
        elif value.unit in _AREAS:
            found.setdefault("area_mm2", value.value * _AREAS[value.unit])
        elif value.unit in _ANGLES:
            found.setdefault("angle_deg", value.value * _ANGLES[value.unit])
        elif value.derivation is None and (value.name, value.scheme) == codes.ATTENUATION.key:
            found.setdefault("mean", value.value)
    return found


def _tool(place: _Place, stats: dict[str, float], comment: str) -> str:
    count, points = len(place.points), place.points
    if place.graphic == "ELLIPSE" and count == 4:
        return "ellipse"
    if count == 1:
        return "text" if comment and not stats else "probe"
    if count > 2 and points[0] == points[-1]:
        return "rectangle" if count == 5 and is_rectangle(points[:-1]) else "area"
    if "angle_deg" in stats and count in (3, 4):
        return "angle"
    if "length_mm" in stats or count > 2:
        return "length" if count == 2 else "area"
    return "arrow"


def _drawn(place: _Place) -> tuple[tuple[float, float, float], ...]:
    """Return the points of a tool: without the last of a closed outline."""
    points = place.points
    return points[:-1] if len(points) > 2 and points[0] == points[-1] else points


def _around(pixels: Floats) -> Floats:
    """Return a circle, given by its centre and a point on it, as a closed outline."""
    centre, radius = pixels[0], pixels[1] - pixels[0]
    turns = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    outline = centre + np.outer(np.cos(turns), radius) + np.outer(np.sin(turns), [-radius[1], radius[0]])
    return np.vstack([outline, outline[:1]])
