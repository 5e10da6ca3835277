"""From the value of a query key to a condition on a column: the matching of PS3.4 C.2.2.2 and PS3.18 §8.3.4."""

import re
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, true

from hounsfield.dicomweb.errors import BadQuery
from hounsfield.patients.names import name_key

Column = Any  # of any table
_DATE = re.compile(r"\d{8}")
_TIME = re.compile(r"\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?")
_LATEST = "235959.999999"
_WORDS = re.compile(r"[\s^=,]+")
_AFTER_ALL = "\U0010ffff"
_MOST_UIDS = 500


def condition(column: Column, vr: str, text: str, *, fuzzy: bool = False) -> ColumnElement[bool] | None:
    """Return what a value asks of a column; None where it matches everything.

    Raises
    ------
    BadQuery
        The value is not one that the VR allows.
    """
    value = text.strip()
    if value in ("", "*"):
        return None
    if vr == "UI":
        return _uids(column, value)
    if vr in ("DA", "TM"):
        return _range(column, vr, value)
    if vr == "IS":
        return _number(column, value)
    if vr == "PN":
        return _fuzzy(column, value) if fuzzy else _name(column, value)
    return or_(*(_text(column, one) for one in _alternatives(value)))


def _alternatives(value: str) -> list[str]:
    return [one.strip() for one in re.split(r"[,\\]", value) if one.strip()] or [value]


def _uids(column: Column, value: str) -> ColumnElement[bool]:
    uids = _alternatives(value)
    if len(uids) > _MOST_UIDS:
        raise BadQuery(reason=f"more than {_MOST_UIDS} UIDs")
    if not all(re.fullmatch(r"[0-9.]{1,64}", uid) for uid in uids):
        return false()  # no UID is like this; nothing can have it
    return column == uids[0] if len(uids) == 1 else column.in_(uids)


def _range(column: Column, vr: str, value: str) -> ColumnElement[bool]:
    pattern = _DATE if vr == "DA" else _TIME
    plain = value.replace(":", "") if vr == "TM" else value
    first, dash, last = plain.partition("-")
    first, last = first.strip(), last.strip()
    if not dash:
        last = first
    if not (first or last) or not all(pattern.fullmatch(end) for end in (first, last) if end):
        raise BadQuery(reason=f"{value!r} is no {'date' if vr == 'DA' else 'time'} or range")
    if vr == "DA" and first == last:
        return column == first
    bounds = []
    if first:
        bounds.append(column >= first)
    if last:
        bounds.append(column <= (last if vr == "DA" else last + _LATEST[len(last) :]))
    return and_(*bounds)


def _number(column: Column, value: str) -> ColumnElement[bool]:
    numbers = _alternatives(value)
    if not all(re.fullmatch(r"[+-]?\d{1,12}", number) for number in numbers):
        raise BadQuery(reason=f"{value!r} is no number")
    return column.in_([int(number) for number in numbers])


def _text(column: Column, value: str) -> ColumnElement[bool]:
    if not _has_wildcard(value):
        return column == value
    return column.like(_pattern(value), escape="\\")


def _name(column: Column, value: str) -> ColumnElement[bool]:
    """Match a person name without regard to case, by any of its component groups."""
    plain = value.rstrip("^")
    if not _has_wildcard(plain):
        ways = [column == value, column.ilike(f"{_escaped(plain)}=%", escape="\\")]
        ways.append(column.ilike(_escaped(plain), escape="\\"))
        if not plain.isascii():
            ways.append(column.like(f"%={_escaped(plain)}%", escape="\\"))
        return or_(*ways)
    pattern = _pattern(plain)
    ways = [column.ilike(pattern, escape="\\")]
    if not pattern.endswith("%"):  # which other groups satisfy as well
        ways.append(column.ilike(f"{pattern}=%", escape="\\"))
    if not plain.isascii():
        ways.append(column.like(f"%={pattern}", escape="\\"))
    return or_(*ways)


def _fuzzy(column: Column, value: str) -> ColumnElement[bool]:
    """Every word of the value begins a word of the name, in any order."""
    words = [word.strip("*?") for word in _WORDS.split(value)]
    wanted = []
    for word in filter(None, words):
        start = _escaped(word)
        patterns = (f"{start}%", f"%^{start}%", f"% {start}%", f"%={start}%")
        wanted.append(or_(*(column.ilike(pattern, escape="\\") for pattern in patterns)))
    return and_(*wanted)


def near(key: Column, value: str) -> ColumnElement[bool]:
    """Return what an index on the key of a name (`patients.names.name_key`) knows of its matches: it keeps them, and others."""
    literal = re.split(r"[*?]", value.strip())[0]
    first = name_key(literal)
    if not literal.isascii():  # an ideographic group may follow another one
        return key.like(f"%{_escaped(first)}%", escape="\\")
    return and_(key >= first, key < first + _AFTER_ALL) if first else true()


def words(key: Column, value: str) -> ColumnElement[bool]:
    """Match as `fuzzy` does, by the key of a name: one pattern a word in place of four."""
    wanted = [word.strip("*?") for word in name_key(value).split()]
    return and_(true(), *(key.like(f"% {_escaped(word)}%", escape="\\") for word in wanted if word))


def _has_wildcard(value: str) -> bool:
    return "*" in value or "?" in value


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _pattern(value: str) -> str:
    return _escaped(value).replace("*", "%").replace("?", "_")
