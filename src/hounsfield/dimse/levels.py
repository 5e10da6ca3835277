"""The levels of the query models (PS3.4 §C.6.1 and §C.6.2): what each holds, and where the archive keeps it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

from hounsfield.imaging.models import Instance, Series, Study
from hounsfield.patients.models import Patient

LEVELS: Final = ("PATIENT", "STUDY", "SERIES", "IMAGE")
Row = dict[type, Any]
"""model → object, for each level down to the one that is asked for"""


@dataclass(frozen=True)
class Attribute:
    """An attribute that has a column: where, and as what it is shown."""

    level: str
    column: InstrumentedAttribute[Any] | ColumnElement[Any]
    show: Callable[[Row], Any]


def _plain(level: str, model: type, name: str) -> Attribute:
    def show(row: Row) -> Any:
        return getattr(row[model], name)

    return Attribute(level, getattr(model, name), show)


def _mrn(row: Row) -> str:
    # one that was made up because the images have none
    mrn: str = row[Patient].mrn
    return "" if mrn.startswith("?") else mrn


ATTRIBUTES: Final[dict[str, Attribute]] = {
    "PatientID": Attribute("PATIENT", Patient.mrn, _mrn),
    "IssuerOfPatientID": _plain("PATIENT", Patient, "issuer"),
    "PatientName": _plain("PATIENT", Patient, "name"),
    "PatientSex": _plain("PATIENT", Patient, "sex"),
    "PatientBirthDate": _plain("PATIENT", Patient, "birth_date"),
    "StudyInstanceUID": _plain("STUDY", Study, "study_uid"),
    "StudyDate": _plain("STUDY", Study, "study_date"),
    "StudyTime": _plain("STUDY", Study, "study_time"),
    "AccessionNumber": _plain("STUDY", Study, "accession_number"),
    "StudyDescription": _plain("STUDY", Study, "description"),
    "NumberOfStudyRelatedSeries": _plain("STUDY", Study, "series_count"),
    "NumberOfStudyRelatedInstances": _plain("STUDY", Study, "instance_count"),
    "SeriesInstanceUID": _plain("SERIES", Series, "series_uid"),
    "Modality": _plain("SERIES", Series, "modality"),
    "SeriesNumber": _plain("SERIES", Series, "number"),
    "SeriesDescription": _plain("SERIES", Series, "description"),
    "BodyPartExamined": _plain("SERIES", Series, "body_part"),
    "NumberOfSeriesRelatedInstances": _plain("SERIES", Series, "instance_count"),
    "SOPInstanceUID": _plain("IMAGE", Instance, "sop_uid"),
    "SOPClassUID": _plain("IMAGE", Instance, "sop_class_uid"),
    "InstanceNumber": _plain("IMAGE", Instance, "number"),
}
UNIQUE: Final = {
    "PATIENT": "PatientID",
    "STUDY": "StudyInstanceUID",
    "SERIES": "SeriesInstanceUID",
    "IMAGE": "SOPInstanceUID",
}
# of an instance's kept header, what belongs to a higher level: any instance below has it
_OF_STUDY: Final = frozenset({"StudyID", "ReferringPhysicianName", "PatientAge"})
_OF_SERIES: Final = _OF_STUDY | frozenset(
    {
        "SeriesDate",
        "SeriesTime",
        "Manufacturer",
        "ManufacturerModelName",
        "InstitutionName",
        "StationName",
        "ProtocolName",
        "PatientPosition",
        "Laterality",
        "FrameOfReferenceUID",
    }
)


def in_header(keyword: str, level: str, known: frozenset[str]) -> bool:
    """Tell whether the header of an instance answers for this attribute at this level."""
    if level == "IMAGE":
        return keyword in known
    return keyword in (_OF_SERIES if level == "SERIES" else _OF_STUDY if level == "STUDY" else frozenset())


def above(level: str) -> tuple[str, ...]:
    """Return the levels from the top down to this one."""
    return LEVELS[: LEVELS.index(level) + 1]
