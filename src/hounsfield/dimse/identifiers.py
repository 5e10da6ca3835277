"""Data sets that are questions and answers: small, decoded by pydicom, whatever is wrong with their values."""

from collections.abc import Iterable
from io import BytesIO
from typing import Any

from pydicom import DataElement, Dataset, config
from pydicom.charset import convert_encodings
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pynetdicom import dsutils

from hounsfield.dicom.quiet import quiet_pydicom
from hounsfield.dicom.syntaxes import EXPLICIT_BE, IMPLICIT_LE

UTF_8 = "ISO_IR 192"
Keys = dict[str, Any]
"""keyword → the texts that were asked for, or for a sequence the keys of its item"""


class UnreadableIdentifier(Exception):
    """A data set that cannot be read."""


def decode(data: bytes | bytearray, syntax: str) -> Dataset:
    """Read a data set.

    Raises
    ------
    UnreadableIdentifier
        It is broken.
    """
    try:
        with quiet_pydicom():
            found = dsutils.decode(BytesIO(data), syntax == IMPLICIT_LE, syntax != EXPLICIT_BE)
            for element in found.iterall():  # values are decoded when they are asked for
                _ = element.value
    except Exception as error:  # pydicom raises nearly anything on broken input; all of it means the same
        raise UnreadableIdentifier from error
    return found


def encode(found: Dataset, syntax: str) -> bytes:
    with quiet_pydicom():
        data = dsutils.encode(found, syntax == IMPLICIT_LE, syntax != EXPLICIT_BE)
    if data is None:
        raise ValueError("an answer that cannot be encoded")
    return data


def keys_of(found: Dataset) -> Keys:
    """Return what is asked for, as texts; private and group length elements are left out."""
    keys: Keys = {}
    for element in found:
        if not element.keyword or element.keyword == "SpecificCharacterSet":
            continue
        if element.VR == "SQ":
            keys[element.keyword] = keys_of(element.value[0]) if element.value else {}
        else:
            keys[element.keyword] = texts(element.value)
    return keys


def texts(value: Any) -> list[str]:
    """Return the values of an element as texts, without those that are empty."""
    if value is None:
        return []
    values: Iterable[Any] = value if isinstance(value, (MultiValue, list, tuple)) else [value]
    return [text for each in values if (text := str(each).strip(" \0"))]


def dataset(values: dict[str, Any], *, character_set: str | list[str] | None = None) -> Dataset:
    """Return a data set of values by keyword; a list of dicts is a sequence.

    `character_set` is what the reader would like; it is used where it can say everything, and where all is ASCII none is.
    """
    made = _dataset(values)
    if any(not text.isascii() for text in _all_texts(values)):
        chosen = character_set if character_set and _can_say(character_set, values) else UTF_8
        made.SpecificCharacterSet = chosen
    return made


def _dataset(values: dict[str, Any]) -> Dataset:
    made = Dataset()
    for keyword, value in values.items():
        tag = tag_for_keyword(keyword)
        assert tag is not None, keyword
        vr = dictionary_VR(tag).split(" ")[0]
        if vr == "SQ":
            value = Sequence([_dataset(item) for item in value or []])
        made.add(DataElement(tag, vr, value, validation_mode=config.IGNORE))
    return made


def _all_texts(values: dict[str, Any]) -> Iterable[str]:
    for value in values.values():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                yield from _all_texts(each)
            elif isinstance(each, str):
                yield each


def _can_say(character_set: str | list[str], values: dict[str, Any]) -> bool:
    with quiet_pydicom():
        codecs = convert_encodings(character_set)
    if len(codecs) != 1:  # code extensions: UTF-8 is the safer answer
        return False
    try:
        for text in _all_texts(values):
            text.encode(codecs[0])
    except (UnicodeEncodeError, LookupError):
        return False
    return True
