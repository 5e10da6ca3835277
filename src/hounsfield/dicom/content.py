"""Content trees of structured reports read without trust: whatever is missing or of another shape is just not there."""

import contextlib
import math
import struct
import zlib
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any, BinaryIO, Final

from pydicom import Dataset, dcmread
from pydicom.errors import BytesLengthException, InvalidDicomError

from hounsfield.dicom import codes
from hounsfield.dicom.codes import Concept
from hounsfield.dicom.errors import InvalidObject
from hounsfield.dicom.quiet import quiet_pydicom

MAX_DEPTH: Final = 32
MAX_ITEMS: Final = 200_000
# what pydicom raises on values that are not what their VR says: the readers of this room turn it into one refusal
BROKEN: Final = (
    ArithmeticError, AttributeError, BytesLengthException, EOFError, LookupError, MemoryError, NotImplementedError,
    OSError, RecursionError, struct.error, TypeError, ValueError, zlib.error,
)  # fmt: skip


def parsed_without_pixels(file: BinaryIO) -> Dataset:
    """Return the data set of a file but for its pixels; use inside `reading`."""
    return dcmread(file, stop_before_pixels=True)


@contextlib.contextmanager
def reading() -> Iterator[None]:
    """Refuse, inside the block, an object whose elements are not what the standard prescribes."""
    try:
        with quiet_pydicom():
            yield
    except (InvalidDicomError, *BROKEN) as error:
        raise InvalidObject("OBJECT_UNREADABLE", detail=type(error).__name__) from error


def parsed(data: bytes) -> Dataset:
    """Return the data set of a file, every element of it decoded; use inside `reading`."""
    return dcmread(BytesIO(data))


def items(of: Any, depth: int = 0) -> Iterator[Dataset]:
    """Return every content item below one, each before its own children."""
    if depth > MAX_DEPTH:
        raise InvalidObject("OBJECT_UNREADABLE", detail="nested too deep")
    for item in of.get("ContentSequence") or ():
        yield item
        yield from items(item, depth + 1)


def children(of: Dataset) -> list[Dataset]:
    return list(of.get("ContentSequence") or ())


def key(item: Any) -> tuple[str, str]:
    """Return value and scheme of a code, that of its successor where it is an older one."""
    value = item.get("CodeValue") or item.get("LongCodeValue") or item.get("URNCodeValue") or ""
    return codes.modern(str(value), str(item.get("CodingSchemeDesignator") or ""))


def first(sequence: Any) -> Any | None:
    return sequence[0] if sequence else None


def name_of(item: Dataset) -> tuple[str, str]:
    """Return the code of an item's concept name."""
    named = first(item.get("ConceptNameCodeSequence"))
    return key(named) if named is not None else ("", "")


def find(among: Iterable[Dataset], concept: Concept) -> Dataset | None:
    """Return the first item with this concept name."""
    return next((item for item in among if name_of(item) == concept.key), None)


def text_of(item: Dataset | None) -> str:
    """Return what an item says in words: its text, UID, person, code or date."""
    if item is None:
        return ""
    for keyword in ("TextValue", "UID", "PersonName", "DateTime", "Date"):
        if item.get(keyword):
            return str(item.get(keyword))
    coded = first(item.get("ConceptCodeSequence"))
    return str(coded.get("CodeMeaning") or "") if coded is not None else ""


def number(value: Any) -> float | None:
    """Return a finite number, or None."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None
