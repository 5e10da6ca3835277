"""Writes measurements as a structured report: Comprehensive 3D SR, TID 1500 (PS3.16 annex A), by highdicom.

A mark on the plane of an image is written in that image's pixels (SCOORD), which every reader understands; any other
in the frame of reference (SCOORD3D). Distances and angles are measurements with their own coordinates (TID 1501), all
else is a region with what was measured in it (TID 1410).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from highdicom import sr
from pydicom import FileDataset
from pydicom.sr.coding import Code

from hounsfield.dicom import codes
from hounsfield.dicom.attributes import InstanceHeader
from hounsfield.dicom.codes import Concept
from hounsfield.dicom.documents import DEVICE_UID, MANUFACTURER, MODEL, Author, common, evidence, finished
from hounsfield.dicom.errors import InvalidObject
from hounsfield.dicom.marks import Floats, Mark, Plane, angle_of, length_of
from hounsfield.dicom.quiet import quiet_pydicom

SERIES_NUMBER = 9001
NAMES = {
    "length": "Length", "angle": "Angle", "area": "Area", "ellipse": "Ellipse", "rectangle": "Rectangle",
    "arrow": "Arrow", "text": "Text", "probe": "Probe",
}  # fmt: skip
_STATISTICS = (
    ("mean", codes.MEAN),
    ("std", codes.DEVIATION),
    ("min", codes.MINIMUM),
    ("max", codes.MAXIMUM),
)
_INTENSITIES = {"CT": (codes.ATTENUATION, codes.HOUNSFIELD), "MR": (codes.SIGNAL, codes.NO_UNIT)}


def write_report(
    marks: Sequence[Mark],
    images: Mapping[str, InstanceHeader],
    author: Author,
    *,
    seed: str,
    title: Code | None = None,
) -> FileDataset:
    """Make a report of marks.

    Parameters
    ----------
    marks
        At least one. A mark without an image lies in its frame of reference.
    images
        Headers by SOPInstanceUID of every image that a mark names, and at least one of the study.
    seed
        Decides the UIDs.

    Raises
    ------
    InvalidObject
        MARK_UNFIT: a mark that has no place an SR could name.
    """
    headers = list(images.values())
    groups = [_group(mark, number, images) for number, mark in enumerate(marks, start=1)]
    with quiet_pydicom():
        person, device = observers(author)
        report = sr.MeasurementReport(
            observation_context=sr.ObservationContext(
                observer_person_context=person, observer_device_context=device
            ),
            procedure_reported=codes.PROCEDURES.get(headers[0].Modality or "", codes.IMAGING).code,
            imaging_measurements=groups,
            title=title,
        )
        document = sr.Comprehensive3DSR(
            evidence=evidence(headers),
            content=report[0],
            is_complete=True,
            **common(seed, series_number=SERIES_NUMBER, description="Measurements"),
        )
    return finished(document, author)


def observers(author: Author) -> tuple[sr.ObserverContext, sr.ObserverContext]:
    """Return who observed: the person, and the product (TID 1002)."""
    person = sr.ObserverContext(
        sr.CodedConcept.from_code(codes.PERSON.code),
        sr.PersonObserverIdentifyingAttributes(name=_person(author.name)),
    )
    device = sr.DeviceObserverIdentifyingAttributes(
        uid=DEVICE_UID, name=MANUFACTURER, manufacturer_name=MANUFACTURER, model_name=MODEL
    )
    return person, sr.ObserverContext(sr.CodedConcept.from_code(codes.DEVICE.code), device)


def _person(name: str) -> str:
    """Return a name as a person name value: components are for those who have them apart."""
    plain = "".join(" " if char in "\\=^" or ord(char) < 32 else char for char in name)[:60].strip()
    return f"{plain or 'Unknown'}^"


def _group(mark: Mark, number: int, images: Mapping[str, InstanceHeader]) -> Any:
    tracking = sr.TrackingIdentifier(
        uid=mark.tracking_uid, identifier=mark.label or f"{NAMES[mark.tool]} {number}"
    )
    image = images.get(mark.sop_uid or "")
    group: Any
    try:
        if mark.tool in ("length", "angle"):
            group = sr.MeasurementsAndQualitativeEvaluations(
                tracking_identifier=tracking, measurements=[_distance(mark, image)]
            )
        else:
            group = sr.PlanarROIMeasurementsAndQualitativeEvaluations(
                tracking_identifier=tracking,
                referenced_region=_place(mark, image, sr.ImageRegion, sr.ImageRegion3D),
                measurements=_measured(mark, image),
            )
    except ValueError as error:
        raise InvalidObject("MARK_UNFIT", detail=str(error)[:200]) from error
    if mark.text:
        comment = sr.TextContentItem(
            name=codes.COMMENT.code, value=mark.text, relationship_type=sr.RelationshipTypeValues.CONTAINS
        )
        group[0].ContentSequence.append(comment)
    return group


def _distance(mark: Mark, image: InstanceHeader | None) -> sr.Measurement:
    concept, unit, value = (
        (codes.LENGTH, codes.MM, mark.stats.get("length_mm", length_of(mark.points)))
        if mark.tool == "length"
        else (codes.ANGLE, codes.DEGREE, mark.stats.get("angle_deg", angle_of(mark.points)))
    )
    where = _place(mark, image, sr.CoordinatesForMeasurement, sr.CoordinatesForMeasurement3D)
    return _number(concept, value, unit, referenced_coordinates=[where])


def _measured(mark: Mark, image: InstanceHeader | None) -> list[sr.Measurement]:
    found = []
    if (area := mark.stats.get("area_mm2")) is not None:
        found.append(_number(codes.AREA, area, codes.MM2))
    if (length := mark.stats.get("length_mm")) is not None:
        found.append(_number(codes.LENGTH, length, codes.MM))
    modality = image.Modality if image is not None else None
    concept, unit = _INTENSITIES.get(modality or "CT", (None, codes.NO_UNIT))
    for name, derivation in _STATISTICS:
        if (value := mark.stats.get(name)) is None:
            continue
        if concept is None:
            found.append(_number(derivation, value, unit))
        else:
            found.append(_number(concept, value, unit, derivation=derivation.code))
    return found


def _number(concept: Concept, value: float, unit: Concept, **more: Any) -> sr.Measurement:
    return sr.Measurement(name=concept.code, value=float(value), unit=unit.code, **more)


def _place(
    mark: Mark, image: InstanceHeader | None, flat: Callable[..., Any], solid: Callable[..., Any]
) -> Any:
    """Return the content item that says where a mark is."""
    # where the frames of an image with a place in space lie, its header does not say
    if image is not None and not ((image.NumberOfFrames or 1) > 1 and mark.frame_of_reference_uid):
        pixels = Plane.of(image).pixels(mark.points)
        if pixels is not None:
            source = sr.SourceImageForRegion(
                image.SOPClassUID,
                image.SOPInstanceUID,
                [mark.frame or 1] if (image.NumberOfFrames or 1) > 1 else None,
            )
            return flat(
                graphic_type=_flat_type(mark), graphic_data=_outline(mark, pixels), source_image=source
            )
    if mark.frame_of_reference_uid is None:
        raise InvalidObject("MARK_UNFIT", detail="no frame of reference")
    points = _outline(mark, np.array(mark.points, dtype=np.float64))
    return solid(
        graphic_type=_solid_type(mark, points),
        graphic_data=points,
        frame_of_reference_uid=mark.frame_of_reference_uid,
    )


def _outline(mark: Mark, points: Floats) -> Floats:
    return np.vstack([points, points[:1]]) if mark.tool in ("area", "rectangle") else points


def _flat_type(mark: Mark) -> str:
    if mark.tool == "ellipse":
        return "ELLIPSE"
    return "POINT" if len(mark.points) == 1 else "POLYLINE"


def _solid_type(mark: Mark, points: Floats) -> str:
    if mark.tool in ("area", "rectangle"):
        return "POLYGON" if _is_flat(points) else "POLYLINE"
    return _flat_type(mark)


def _is_flat(points: Floats) -> bool:
    spread = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    return bool(spread[-1] <= 1e-6 * max(spread[0], 1e-9))
