"""A query as it was written, and the attributes that it may ask for (PS3.18 §10.6, tables 10.6.1-2 to -5)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import Request
from pydicom.datadict import dictionary_VR, tag_for_keyword

from hounsfield.dicomweb.errors import BadQuery
from hounsfield.imaging.models import Instance, Series, Study
from hounsfield.patients.models import Patient

ALL: Final = "all"
MODALITIES_IN_STUDY: Final = "00080061"
_CONTROL: Final = frozenset({"limit", "offset", "includefield", "fuzzymatching", "accept", "charset"})
# what a query can be narrowed by: way → column, VR
STUDY_KEYS: Final[dict[str, tuple[Any, str]]] = {
    "00080020": (Study.study_date, "DA"),
    "00080030": (Study.study_time, "TM"),
    "00080050": (Study.accession_number, "SH"),
    "00080090": (Study.referring_physician, "PN"),
    "00081030": (Study.description, "LO"),
    "00100010": (Patient.name, "PN"),
    "00100020": (Patient.mrn, "LO"),
    "00100021": (Patient.issuer, "LO"),
    "00100030": (Patient.birth_date, "DA"),
    "00100040": (Patient.sex, "CS"),
    "0020000D": (Study.study_uid, "UI"),
    "00200010": (Study.study_code, "SH"),
    MODALITIES_IN_STUDY: (Series.modality, "CS"),
}
PATIENT_KEYS: Final = frozenset(tag for tag in STUDY_KEYS if tag.startswith("0010"))
SERIES_KEYS: Final[dict[str, tuple[Any, str]]] = {
    "00080060": (Series.modality, "CS"),
    "0008103E": (Series.description, "LO"),
    "00180015": (Series.body_part, "CS"),
    "0020000E": (Series.series_uid, "UI"),
    "00200011": (Series.number, "IS"),
    "00400244": (Series.performed_date, "DA"),
    "00400245": (Series.performed_time, "TM"),
    "00400275.00400009": (Series.step_code, "SH"),
    "00400275.00401001": (Series.procedure_code, "SH"),
}
INSTANCE_KEYS: Final[dict[str, tuple[Any, str]]] = {
    "00080016": (Instance.sop_class_uid, "UI"),
    "00080018": (Instance.sop_uid, "UI"),
    "00200013": (Instance.number, "IS"),
}


@dataclass
class Query:
    """What is asked: values to match by the way of their attribute, attributes to return, which part of the results."""

    matches: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    include: set[str] = field(default_factory=set)
    limit: int | None = None
    offset: int = 0
    fuzzy: bool = False

    @property
    def wants_more(self) -> bool:
        return bool(self.include)


def read(request: Request, supported: Iterable[str]) -> Query:
    """Read the parameters of a request.

    Raises
    ------
    BadQuery
        A name that is no attribute, or a number or flag that is none.
    """
    query, known = Query(), frozenset(supported)
    for name, value in request.query_params.multi_items():
        if name in _CONTROL:
            _control(query, name, value)
            continue
        way = way_of(name)
        if way in known:
            earlier = query.matches.get(way)
            query.matches[way] = f"{earlier},{value}" if earlier else value
        elif value.strip() not in ("", "*"):
            query.ignored.append(name)
        if way.split(".")[0] not in query.matches:
            query.include.add(way.split(".")[0])  # what was asked about is answered about
    return query


def _control(query: Query, name: str, value: str) -> None:
    if name in ("limit", "offset"):
        if not (value.isascii() and value.isdigit() and len(value) < 10):
            raise BadQuery(reason=f"{name} is no number")
        if name == "limit":
            query.limit = int(value)
        else:
            query.offset = int(value)
    elif name == "fuzzymatching":
        if value.lower() not in ("true", "false"):
            raise BadQuery(reason="fuzzymatching is true or false")
        query.fuzzy = value.lower() == "true"
    elif name == "includefield":
        for wish in filter(None, (part.strip() for part in value.split(","))):
            query.include.add(ALL if wish.lower() == ALL else way_of(wish))


def way_of(name: str) -> str:
    """Return tags joined with dots for an attribute given by tag or keyword, or by a way into a sequence.

    Raises
    ------
    BadQuery
        It names no attribute.
    """
    return ".".join(_tag(step) for step in name.split("."))


def _tag(text: str) -> str:
    if len(text) == 8 and all(digit in "0123456789abcdefABCDEF" for digit in text):
        return text.upper()
    tag = tag_for_keyword(text)
    if tag is None:
        raise BadQuery(reason=f"{text[:64]!r} is no attribute")
    return f"{tag:08X}"


def vr_of(tag: str) -> str:
    """Return the VR of an attribute of the standard, UN of others."""
    try:
        return dictionary_VR(int(tag, 16))
    except KeyError:
        return "UN"
