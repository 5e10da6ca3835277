"""Attribute matching (PS3.4 §C.2.2.2): the same rules as conditions for the database and for values at hand."""

import re
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_
from sqlalchemy.orm import InstrumentedAttribute

_RANGES = frozenset({"DA", "TM", "DT"})
_WITHOUT_WILDCARDS = frozenset({"UI", "IS", "DS", "US", "UL", "SS", "SL", "FL", "FD"}) | _RANGES
_LAST = {"TM": "235959.999999", "DT": "99991231235959.999999", "DA": "99991231"}
_FIRST_YEAR = {"DA": "00000101", "TM": "000000", "DT": "0000"}


def condition(
    column: InstrumentedAttribute[Any] | ColumnElement[Any], vr: str, values: list[str]
) -> ColumnElement[bool] | None:
    """Return what a column must be, or None where anything will do."""
    wanted = [value for value in values if not _anything(vr, value)]
    if len(wanted) < len(values) or not wanted:
        return None
    return or_(*(_one(column, vr, value) for value in wanted))


def _anything(vr: str, value: str) -> bool:
    return not value or (vr not in _WITHOUT_WILDCARDS and not value.strip("*"))


def _one(column: InstrumentedAttribute[Any] | ColumnElement[Any], vr: str, value: str) -> ColumnElement[bool]:
    if vr in _RANGES:
        first, last = bounds(vr, value)
        return and_(column >= first, column <= last)
    if vr in ("IS", "US", "UL"):
        return column == int(value) if re.fullmatch(r"[+-]?\d{1,18}", value) else false()
    if vr == "PN":
        return column.ilike(_pattern(value.rstrip("^")), escape="\\")
    if vr not in _WITHOUT_WILDCARDS and re.search(r"[*?]", value):
        return column.like(_pattern(value), escape="\\")
    return column == value


def _pattern(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return escaped.replace("*", "%").replace("?", "_")


def bounds(vr: str, value: str) -> tuple[str, str]:
    """Return the first and the last value of a range, both included; a value of less precision is a range too."""
    if vr == "TM":
        value = value.replace(":", "")
    elif vr == "DA":
        value = value.replace(".", "")
    first, dash, last = value.partition("-")
    first, last = first.strip(), last.strip() if dash else first.strip()
    return first or _FIRST_YEAR[vr], last + _LAST[vr][len(last) :]


def matches(vr: str, wanted: list[str], actual: list[str]) -> bool:
    """Tell whether any of the values that an attribute has is one of those that are wanted."""
    wanted = [value for value in wanted if not _anything(vr, value)]
    return not wanted or any(_matches_one(vr, value, each) for value in wanted for each in actual)


def _matches_one(vr: str, value: str, actual: str) -> bool:
    if vr in _RANGES:
        first, last = bounds(vr, value)
        return first <= actual <= last
    if vr in ("IS", "US", "UL", "DS"):
        try:
            return float(value) == float(actual)
        except ValueError:
            return False
    if vr in _WITHOUT_WILDCARDS:
        return value == actual
    flags = re.DOTALL | (re.IGNORECASE if vr == "PN" else 0)
    if vr == "PN":
        value, actual = value.rstrip("^"), actual.rstrip("^")
    parts = ({"*": ".*", "?": "."}.get(letter) or re.escape(letter) for letter in value)
    return re.fullmatch("".join(parts), actual, flags) is not None
