"""What every derived object that the product writes has in common: whose it is, from which images, by what (PS3.3 A.35)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydicom import Dataset, FileDataset
from pydicom.uid import ExplicitVRLittleEndian

from hounsfield.dicom.attributes import InstanceHeader
from hounsfield.dicom.writer import uid

MANUFACTURER: Final = "Hounsfield"
MODEL: Final = "Hounsfield platform"
SOFTWARE: Final = "0.1"
DEVICE_UID: Final = uid("hounsfield", "device")
_SEXES: Final = ("M", "F", "O")
_COPIED: Final = (
    "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Modality", "NumberOfFrames", "Rows",
    "Columns", "FrameOfReferenceUID", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing",
    "SliceThickness", "SpacingBetweenSlices", "InstanceNumber", "SeriesNumber", "Laterality",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Author:
    """Who made an object, and when."""

    name: str
    written_at: datetime


def evidence(headers: Sequence[InstanceHeader]) -> list[Dataset]:
    """Return what highdicom must know of the images that an object refers to.

    It is made from the headers kept at ingest, so that no file is read; what one of them gets wrong (a sex that is none
    of the defined terms, a missing type 2 attribute) is left empty. Patient and study are those of the first.
    """
    return [_shell(header, headers[0]) for header in headers]


def _shell(header: InstanceHeader, first: InstanceHeader) -> Dataset:
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    for keyword in _COPIED:
        value = getattr(header, keyword)
        if value is not None:
            setattr(ds, keyword, list(value) if isinstance(value, tuple) else value)
    ds.PatientID = first.PatientID or ""
    ds.PatientName = first.PatientName or ""
    ds.PatientBirthDate = first.PatientBirthDate or ""
    ds.PatientSex = first.PatientSex if first.PatientSex in _SEXES else ""
    ds.AccessionNumber = (first.AccessionNumber or "")[:16]
    ds.StudyID = (first.StudyID or "")[:16]
    ds.StudyDate = first.StudyDate or ""
    ds.StudyTime = first.StudyTime or ""
    ds.ReferringPhysicianName = first.ReferringPhysicianName or ""
    if first.StudyDescription:
        ds.StudyDescription = first.StudyDescription[:64]
    if first.IssuerOfPatientID:
        ds.IssuerOfPatientID = first.IssuerOfPatientID[:64]
    ds.StudyInstanceUID = first.StudyInstanceUID
    return ds


def common(seed: str, *, series_number: int, description: str) -> dict[str, Any]:
    """Return the arguments that highdicom's constructors share; the same seed makes the same UIDs."""
    return {
        "series_instance_uid": uid(seed, "series"),
        "series_number": series_number,
        "sop_instance_uid": uid(seed, "instance"),
        "instance_number": 1,
        "manufacturer": MANUFACTURER,
        "manufacturer_model_name": MODEL,
        "software_versions": SOFTWARE,
        "device_serial_number": "1",
        "series_description": description[:64],
        "transfer_syntax_uid": ExplicitVRLittleEndian,
    }


def finished(ds: Dataset, author: Author) -> FileDataset:
    """Return an object with our own implementation named and the time of its author, UTC."""
    day, moment = author.written_at.strftime("%Y%m%d"), author.written_at.strftime("%H%M%S.%f")
    for keyword, value in (
        ("InstanceCreationDate", day), ("InstanceCreationTime", moment), ("ContentDate", day),
        ("ContentTime", moment), ("SeriesDate", day), ("SeriesTime", moment),
    ):  # fmt: skip
        setattr(ds, keyword, value)
    ds.TimezoneOffsetFromUTC = "+0000"
    return FileDataset("", ds, preamble=b"\0" * 128, file_meta=ds.file_meta)
