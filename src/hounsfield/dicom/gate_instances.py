"""The first half of the gate: which instances of a series are slices of a CT volume at all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from hounsfield.dicom import geometry
from hounsfield.dicom.attributes import InstanceHeader
from hounsfield.dicom.messages import describe
from hounsfield.dicom.syntaxes import (
    CT_IMAGE,
    ENHANCED_CT,
    EXPLICIT_LE,
    LEGACY_ENHANCED_CT,
    SECONDARY_CAPTURES,
    TRANSFER_SYNTAXES,
    storage_class_name,
    transfer_syntax_name,
)

_LOSSLESS: Final = TRANSFER_SYNTAXES[EXPLICIT_LE]
_LARGEST_PIXEL_MM = 20.0  # CT pixels are 0.1 to 2 mm, resampled ones up to some more
_FARTHEST_MM = 100_000.0
_ORTHONORMAL = 1e-3
_GEOMETRY: Final = ("Rows", "Columns", "PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient")
_ENHANCED: Final = (ENHANCED_CT, LEGACY_ENHANCED_CT)
_PROJECTIONS: Final = frozenset(
    {"MIP", "MAX_IP", "MINIP", "MIN_IP", "PROJECTION IMAGE", "VOLUME RENDERING", "VRT", "SSD", "SCREEN SAVE"}
)


class Refused(Exception):
    """The series is not a volume."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class Excluded:
    """An instance that is left out of the volume, and why."""

    SOPInstanceUID: str
    code: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A remark on a series."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def explain(self, language: str) -> tuple[str, str]:
        """Return headline and explanation."""
        return describe(self.code, self.params, language)


def choose_slices(headers: Sequence[InstanceHeader], verdict: dict[str, Any]) -> list[InstanceHeader]:
    """Return the slices; put what was left out and remarked into `verdict`.

    Raises
    ------
    Refused
        Nothing is left, or what is left cannot be computed on.
    """
    if not headers:
        raise Refused("EMPTY_SERIES")
    left_out: list[Excluded] = []
    slices: list[InstanceHeader] = []
    seen: set[str] = set()
    for header in headers:
        reason = "DUPLICATE_INSTANCE" if header.SOPInstanceUID in seen else _not_a_slice(header)
        seen.add(header.SOPInstanceUID)
        if reason:
            left_out.append(Excluded(header.SOPInstanceUID, reason))
        else:
            slices.append(header)
    verdict["excluded"] = tuple(left_out)
    if not slices:
        raise _nothing_left(headers, left_out)
    verdict["warnings"] = tuple(_remarks(slices, left_out))
    for check in (_readable_pixels, _located, _sensible):
        check(slices)
    return slices


def _not_a_slice(header: InstanceHeader) -> str | None:
    kinds = {value.upper() for value in header.ImageType or ()}
    tests: tuple[tuple[str, bool], ...] = (
        ("SECONDARY_CAPTURE", header.SOPClassUID in SECONDARY_CAPTURES),
        ("NOT_CT", header.SOPClassUID not in (CT_IMAGE, *_ENHANCED) or header.Modality not in ("CT", None)),
        (
            "ENHANCED_MULTIFRAME",
            header.SOPClassUID in _ENHANCED or (header.NumberOfFrames or 1) > 1,
        ),
        ("LOCALIZER_ONLY", "LOCALIZER" in kinds),
        ("DERIVED_IMAGES", {"DERIVED", "SECONDARY"} <= kinds or bool(kinds & _PROJECTIONS)),
    )
    return next((code for code, applies in tests if applies), None)


def _nothing_left(headers: Sequence[InstanceHeader], left_out: Sequence[Excluded]) -> Refused:
    codes = [excluded.code for excluded in left_out if excluded.code != "DUPLICATE_INSTANCE"]
    code = max(codes, key=codes.count)
    first = headers[0]
    return Refused(
        code,
        count=len(codes),
        modality=first.Modality or "?",
        storage_class=storage_class_name(first.SOPClassUID),
    )


def _remarks(slices: Sequence[InstanceHeader], left_out: Sequence[Excluded]) -> list[Finding]:
    codes = [excluded.code for excluded in left_out]
    remarks = [Finding(f"{code}_EXCLUDED", {"count": codes.count(code)}) for code in dict.fromkeys(codes)]
    derived = sum("DERIVED" in (header.ImageType or ()) for header in slices)
    if derived:
        remarks.append(Finding("DERIVED_SLICES", {"count": derived}))
    lossy = [
        header
        for header in slices
        if header.LossyImageCompression == "01"
        or TRANSFER_SYNTAXES.get(header.TransferSyntaxUID, _LOSSLESS).lossy
    ]
    if lossy:
        remarks.append(Finding("LOSSY_COMPRESSION", {"count": len(lossy)}))
    return remarks


def _readable_pixels(slices: Sequence[InstanceHeader]) -> None:
    """Every slice holds one grayscale image in an encoding that volumes are built from, in Hounsfield units."""
    for header in slices:
        syntax = TRANSFER_SYNTAXES.get(header.TransferSyntaxUID)
        if syntax is None or not syntax.volume:
            raise Refused("UNSUPPORTED_TRANSFER_SYNTAX", name=transfer_syntax_name(header.TransferSyntaxUID))
    _all(slices, "NO_PIXEL_DATA", lambda header: header.pixel_bytes is None)
    _all(
        slices,
        "UNSUPPORTED_PIXELS",
        lambda header: (
            (header.SamplesPerPixel or 1) != 1
            or header.BitsAllocated != 16
            or header.PhotometricInterpretation != "MONOCHROME2"
        ),
    )
    _all(slices, "MISSING_RESCALE", lambda header: header.RescaleIntercept is None or not header.RescaleSlope)


def _located(slices: Sequence[InstanceHeader]) -> None:
    """Every slice says where it is."""
    missing = [keyword for keyword in _GEOMETRY if any(getattr(header, keyword) is None for header in slices)]
    if missing:
        count = sum(any(getattr(header, keyword) is None for keyword in missing) for header in slices)
        raise Refused("MISSING_GEOMETRY", count=count, keywords=missing)


def _sensible(slices: Sequence[InstanceHeader]) -> None:
    """What a slice says of its place can be true."""
    for header in slices:
        orientation, spacing, position = (
            header.ImageOrientationPatient,
            header.PixelSpacing,
            header.ImagePositionPatient,
        )
        assert orientation is not None
        assert spacing is not None
        assert position is not None
        wrong = None
        if not header.Rows or not header.Columns:
            wrong = "Rows" if not header.Rows else "Columns"
        elif not geometry.is_orthonormal(orientation, _ORTHONORMAL):
            wrong = "ImageOrientationPatient"
        elif not all(0 < value <= _LARGEST_PIXEL_MM for value in spacing):
            wrong = "PixelSpacing"
        elif not all(abs(value) <= _FARTHEST_MM for value in position):
            wrong = "ImagePositionPatient"
        if wrong:
            raise Refused("IMPOSSIBLE_GEOMETRY", keyword=wrong, instance=header.InstanceNumber)


def _all(slices: Sequence[InstanceHeader], code: str, fails: Callable[[InstanceHeader], bool]) -> None:
    count = sum(fails(header) for header in slices)
    if count:
        raise Refused(code, count=count, total=len(slices))
