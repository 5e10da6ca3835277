"""What a Segmentation object says of itself and its segments (PS3.3 A.51, C.8.20.2), without its pixels."""

from dataclasses import dataclass
from typing import Any, Final

from highdicom.color import CIELabColor
from pydicom import Dataset

from hounsfield.dicom import content
from hounsfield.dicom.errors import InvalidObject

SEGMENTATION: Final = "1.2.840.10008.5.1.4.1.1.66.4"
LABEL_MAP: Final = "1.2.840.10008.5.1.4.1.1.66.7"
MAX_SEGMENTS: Final = 65_535
# for segments that recommend no colour: told apart by most people, also on grey
PALETTE: Final = (
    "#E6194B", "#3CB44B", "#FFE119", "#4363D8", "#F58231", "#911EB4", "#46F0F0", "#F032E6", "#BCF60C", "#FABEBE",
    "#008080", "#E6BEFF", "#9A6324", "#FFFAC8", "#800000", "#AAFFC3", "#808000", "#FFD8B1", "#4F6BFF", "#A9A9A9",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Coded:
    """A code as its object has it."""

    value: str
    scheme: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment; `color` is the recommended one (CIELab in the object) as #RRGGBB, else one of our own choice."""

    number: int
    label: str
    description: str
    color: str
    algorithm_type: str
    algorithm_name: str
    category: Coded | None
    type: Coded | None
    tracking_uid: str


@dataclass(frozen=True, slots=True)
class Segmentation:
    """Everything but the pixels; `kind` is BINARY, FRACTIONAL or LABELMAP."""

    sop_uid: str
    series_uid: str
    study_uid: str
    frame_of_reference_uid: str
    kind: str
    label: str
    description: str
    creator: str
    referenced_series_uid: str
    segments: tuple[Segment, ...]


def describe(ds: Dataset) -> Segmentation:
    """Return what a segmentation is. Use inside `content.reading`.

    Raises
    ------
    InvalidObject
        OBJECT_UNREADABLE: no segmentation, or one that numbers its segments wrongly.
    """
    if str(ds.get("SOPClassUID")) not in (SEGMENTATION, LABEL_MAP):
        raise InvalidObject("OBJECT_UNREADABLE", detail="SOPClassUID")
    kind = str(ds.get("SegmentationType") or "")
    if kind not in ("BINARY", "FRACTIONAL", "LABELMAP"):
        raise InvalidObject("OBJECT_UNREADABLE", detail="SegmentationType")
    described = list(ds.get("SegmentSequence") or ())
    if len(described) > MAX_SEGMENTS:
        raise InvalidObject("OBJECT_UNREADABLE", detail="SegmentSequence")
    segments = tuple(_segment(item, place) for place, item in enumerate(described))
    numbers = [segment.number for segment in segments]
    if not numbers or len(set(numbers)) != len(numbers):
        raise InvalidObject("OBJECT_UNREADABLE", detail="SegmentNumber")
    referenced = content.first(ds.get("ReferencedSeriesSequence"))
    return Segmentation(
        sop_uid=str(ds.SOPInstanceUID),
        series_uid=str(ds.SeriesInstanceUID),
        study_uid=str(ds.StudyInstanceUID),
        frame_of_reference_uid=str(ds.get("FrameOfReferenceUID") or ""),
        kind=kind,
        label=str(ds.get("ContentLabel") or ""),
        description=str(ds.get("ContentDescription") or ds.get("SeriesDescription") or ""),
        creator=str(ds.get("ContentCreatorName") or ""),
        referenced_series_uid=str(referenced.get("SeriesInstanceUID") or "")
        if referenced is not None
        else "",
        segments=segments,
    )


def _segment(item: Dataset, place: int) -> Segment:
    number = int(item.get("SegmentNumber", -1))
    if not 0 <= number <= MAX_SEGMENTS:
        raise InvalidObject("OBJECT_UNREADABLE", detail="SegmentNumber")
    return Segment(
        number=number,
        label=str(item.get("SegmentLabel") or "") or f"{number}",
        description=str(item.get("SegmentDescription") or ""),
        color=_color(item.get("RecommendedDisplayCIELabValue")) or PALETTE[place % len(PALETTE)],
        algorithm_type=str(item.get("SegmentAlgorithmType") or ""),
        algorithm_name=str(item.get("SegmentAlgorithmName") or ""),
        category=_coded(item.get("SegmentedPropertyCategoryCodeSequence")),
        type=_coded(item.get("SegmentedPropertyTypeCodeSequence")),
        tracking_uid=str(item.get("TrackingUID") or ""),
    )


def _coded(sequence: Any) -> Coded | None:
    item = content.first(sequence)
    if item is None:
        return None
    value, scheme = content.key(item)
    return Coded(value, scheme, str(item.get("CodeMeaning") or ""))


def _color(value: Any) -> str | None:
    if value is None or not hasattr(value, "__len__") or len(value) != 3:
        return None
    red, green, blue = CIELabColor.from_dicom_value([int(part) for part in value]).to_rgb()
    return f"#{red:02X}{green:02X}{blue:02X}"
