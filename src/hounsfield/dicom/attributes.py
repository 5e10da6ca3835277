"""The attributes of an instance that the platform keeps, and how each is read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from hounsfield.dicom import values

Vector3 = tuple[float, float, float]
Vector6 = tuple[float, float, float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceHeader:
    """The attributes of one instance, named by their DICOM keywords; None where absent, empty or unreadable.

    Lengths are in mm, positions and directions in patient coordinates (LPS), `PixelSpacing` is (between rows, between
    columns), dates are ``YYYYMMDD``, times ``HHMMSS.F``, names keep their ``^`` and ``=``.
    """

    TransferSyntaxUID: str
    part10: bool  # a complete PS3.10 file: preamble, prefix and file meta information with a transfer syntax
    pixel_bytes: int | None  # length of native pixel data, -1 when encapsulated, None when there is none
    unreadable: tuple[str, ...]  # keywords that are present with a value that is not what their VR allows

    SOPClassUID: str
    SOPInstanceUID: str
    StudyInstanceUID: str
    SeriesInstanceUID: str

    SpecificCharacterSet: tuple[str, ...] | None
    ImageType: tuple[str, ...] | None
    StudyDate: str | None
    SeriesDate: str | None
    AcquisitionDate: str | None
    ContentDate: str | None
    StudyTime: str | None
    SeriesTime: str | None
    AcquisitionTime: str | None
    ContentTime: str | None
    AccessionNumber: str | None
    Modality: str | None
    Manufacturer: str | None
    InstitutionName: str | None
    ReferringPhysicianName: str | None
    StationName: str | None
    StudyDescription: str | None
    SeriesDescription: str | None
    ManufacturerModelName: str | None
    PatientName: str | None
    PatientID: str | None
    IssuerOfPatientID: str | None
    PatientBirthDate: str | None
    PatientSex: str | None
    PatientAge: str | None
    BodyPartExamined: str | None
    SliceThickness: float | None
    KVP: float | None
    SpacingBetweenSlices: float | None
    ProtocolName: str | None
    GantryDetectorTilt: float | None
    ConvolutionKernel: str | None
    PatientPosition: str | None
    StudyID: str | None
    SeriesNumber: int | None
    AcquisitionNumber: int | None
    InstanceNumber: int | None
    TemporalPositionIdentifier: int | None
    ImagePositionPatient: Vector3 | None
    ImageOrientationPatient: Vector6 | None
    FrameOfReferenceUID: str | None
    Laterality: str | None
    SliceLocation: float | None
    SamplesPerPixel: int | None
    PhotometricInterpretation: str | None
    NumberOfFrames: int | None
    Rows: int | None
    Columns: int | None
    PixelSpacing: tuple[float, float] | None
    BitsAllocated: int | None
    BitsStored: int | None
    HighBit: int | None
    PixelRepresentation: int | None
    PixelPaddingValue: int | None
    BurnedInAnnotation: str | None
    WindowCenter: float | None
    WindowWidth: float | None
    RescaleIntercept: float | None
    RescaleSlope: float | None
    RescaleType: str | None
    LossyImageCompression: str | None


Decoder = Callable[[bytes], Any]


def _n(count: int) -> Decoder:
    def exactly(raw: bytes) -> tuple[float, ...] | None:
        numbers = values.decimals(raw)
        return numbers if numbers is not None and len(numbers) == count else None

    return exactly


# Tag as 0xeeeegggg → keyword, VR, decoder. A `text` decoder is also told the character set.
CHARACTER_SET: Final = 0x00050008
_TEXT: Final = values.text
FIELDS: Final[dict[int, tuple[str, str, Decoder]]] = {
    (element << 16) | group: (keyword, vr, decoder)
    for group, element, keyword, vr, decoder in (
        (0x0008, 0x0005, "SpecificCharacterSet", "CS", values.codes),
        (0x0008, 0x0008, "ImageType", "CS", values.codes),
        (0x0008, 0x0016, "SOPClassUID", "UI", values.uid),
        (0x0008, 0x0018, "SOPInstanceUID", "UI", values.uid),
        (0x0008, 0x0020, "StudyDate", "DA", values.day),
        (0x0008, 0x0021, "SeriesDate", "DA", values.day),
        (0x0008, 0x0022, "AcquisitionDate", "DA", values.day),
        (0x0008, 0x0023, "ContentDate", "DA", values.day),
        (0x0008, 0x0030, "StudyTime", "TM", values.time),
        (0x0008, 0x0031, "SeriesTime", "TM", values.time),
        (0x0008, 0x0032, "AcquisitionTime", "TM", values.time),
        (0x0008, 0x0033, "ContentTime", "TM", values.time),
        (0x0008, 0x0050, "AccessionNumber", "SH", _TEXT),
        (0x0008, 0x0060, "Modality", "CS", values.code),
        (0x0008, 0x0070, "Manufacturer", "LO", _TEXT),
        (0x0008, 0x0080, "InstitutionName", "LO", _TEXT),
        (0x0008, 0x0090, "ReferringPhysicianName", "PN", _TEXT),
        (0x0008, 0x1010, "StationName", "SH", _TEXT),
        (0x0008, 0x1030, "StudyDescription", "LO", _TEXT),
        (0x0008, 0x103E, "SeriesDescription", "LO", _TEXT),
        (0x0008, 0x1090, "ManufacturerModelName", "LO", _TEXT),
        (0x0010, 0x0010, "PatientName", "PN", _TEXT),
        (0x0010, 0x0020, "PatientID", "LO", _TEXT),
        (0x0010, 0x0021, "IssuerOfPatientID", "LO", _TEXT),
        (0x0010, 0x0030, "PatientBirthDate", "DA", values.day),
        (0x0010, 0x0040, "PatientSex", "CS", values.code),
        (0x0010, 0x1010, "PatientAge", "AS", values.code),
        (0x0018, 0x0015, "BodyPartExamined", "CS", values.code),
        (0x0018, 0x0050, "SliceThickness", "DS", values.decimal),
        (0x0018, 0x0060, "KVP", "DS", values.decimal),
        (0x0018, 0x0088, "SpacingBetweenSlices", "DS", values.decimal),
        (0x0018, 0x1030, "ProtocolName", "LO", _TEXT),
        (0x0018, 0x1120, "GantryDetectorTilt", "DS", values.decimal),
        (0x0018, 0x1210, "ConvolutionKernel", "SH", _TEXT),
        (0x0018, 0x5100, "PatientPosition", "CS", values.code),
        (0x0020, 0x000D, "StudyInstanceUID", "UI", values.uid),
        (0x0020, 0x000E, "SeriesInstanceUID", "UI", values.uid),
        (0x0020, 0x0010, "StudyID", "SH", _TEXT),
        (0x0020, 0x0011, "SeriesNumber", "IS", values.integer),
        (0x0020, 0x0012, "AcquisitionNumber", "IS", values.integer),
        (0x0020, 0x0013, "InstanceNumber", "IS", values.integer),
        (0x0020, 0x0100, "TemporalPositionIdentifier", "IS", values.integer),
        (0x0020, 0x0032, "ImagePositionPatient", "DS", _n(3)),
        (0x0020, 0x0037, "ImageOrientationPatient", "DS", _n(6)),
        (0x0020, 0x0052, "FrameOfReferenceUID", "UI", values.uid),
        (0x0020, 0x0060, "Laterality", "CS", values.code),
        (0x0020, 0x1041, "SliceLocation", "DS", values.decimal),
        (0x0028, 0x0002, "SamplesPerPixel", "US", values.unsigned),
        (0x0028, 0x0004, "PhotometricInterpretation", "CS", values.code),
        (0x0028, 0x0008, "NumberOfFrames", "IS", values.integer),
        (0x0028, 0x0010, "Rows", "US", values.unsigned),
        (0x0028, 0x0011, "Columns", "US", values.unsigned),
        (0x0028, 0x0030, "PixelSpacing", "DS", _n(2)),
        (0x0028, 0x0100, "BitsAllocated", "US", values.unsigned),
        (0x0028, 0x0101, "BitsStored", "US", values.unsigned),
        (0x0028, 0x0102, "HighBit", "US", values.unsigned),
        (0x0028, 0x0103, "PixelRepresentation", "US", values.unsigned),
        (0x0028, 0x0120, "PixelPaddingValue", "US", values.unsigned),
        (0x0028, 0x0301, "BurnedInAnnotation", "CS", values.code),
        (0x0028, 0x1050, "WindowCenter", "DS", values.decimal),
        (0x0028, 0x1051, "WindowWidth", "DS", values.decimal),
        (0x0028, 0x1052, "RescaleIntercept", "DS", values.decimal),
        (0x0028, 0x1053, "RescaleSlope", "DS", values.decimal),
        (0x0028, 0x1054, "RescaleType", "LO", _TEXT),
        (0x0028, 0x2110, "LossyImageCompression", "CS", values.code),
    )
}
