"""What a data set says about who it is of, and finding it again where nobody expects it."""

import re
from collections.abc import Iterator
from typing import Any, Final

from pydicom import DataElement, Dataset
from pydicom.valuerep import PersonName

from hounsfield.dicom.dummies import REMOVED

# beside every person's name: numbers and places that lead to one
_TELLING: Final = frozenset(
    {
        "PatientID", "OtherPatientIDs", "PatientBirthDate", "PatientAddress", "PatientTelephoneNumbers",
        "PatientTelecomInformation", "AccessionNumber", "AdmissionID", "StudyID", "MedicalRecordLocator", "InsurancePlanIdentification",
        "MilitaryRank", "CountryOfResidence", "RegionOfResidence", "IssuerOfPatientID", "InstitutionName", "InstitutionAddress",
        "InstitutionalDepartmentName", "RequestedProcedureID", "ScheduledProcedureStepID", "PlacerOrderNumberImagingServiceRequest",
        "FillerOrderNumberImagingServiceRequest", "ServiceEpisodeID", "ReferringPhysicianAddress", "ReferringPhysicianTelephoneNumbers",
        "ResponsibleOrganization", "ClinicalTrialSubjectID", "DeviceSerialNumber", "StationName",
    }
)  # fmt: skip
_TEXTS: Final = frozenset({"LO", "SH", "ST", "LT", "UT", "UC", "PN", "AE", "UR"})
_MIN_CODE: Final = 4  # a shorter number in a code string is more likely a code


def elements_of(ds: Dataset) -> Iterator[DataElement]:
    """Yield every element, those of nested items too."""
    for element in ds:
        yield element
        if element.VR == "SQ":
            for item in element.value or ():
                yield from elements_of(item)


def identities(ds: Dataset, kept: frozenset[str]) -> frozenset[str]:
    """Return the words and numbers that lead to a person, in lower case; `kept` are keywords that may stay."""
    found: set[str] = set()
    for element in elements_of(ds):
        if element.VR == "PN":
            for name in _values(element):
                found.update(re.split(r"[\^=\s,.]+", str(name)))
                found.update(group.replace("^", " ").strip() for group in str(name).split("="))
        elif element.keyword in _TELLING and element.keyword not in kept:
            found.update(str(value).strip() for value in _values(element))
    return frozenset(word.casefold() for word in found if _tells(word))


def _tells(word: str) -> bool:
    # a single letter is no name, and one Chinese character is only a family name
    return len(word) >= 2 and word.strip("0") != ""


class Sweep:
    """Removes what `identities` found from texts that no rule of the table speaks of."""

    def __init__(self, found: frozenset[str]) -> None:
        # the longest first, so that a full name goes as a whole; short ones only as words of their own
        parts = [_pattern(word) for word in sorted(found, key=lambda word: (-len(word), word))]
        self._any = re.compile("|".join(parts), re.IGNORECASE) if parts else None
        self._numbers = frozenset(
            word for word in found if len(word) >= _MIN_CODE and any(char.isdigit() for char in word)
        )

    def element(self, element: DataElement) -> None:
        """Remove identities from an element's value, whose VR is one of text."""
        if self._any is None or element.is_empty or element.keyword == "CodingSchemeDesignator":
            return
        if element.VR in _TEXTS:
            values = [str(value) for value in _values(element)]
            swept = [self._any.sub("", value).strip() for value in values]
            swept = [new or (REMOVED if old else "") for new, old in zip(swept, values, strict=True)]
            if swept != values:
                element.value = swept if len(swept) > 1 else swept[0]
        elif element.VR == "CS":
            values = [str(value) for value in _values(element)]
            kept = [value for value in values if not any(n in value.casefold() for n in self._numbers)]
            if kept != values:
                element.value = kept


def _pattern(word: str) -> str:
    escaped = re.escape(word)
    whole = len(word) < _MIN_CODE and word.isascii()
    return rf"(?<!\w){escaped}(?!\w)" if whole else escaped


def _values(element: DataElement) -> list[Any]:
    value = element.value
    if value is None or isinstance(value, bytes):
        return []
    if isinstance(value, (str, PersonName)):
        return [value]
    return list(value) if hasattr(value, "__iter__") else [value]
