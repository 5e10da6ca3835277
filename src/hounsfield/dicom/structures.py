"""Contours of RT Structure Sets (PS3.3 A.19, C.8.8.6), in millimetres, patient coordinates (LPS)."""

from dataclasses import dataclass
from typing import Any, Final

from pydicom import Dataset

from hounsfield.dicom import content
from hounsfield.dicom.errors import InvalidObject

STRUCTURE_SET: Final = "1.2.840.10008.5.1.4.1.1.481.3"
MAX_COORDINATES: Final = 30_000_000
_TYPES: Final = ("POINT", "OPEN_PLANAR", "CLOSED_PLANAR", "OPEN_NONPLANAR", "CLOSEDPLANAR_XOR")


@dataclass(frozen=True, slots=True)
class Contour:
    """One outline: points are x, y, z one after the other."""

    type: str
    sop_uid: str | None
    points: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Roi:
    """A region of interest and its contours; `interpretation` as RT ROI Observations give it (GTV, ORGAN, …)."""

    number: int
    name: str
    description: str
    color: str | None
    interpretation: str
    contours: tuple[Contour, ...]


@dataclass(frozen=True, slots=True)
class StructureSet:
    """A structure set without anything of the treatment."""

    label: str
    description: str
    frame_of_reference_uid: str
    referenced_series_uid: str
    rois: tuple[Roi, ...]


def describe(ds: Dataset) -> tuple[str, str]:
    """Return label and referenced series of a structure set. Use inside `content.reading`."""
    return str(ds.get("StructureSetLabel") or ""), _series(ds)


def read_structures(data: bytes) -> StructureSet:
    """Read a structure set.

    Raises
    ------
    InvalidObject
        OBJECT_UNREADABLE, OVERLAY_TOO_LARGE.
    """
    with content.reading():
        ds = content.parsed(data)
        if str(ds.get("SOPClassUID")) != STRUCTURE_SET:
            raise InvalidObject("OBJECT_UNREADABLE", detail="SOPClassUID")
        outlines = {
            int(item.get("ReferencedROINumber", -1)): item for item in ds.get("ROIContourSequence") or ()
        }
        observed = {
            int(item.get("ReferencedROINumber", -1)): str(item.get("RTROIInterpretedType") or "")
            for item in ds.get("RTROIObservationsSequence") or ()
        }
        budget = [MAX_COORDINATES]
        rois = tuple(
            _roi(item, outlines, observed, budget) for item in ds.get("StructureSetROISequence") or ()
        )
        first = content.first(ds.get("StructureSetROISequence"))
        return StructureSet(
            label=str(ds.get("StructureSetLabel") or ""),
            description=str(ds.get("StructureSetDescription") or ds.get("SeriesDescription") or ""),
            frame_of_reference_uid=str(first.get("ReferencedFrameOfReferenceUID") or "") if first else "",
            referenced_series_uid=_series(ds),
            rois=rois,
        )


def _series(ds: Dataset) -> str:
    for frame in ds.get("ReferencedFrameOfReferenceSequence") or ():
        for study in frame.get("RTReferencedStudySequence") or ():
            for series in study.get("RTReferencedSeriesSequence") or ():
                return str(series.get("SeriesInstanceUID") or "")
    return ""


def _roi(item: Dataset, outlines: dict[int, Dataset], observed: dict[int, str], budget: list[int]) -> Roi:
    number = int(item.get("ROINumber", -1))
    outline = outlines.get(number)
    contours = (
        tuple(_contour(part, budget) for part in outline.get("ContourSequence") or ()) if outline else ()
    )
    return Roi(
        number=number,
        name=str(item.get("ROIName") or ""),
        description=str(item.get("ROIDescription") or ""),
        color=_color(outline.get("ROIDisplayColor")) if outline else None,
        interpretation=observed.get(number, ""),
        contours=contours,
    )


def _contour(item: Dataset, budget: list[int]) -> Contour:
    kind = str(item.get("ContourGeometricType") or "")
    data = item.get("ContourData") or ()
    budget[0] -= len(data)
    if budget[0] < 0:
        size = 8 * (MAX_COORDINATES - budget[0])
        raise InvalidObject("OVERLAY_TOO_LARGE", size_bytes=size, limit_bytes=8 * MAX_COORDINATES)
    points = [content.number(value) for value in data]
    if kind not in _TYPES or len(points) % 3 or None in points:
        raise InvalidObject("OBJECT_UNREADABLE", detail="ContourData")
    image = content.first(item.get("ContourImageSequence"))
    sop_uid = str(image.get("ReferencedSOPInstanceUID") or "") or None if image is not None else None
    return Contour(kind, sop_uid, tuple(value for value in points if value is not None))


def _color(value: Any) -> str | None:
    if value is None or not hasattr(value, "__len__") or len(value) != 3:
        return None
    red, green, blue = (min(max(int(part), 0), 255) for part in value)
    return f"#{red:02X}{green:02X}{blue:02X}"
