"""De-identification (PS3.15 annex E): the Basic Profile, and the options that keep or clean more.

Beyond the table, what is not in the dictionary goes, and names and numbers that identify the person are removed from
every text that may stay.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from io import BytesIO
from typing import Final

from pydicom import DataElement, Dataset, dcmread, dcmwrite
from pydicom.datadict import dictionary_has_tag
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.errors import InvalidDicomError
from pydicom.uid import UID

from hounsfield.dicom.blanking import Region, blank
from hounsfield.dicom.confidentiality import BASIC_PROFILE, CODES, Option, is_safe_private, table
from hounsfield.dicom.descriptors import cleaned
from hounsfield.dicom.dummies import dummy, dummy_content, dummy_item
from hounsfield.dicom.errors import NotDeidentifiable
from hounsfield.dicom.identities import Sweep, elements_of, identities
from hounsfield.dicom.pseudonyms import Pseudonyms, shifted
from hounsfield.dicom.quiet import quiet_pydicom
from hounsfield.dicom.syntaxes import EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE
from hounsfield.dicom.writer import IMPLEMENTATION_CLASS_UID

_METHOD: Final = "Hounsfield, DICOM PS3.15 2026c, Annex E"
_DATES: Final = frozenset({"DA", "TM", "DT"})
_TEXTS: Final = frozenset({"LO", "SH", "ST", "LT", "UT", "UC"})
# they name kinds of things and vocabularies
_NAMING_UIDS: Final = frozenset(
    {
        "SOPClassUID", "ReferencedSOPClassUID", "ReferencedSOPClassUIDInFile", "CodingSchemeUID", "MappingResourceUID",
        "ContextUID", "ContextGroupExtensionCreatorUID", "RelatedGeneralSOPClassUID", "OriginalSpecializedSOPClassUID",
        "SOPClassesInStudy", "SOPClassesSupported", "MIMETypeOfEncapsulatedDocument",
    }
)  # fmt: skip
_CONTENT: Final = 0x0040A730
_PIXELS: Final = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
_AGED: Final = "090Y"


@dataclass(frozen=True)
class Profile:
    """How one project de-identifies."""

    pseudonyms: Pseudonyms
    options: frozenset[Option] = frozenset()
    regions: tuple[Region, ...] = field(default=())


def deidentify(data: bytes, profile: Profile) -> bytes:
    """Return an instance without identity, as the bytes of a PS3.10 file; the same input gives the same output.

    Raises
    ------
    NotDeidentifiable
        NOT_DICOM: it cannot be read. BURNED_IN_ANNOTATION: it says that identities are written in the image, and no
        region of the profile fits it. ENCAPSULATED_DOCUMENT: nobody can clean what is in it. PIXELS_UNREADABLE.
    """
    with quiet_pydicom():
        try:
            ds = dcmread(BytesIO(data), force=True)
            ds.decode()
        except (InvalidDicomError, AttributeError, EOFError, LookupError, TypeError, ValueError) as error:
            raise NotDeidentifiable("UNREADABLE_DICOM") from error
        _check(ds)
        _One(ds, profile).clean()
        return _written(ds)


def _check(ds: FileDataset) -> None:
    """Refuse what cannot be cleaned, and complete what identifies the instance where its file leaves it out."""
    meta = ds.file_meta
    for keyword in ("SOPClassUID", "SOPInstanceUID"):
        if not ds.get(keyword) and meta.get(f"MediaStorage{keyword}"):
            setattr(ds, keyword, meta[f"MediaStorage{keyword}"].value)
        if not ds.get(keyword):
            raise NotDeidentifiable("MISSING_UID", keyword=keyword)
    if not meta.get("TransferSyntaxUID"):
        implicit, little = ds.original_encoding
        meta.TransferSyntaxUID = UID(IMPLICIT_LE if implicit else EXPLICIT_LE if little else EXPLICIT_BE)
    if "EncapsulatedDocument" in ds:
        raise NotDeidentifiable("ENCAPSULATED_DOCUMENT")


class _One:
    """The cleaning of one data set."""

    def __init__(self, ds: FileDataset, profile: Profile) -> None:
        self._ds, self._profile, self._options = ds, profile, profile.options
        self._pseudonyms = profile.pseudonyms
        # whoever has no record number is known by the study
        issuer, number = (str(ds.get(word) or "").strip() for word in ("IssuerOfPatientID", "PatientID"))
        self._identity = f"{issuer}\0{number}" if number else f"study\0{ds.get('StudyInstanceUID', '')}"
        self._days = self._pseudonyms.days(self._identity)
        kept: set[str] = set()
        if Option.INSTITUTION in self._options:
            kept |= {"InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName"}
        if Option.DEVICE in self._options:
            kept |= {"DeviceSerialNumber", "StationName"}
        uids = () if Option.UIDS in self._options else self._uids()
        self._sweep = Sweep(identities(ds, frozenset(kept)) | frozenset(uids))

    def _uids(self) -> set[str]:
        found = (
            str(uid) for element in elements_of(self._ds) if element.VR == "UI" for uid in _many(element)
        )
        return {uid for uid in found if self._pseudonyms.uid(uid) != uid and len(uid) > 8}

    def clean(self) -> None:
        ds = self._ds
        blanked = Option.PIXELS in self._options and blank(ds, self._profile.regions)
        if ds.get("BurnedInAnnotation") == "YES" and not blanked:
            raise NotDeidentifiable("BURNED_IN_ANNOTATION")
        self._items(ds)
        if blanked:
            ds.BurnedInAnnotation = "NO"
        alias = self._pseudonyms.patient(self._identity)
        ds.PatientID, ds.PatientName = alias, alias
        _mark(ds, self._options, blanked=bool(blanked))

    def _items(self, ds: Dataset) -> None:
        for tag in list(ds.keys()):
            element = ds[tag]
            if not self._stays(ds, element):
                del ds[tag]
            elif element.tag.is_private:
                self._nested(element)
                self._sweep.element(element)
            else:
                self._one(ds, element)

    def _stays(self, ds: Dataset, element: DataElement) -> bool:
        tag = element.tag
        if tag.is_private_creator:
            return any(self._safe(ds, other) for other in list(ds.keys()) if other.group == tag.group)
        if tag.is_private:
            return self._safe(ds, tag)
        if tag.element == 0 or 0x5000 <= tag.group < 0x5100 or 0x6000 <= tag.group < 0x6100:
            return False
        return dictionary_has_tag(tag) and element.VR != "UN"

    def _safe(self, ds: Dataset, tag: int) -> bool:
        if Option.SAFE_PRIVATE not in self._options:
            return False
        group, element = tag >> 16, tag & 0xFFFF
        creator = ds.get((group, element >> 8)) if element > 0xFF else None
        return creator is not None and is_safe_private(str(creator.value), group, element)

    def _one(self, ds: Dataset, element: DataElement) -> None:
        rule = table().get(int(element.tag))
        action = rule.action(self._options) if rule else self._unlisted(element)
        if element.VR in _DATES and action == "K":
            action = "C"  # a device's dates tell when the patient's were
        if element.VR == "SQ":
            self._sequence(ds, element, action)
        elif element.VR == "UI":
            self._uid(ds, element, action)
        elif action == "C":
            self._cleaned(ds, element, rule.basic if rule else "X")
        elif action != "K":
            _replace(ds, element, action)
        elif int(element.tag) not in _PIXELS:
            self._sweep.element(element)
            _cap_age(element)

    def _unlisted(self, element: DataElement) -> str:
        """Say what becomes of an attribute that the table does not name."""
        if element.VR in ("DA", "DT"):
            return "C" if Option.DATES in self._options else "Z"
        return "Z" if element.VR == "PN" else "K"

    def _uid(self, ds: Dataset, element: DataElement, action: str) -> None:
        if Option.UIDS in self._options or element.keyword in _NAMING_UIDS:
            return
        if action.startswith("X"):
            del ds[element.tag]
        elif not element.is_empty:
            new = [self._pseudonyms.uid(str(uid)) for uid in _many(element)]
            element.value = new if len(new) > 1 else new[0]

    def _sequence(self, ds: Dataset, element: DataElement, action: str) -> None:
        if "U" in action or action in ("K", "C"):
            self._nested(element)
        elif action == "Z" or ("Z" in action and _wants_empty(ds, element.keyword)):
            element.value = []
        elif "X" in action or element.keyword == "GraphicAnnotationSequence":
            del ds[element.tag]  # shapes and texts over an image: clean graphics is not offered
        elif not element.is_empty:
            element.value = [dummy_content() if element.tag == _CONTENT else dummy_item(element.value[0])]

    def _nested(self, element: DataElement) -> None:
        if element.VR == "SQ":
            for item in element.value or ():
                self._items(item)

    def _cleaned(self, ds: Dataset, element: DataElement, basic: str) -> None:
        if element.is_empty:
            return
        if element.VR == "TM" or element.keyword == "TimezoneOffsetFromUTC":
            return  # the time of day stays, days move
        if element.VR in _DATES:
            moved = [shifted(str(value), self._days) for value in _many(element)]
            if None in moved:
                _replace(ds, element, basic)
            else:
                element.value = moved if len(moved) > 1 else moved[0]
        elif element.VR in _TEXTS:
            self._sweep.element(element)
            left = [cleaned(str(value)) for value in _many(element)]
            if any(left):
                element.value = left if len(left) > 1 else left[0]
            else:
                _replace(ds, element, basic)
        elif element.VR == "AE":
            self._sweep.element(element)
        else:
            _replace(ds, element, basic)


def _wants_empty(ds: Dataset, keyword: str) -> bool:
    """Tell where a sequence must be there without items; elsewhere one without items is an error."""
    report = "ContentSequence" in ds
    return keyword == "AcquisitionContextSequence" or (
        report and keyword == "ReferencedPerformedProcedureStepSequence"
    )


def _replace(ds: Dataset, element: DataElement, action: str) -> None:
    """Carry out X, Z, D, or of several the one that is valid whatever the type of the attribute is."""
    if "D" in action:
        if not element.is_empty:
            element.value = dummy(element.VR)
    elif "Z" in action:
        element.value = None
    else:
        del ds[element.tag]


def _cap_age(element: DataElement) -> None:
    # whoever is past 89 is rare enough to be found by it
    if element.VR == "AS" and str(element.value)[-1:] == "Y" and str(element.value)[:-1].isdigit():
        element.value = _AGED if int(str(element.value)[:-1]) > 89 else element.value


def _many(element: DataElement) -> list[object]:
    value = element.value
    return [] if value is None else list(value) if element.VM > 1 else [value]


def _mark(ds: Dataset, options: Collection[Option], *, blanked: bool) -> None:
    """Say in the data set what was done to it (PS3.15 E.1.1, PS3.3 C.7.1.1)."""
    done = [option for option in sorted(options) if option is not Option.PIXELS or blanked]
    ds.PatientIdentityRemoved = "YES"
    ds.DeidentificationMethod = _METHOD
    codes = [BASIC_PROFILE, *(CODES[option] for option in done)]
    ds.DeidentificationMethodCodeSequence = [_code(value, meaning) for value, meaning in sorted(codes)]
    ds.LongitudinalTemporalInformationModified = "MODIFIED" if Option.DATES in options else "REMOVED"


def _code(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", meaning
    return item


def _written(ds: FileDataset) -> bytes:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = ds.SOPClassUID
    meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    meta.TransferSyntaxUID = ds.file_meta.TransferSyntaxUID
    meta.ImplementationClassUID = UID(IMPLEMENTATION_CLASS_UID)
    meta.ImplementationVersionName = "HOUNSFIELD"
    ds.file_meta, ds.preamble = meta, b"\0" * 128
    buffer = BytesIO()
    dcmwrite(buffer, ds, enforce_file_format=True)
    return buffer.getvalue()
