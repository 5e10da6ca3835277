"""Media types of pixel data (PS3.18 tables 8.7.3-2 to 8.7.3-6), and what a client gets of an instance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hounsfield.dicom.pixels import ENCODERS, NATIVE, can_decode
from hounsfield.dicom.syntaxes import EXPLICIT_LE, IMPLICIT_LE
from hounsfield.dicomweb.accept import ANY, Wanted
from hounsfield.dicomweb.errors import NotAcceptable

DICOM: Final = "application/dicom"
OCTETS: Final = "application/octet-stream"
JSON: Final = "application/dicom+json"
_PREFIX: Final = "1.2.840.10008.1.2.4."
_MEDIA: Final[dict[str, str]] = {
    "1.2.840.10008.1.2.5": "image/dicom-rle",
    **{f"{_PREFIX}{number}": "image/jpeg" for number in (50, 51, 57, 70)},
    **{f"{_PREFIX}{number}": "image/jls" for number in (80, 81)},
    **{f"{_PREFIX}{number}": "image/jp2" for number in (90, 91)},
    **{f"{_PREFIX}{number}": "image/jpx" for number in (92, 93)},
    **{f"{_PREFIX}{number}": "image/jphc" for number in (201, 202, 203)},
    **{f"{_PREFIX}{number}": "video/mpeg" for number in (100, 101)},
    **{f"{_PREFIX}{number}": "video/mp4" for number in (102, 103, 104, 105, 106, 107, 108)},
}
# what a media type means where no transfer syntax is named
_DEFAULT: Final = {
    "image/dicom-rle": "1.2.840.10008.1.2.5",
    "image/jpeg": f"{_PREFIX}70",
    "image/jls": f"{_PREFIX}80",
    "image/jp2": f"{_PREFIX}90",
    "image/jphc": f"{_PREFIX}201",
}


@dataclass(frozen=True, slots=True)
class Sending:
    """How something is sent: media type, transfer syntax, and whether as parts of a multipart answer."""

    media: str
    syntax: str
    multipart: bool

    @property
    def content_type(self) -> str:
        return f"{self.media}; transfer-syntax={self.syntax}"


def media_of(syntax: str) -> str:
    """Return the media type of a compressed frame."""
    return _MEDIA.get(syntax, OCTETS)


def for_objects(wishes: Sequence[Wanted], syntax: str, *, single: bool) -> Sending:
    """Choose how a whole instance is sent; as it is stored where the client names no transfer syntax.

    Raises
    ------
    NotAcceptable
        The client takes nothing that it can become.
    """
    for wish in wishes:
        if not wish.takes(DICOM) or (wish.multipart is False and not single):
            continue
        if wish.syntax in (None, ANY, syntax):
            return Sending(DICOM, syntax, wish.multipart is not False)
        if can_become(syntax, str(wish.syntax)):
            return Sending(DICOM, str(wish.syntax), wish.multipart is not False)
    raise NotAcceptable(offered=f'multipart/related; type="{DICOM}"; transfer-syntax=*')


def for_frames(wishes: Sequence[Wanted], syntax: str, *, single: bool) -> Sending:
    """Choose how frames are sent: raw pixels, or compressed as stored or as the client asks."""
    stored = EXPLICIT_LE if syntax in NATIVE else syntax
    for wish in wishes:
        if wish.multipart is False and not single:
            continue
        parts = wish.multipart is not False
        if wish.takes(OCTETS):
            if wish.syntax == ANY or (wish.syntax or EXPLICIT_LE) == stored:
                return Sending(OCTETS, stored, parts)
            if wish.syntax in (None, EXPLICIT_LE, IMPLICIT_LE) and can_decode(syntax):
                return Sending(OCTETS, EXPLICIT_LE, parts)
        media = media_of(stored)
        if media != OCTETS and wish.takes(media) and wish.syntax in (None, ANY, stored):
            return Sending(media, stored, parts)
        target = wish.syntax if wish.syntax not in (None, ANY) else _DEFAULT.get(wish.media)
        if target in ENCODERS and wish.takes(media_of(target)) and can_decode(syntax):
            return Sending(media_of(target), target, parts)
    raise NotAcceptable(offered=f"{OCTETS}; transfer-syntax=*, {media_of(stored)}")


def can_become(syntax: str, target: str) -> bool:
    """Tell whether an instance can be sent in another transfer syntax."""
    return can_decode(syntax) and (target in (EXPLICIT_LE, IMPLICIT_LE) or target in ENCODERS)
