"""From the bytes of a data element to a Python value, or None where they are not what the VR allows (PS3.5 §6.2)."""

import codecs
import math
import re
from collections.abc import Sequence
from datetime import date

from pydicom import charset as pydicom_charset

from hounsfield.dicom.quiet import quiet_pydicom

_UID = re.compile(r"[0-9]+(\.[0-9]+)+")
_TIME = re.compile(r"([01]\d|2[0-3])([0-5]\d([0-5]\d|60(?=$|\.))?(\.\d{1,6})?)?")
_INTEGER = re.compile(r"[+-]?\d{1,12}(\.0*)?")
_LARGEST = 1e12  # no length, time or count in an image header is near it
_PADDING = " \0\t\r\n"
_LONGEST_TEXT = 256  # characters; a person name in three groups has at most 194
_LONGEST_CODE = 64  # a UID; codes have 16

# Character sets without code extensions, in which text decodes in one step. The rest goes through pydicom.
_SINGLE = {
    "ISO_IR 192": "utf-8",
    "GB18030": "gb18030",
    "GBK": "gb18030",
    "ISO_IR 100": "latin-1",
    "ISO_IR 101": "iso8859-2",
    "ISO_IR 144": "iso8859-5",
}
_DELIMITERS = {0x0A, 0x0C, 0x0D, 0x09, 0x5C, 0x5E, 0x3D}  # each ends an escape sequence: PS3.5 §6.1.2.5.3
_HANZI = re.compile(rb"[\xb0-\xf7][\xa1-\xfe]")  # in GB2312; in Latin-1, two accented letters in a row


def text(raw: bytes, charsets: Sequence[str] = ()) -> str | None:
    """Decode text; None when empty or longer than any VR of a name, number or description allows.

    Bytes outside ASCII without a declared character set are common in files from Chinese sites: they are read as UTF-8
    or GB18030 where they look like it, else as Latin-1, so that no name is lost.
    """
    if len(raw) > 8 * _LONGEST_TEXT:
        return None
    decoded = raw.decode("ascii") if raw.isascii() and b"\x1b" not in raw else _decode(raw, charsets)
    value = decoded.strip(_PADDING).replace("\0", "")
    return value if 0 < len(value) <= _LONGEST_TEXT else None


def _decode(raw: bytes, charsets: Sequence[str]) -> str:
    if len(charsets) == 1 and charsets[0] in _SINGLE:
        return raw.decode(_SINGLE[charsets[0]], errors="replace")
    known = [name for name in charsets if name in pydicom_charset.python_encoding]
    if any(name not in ("", "ISO_IR 6") for name in known):
        encodings = [pydicom_charset.python_encoding[name] for name in known]
        try:
            with quiet_pydicom():
                return pydicom_charset.decode_bytes(raw, encodings, _DELIMITERS)
        except (UnicodeError, LookupError):
            return raw.decode("latin-1")
    for encoding in ("utf-8", "gb18030") if _HANZI.search(raw) else ("utf-8",):
        try:
            return codecs.decode(raw, encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def ascii_text(raw: bytes) -> str | None:
    """Decode a code, number or UID; None when it is empty or holds anything but ASCII text."""
    if not raw.isascii() or len(raw) > 16 * _LONGEST_CODE:
        return None
    value = raw.decode("ascii").strip(_PADDING)
    return value if value and "\0" not in value else None


def uid(raw: bytes) -> str | None:
    """Return a UID of at most 64 characters (PS3.5 §9.1); leading zeros of a component are tolerated."""
    value = ascii_text(raw)
    return value if value and len(value) <= _LONGEST_CODE and _UID.fullmatch(value) else None


def code(raw: bytes) -> str | None:
    """Return one code string."""
    value = ascii_text(raw)
    return value if value and len(value) <= _LONGEST_CODE else None


def codes(raw: bytes) -> tuple[str, ...] | None:
    """Return the values of a multi-valued code string."""
    value = ascii_text(raw)
    return tuple(part.strip(_PADDING) for part in value.split("\\")) if value else None


def day(raw: bytes) -> str | None:
    """Return a date as YYYYMMDD; the old form YYYY.MM.DD is read too."""
    value = (ascii_text(raw) or "").replace(".", "")
    if len(value) != 8 or not value.isdigit():
        return None
    try:
        date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        return None
    return value


def time(raw: bytes) -> str | None:
    """Return a time as HH[MM[SS[.F…]]]; the old form HH:MM:SS is read too."""
    value = (ascii_text(raw) or "").replace(":", "")
    return value if _TIME.fullmatch(value) else None


def decimals(raw: bytes) -> tuple[float, ...] | None:
    """Return the values of a decimal string; None when any is no number, infinite or absurd."""
    value = ascii_text(raw)
    if not value or "_" in value:
        return None
    try:
        numbers = tuple(float(part) for part in value.split("\\"))
    except ValueError:
        return None
    return numbers if all(math.isfinite(n) and abs(n) < _LARGEST for n in numbers) else None


def decimal(raw: bytes) -> float | None:
    """Return the first value of a decimal string."""
    numbers = decimals(raw)
    return numbers[0] if numbers else None


def integer(raw: bytes) -> int | None:
    """Return an integer string; `12.0`, which some devices write, is 12."""
    value = ascii_text(raw)
    return int(value.partition(".")[0]) if value and _INTEGER.fullmatch(value) else None


def unsigned(raw: bytes) -> int | None:
    """Return an unsigned 16-bit integer, little endian."""
    return int.from_bytes(raw, "little") if len(raw) == 2 else None
