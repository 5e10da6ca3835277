"""Values that stand where one must be, and say nothing."""

from typing import Any, Final

from pydicom import Dataset

REMOVED: Final = "REMOVED"
_BY_VR: Final[dict[str, Any]] = {
    "AS": "000D",
    "DA": "19000101",
    "DT": "19000101000000",
    "TM": "000000",
    "DS": "0",
    "IS": "0",
    "AT": 0,
    "FL": 0.0,
    "FD": 0.0,
    "SL": 0,
    "SS": 0,
    "SV": 0,
    "UL": 0,
    "US": 0,
    "UV": 0,
    "OB": b"\0\0",
    "OW": b"\0\0",
    "OD": b"\0" * 8,
    "OF": b"\0" * 4,
    "OL": b"\0" * 4,
    "OV": b"\0" * 8,
    "UN": b"\0\0",
    "UR": "urn:removed",
    "UI": "2.25.0",
}


def dummy(vr: str) -> Any:
    """Return a value that a VR allows."""
    return _BY_VR.get(vr, REMOVED)


def dummy_item(item: Dataset) -> Dataset:
    """Return an item with the attributes of another, and nothing of what it says."""
    empty = Dataset()
    for element in item:
        if element.tag.is_private:
            continue
        if element.VR == "SQ":
            empty.add_new(element.tag, "SQ", [dummy_item(inner) for inner in element.value[:1]])
        else:
            empty.add_new(element.tag, element.VR, dummy(element.VR))
    return empty


def dummy_content() -> Dataset:
    """Return the one line of a structured report whose content was removed."""
    name = Dataset()
    name.CodeValue, name.CodingSchemeDesignator, name.CodeMeaning = "121106", "DCM", "Comment"
    item = Dataset()
    item.RelationshipType, item.ValueType, item.TextValue = "CONTAINS", "TEXT", REMOVED
    item.ConceptNameCodeSequence = [name]
    return item
