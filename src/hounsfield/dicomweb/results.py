"""From rows to the attributes that a query answers with, as DICOM JSON."""

from collections.abc import Iterable, Mapping
from typing import Any

from hounsfield.dicom.json_model import Json
from hounsfield.dicomweb.query import ALL, vr_of
from hounsfield.imaging.levels import SERIES_ATTRIBUTES, STUDY_ATTRIBUTES

ONLINE = {"vr": "CS", "Value": ["ONLINE"]}


def element(vr: str, *values: Any) -> Json:
    """Return an element, without values where there are none (empty, not absent)."""
    kept = [value for value in values if value not in (None, "")]
    if vr == "PN":
        return {"vr": vr, "Value": [_name(str(value)) for value in kept]} if kept else {"vr": vr}
    return {"vr": vr, "Value": kept} if kept else {"vr": vr}


def _name(text: str) -> Json:
    groups = zip(("Alphabetic", "Ideographic", "Phonetic"), text.split("="), strict=False)
    return {group: value for group, value in groups if value}


def study(row: Any, base: str) -> Json:
    """Return what is answered of every study (table 10.6.3-3); `row` is one of `searches.studies`."""
    unknown = row.mrn.startswith("?")
    return {
        "00080005": element("CS", "ISO_IR 192"),
        "00080020": element("DA", row.study_date),
        "00080030": element("TM", row.study_time),
        "00080050": element("SH", row.accession_number),
        "00080056": ONLINE,
        "00080061": element("CS", *row.modalities),
        "00080090": element("PN", row.referring_physician),
        "00081030": element("LO", row.study_description),
        "00081190": element("UR", f"{base}/studies/{row.study_uid}"),
        "00100010": element("PN", row.patient_name),
        "00100020": element("LO", None if unknown else row.mrn),
        **({"00100021": element("LO", row.issuer)} if row.issuer else {}),
        "00100030": element("DA", row.birth_date),
        "00100040": element("CS", row.sex),
        "0020000D": element("UI", row.study_uid),
        "00200010": element("SH", row.study_code),
        "00201206": element("IS", row.series_count),
        "00201208": element("IS", row.study_instance_count),
    }


def series(row: Any, base: str) -> Json:
    """Return what is answered of every series (table 10.6.3-4)."""
    found = {
        "00080005": element("CS", "ISO_IR 192"),
        "00080056": ONLINE,
        "00080060": element("CS", row.modality),
        "0008103E": element("LO", row.description),
        "00081190": element("UR", f"{base}/studies/{row.study_uid}/series/{row.series_uid}"),
        "00180015": element("CS", row.body_part),
        "0020000D": element("UI", row.study_uid),
        "0020000E": element("UI", row.series_uid),
        "00200011": element("IS", row.number),
        "00201209": element("IS", row.instance_count),
    }
    if row.performed_date:
        found["00400244"] = element("DA", row.performed_date)
        found["00400245"] = element("TM", row.performed_time)
    if row.step_code or row.procedure_code:
        request = {"00400009": element("SH", row.step_code), "00401001": element("SH", row.procedure_code)}
        found["00400275"] = {"vr": "SQ", "Value": [request]}
    return found


def instance(row: Any, base: str) -> Json:
    """Return what is answered of every instance (table 10.6.3-5)."""
    place = f"{base}/studies/{row.study_uid}/series/{row.series_uid}/instances/{row.sop_uid}"
    found = {
        "00080005": element("CS", "ISO_IR 192"),
        "00080016": element("UI", row.sop_class_uid),
        "00080018": element("UI", row.sop_uid),
        "00080056": ONLINE,
        "00081190": element("UR", place),
        "0020000D": element("UI", row.study_uid),
        "0020000E": element("UI", row.series_uid),
        "00200013": element("IS", row.number),
        "00083002": element("UI", row.transfer_syntax_uid),
    }
    for tag, keyword in (("00280010", "Rows"), ("00280011", "Columns"), ("00280100", "BitsAllocated")):
        if row.header.get(keyword) is not None:
            found[tag] = element("US", row.header[keyword])
    if row.header.get("NumberOfFrames") is not None:
        found["00280008"] = element("IS", row.header["NumberOfFrames"])
    return found


def complete(
    found: Json, known: Mapping[str, Any], include: Iterable[str], level: frozenset[str] | None
) -> None:
    """Add to an answer what else is wanted and known; `level` limits what `all` means."""
    wishes = set(include)
    for tag, value in known.items():
        wanted = tag in wishes or (ALL in wishes and (level is None or tag in level))
        if wanted and tag not in found and (level is None or tag in level):
            found[tag] = value
    for wish in wishes - {ALL}:
        tag = wish.split(".")[0]
        if tag not in found and (level is None or tag in level):
            found[tag] = {"vr": vr_of(tag)}


STUDY_LEVEL, SERIES_LEVEL = STUDY_ATTRIBUTES, SERIES_ATTRIBUTES
