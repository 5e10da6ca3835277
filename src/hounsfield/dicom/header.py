"""What ingest needs to know of one instance, read without its pixel data.

A small reader of our own handles little-endian data sets, several times as fast as a general one; what is unusual (big
endian, no preamble or file meta information, wrong VRs) is read by pydicom, whose word counts.
"""

import zlib
from mmap import mmap
from typing import Any, Final

from hounsfield.dicom import values
from hounsfield.dicom.attributes import CHARACTER_SET, FIELDS, InstanceHeader
from hounsfield.dicom.elements import Elements, Unusual, is_vr, walk
from hounsfield.dicom.errors import InvalidInstance
from hounsfield.dicom.fallback import read_unusual
from hounsfield.dicom.syntaxes import (
    DEFLATED_LE,
    EXPLICIT_BE,
    IMPLICIT_LE,
    MEDIA_DIRECTORY,
    TRANSFER_SYNTAXES,
)

__all__ = ["InstanceHeader", "looks_like_dicom", "read_header"]

SNIFF_BYTES: Final = 144  # enough of a file for `looks_like_dicom`

_META_SOP_CLASS, _META_SOP_INSTANCE, _META_SYNTAX = 0x00020002, 0x00030002, 0x00100002
_META: Final = frozenset({_META_SOP_CLASS, _META_SOP_INSTANCE, _META_SYNTAX})
_SOP_CLASS, _SOP_INSTANCE = 0x00160008, 0x00180008
_REQUIRED: Final = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
_TAGS: Final = {keyword: tag for tag, (keyword, _, _) in FIELDS.items()}
_BINARY: Final = frozenset({b"US", b"SS", b"UL", b"SL", b"FL", b"FD", b"SV", b"UV", b"AT"})
_MAX_INFLATED: Final = 512 << 20  # bytes of a deflated data set
# PS3.5 annex D: little-endian explicit in every transfer syntax but these and the private ones
_NOT_PLAIN: Final = frozenset(
    {EXPLICIT_BE, "1.2.840.113619.5.2", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"}
)


def looks_like_dicom(head: bytes) -> bool:
    """Tell from the first `SNIFF_BYTES` of a file whether reading it as DICOM is worth while."""
    if head[128:132] == b"DICM":
        return True
    # a data set without preamble starts with group 0002 or 0008: an explicit VR, or an implicit length that is small
    little, big = head[:2] in (b"\x02\x00", b"\x08\x00"), head[:2] in (b"\x00\x02", b"\x00\x08")
    if len(head) < 8 or not (little or big):
        return False
    return is_vr(head[4:6]) or (little and head[6:8] == b"\0\0")


def read_header(data: bytes) -> InstanceHeader:
    """Read the attributes of an instance from the bytes of its file, checking that the file is complete.

    Raises
    ------
    InvalidInstance
        Not DICOM, broken, cut off, a media directory, or without the UIDs that identify it.
    """
    if not looks_like_dicom(data[:SNIFF_BYTES]):
        raise InvalidInstance("NOT_DICOM")
    meta: dict[int, bytes] = {}
    try:
        if data[128:132] != b"DICM":
            raise Unusual("no preamble")  # noqa: TRY301  # one way out to the slow path
        meta, start = file_meta(data)
        syntax = _uid(meta.get(_META_SYNTAX)) or ""
        elements, encoded, found = _read_plain(data, start, syntax)
    except Unusual:
        syntax, elements, found = read_unusual(data, FIELDS)
        encoded = {}
    for tag, meta_tag in ((_SOP_CLASS, _META_SOP_CLASS), (_SOP_INSTANCE, _META_SOP_INSTANCE)):
        if (
            not found.get(tag, b"").strip(b"\0 ") and meta_tag in meta
        ):  # some anonymizers empty the one and leave the other
            found[tag] = meta[meta_tag]
    if _uid(found.get(_SOP_CLASS)) == MEDIA_DIRECTORY:
        raise InvalidInstance("IS_DICOMDIR")
    header = _build(syntax, _META_SYNTAX in meta, elements.pixels, found, encoded)
    _check_pixels(header)
    return header


def file_meta(data: bytes | mmap) -> tuple[dict[int, bytes], int]:
    """Return the file meta information of a plain file, and where the data set begins."""
    elements = walk(data, 132, _META, explicit=True, meta_only=True)
    return {tag: data[start:stop] for tag, (_, start, stop) in elements.values.items()}, elements.end


def _read_plain(data: bytes, start: int, syntax: str) -> tuple[Elements, dict[int, bytes], dict[int, bytes]]:
    if not syntax or syntax in _NOT_PLAIN:
        raise Unusual("not a little-endian transfer syntax")
    if syntax == DEFLATED_LE:
        data, start = inflate(data, start), 0
    explicit = syntax != IMPLICIT_LE
    if not explicit and is_vr(data[start + 4 : start + 6]):
        raise Unusual("explicit VR in an implicit transfer syntax")
    elements = walk(data, start, FIELDS, explicit=explicit)
    encoded = {tag: vr for tag, (vr, _, _) in elements.values.items()} if explicit else {}
    return elements, encoded, {tag: data[first:stop] for tag, (_, first, stop) in elements.values.items()}


def inflate(data: bytes, start: int) -> bytes:
    """Return a deflated data set, as far as it is no larger than any real one."""
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        inflated = stream.decompress(memoryview(data)[start:], _MAX_INFLATED)
    except zlib.error as error:
        raise InvalidInstance("UNREADABLE_DICOM") from error
    if not stream.eof:
        raise InvalidInstance("INSTANCE_TRUNCATED" if len(inflated) < _MAX_INFLATED else "TOO_LARGE_INFLATED")
    return inflated


def _build(
    syntax: str, part10: bool, pixel_bytes: int | None, found: dict[int, bytes], encoded: dict[int, bytes]
) -> InstanceHeader:
    decoded: dict[str, Any] = dict.fromkeys(_TAGS)
    charsets = values.codes(found.get(CHARACTER_SET, b"")) or ()
    unreadable = []
    for tag, raw in found.items():
        keyword, vr, decoder = FIELDS[tag]
        written = encoded.get(tag, b"UN")
        if written != b"UN" and (written in _BINARY) is not (vr == "US"):
            value = None
        elif decoder is values.text:
            value = values.text(raw, charsets)
        else:
            value = decoder(raw)
        if value is None and raw.strip(b" \0"):
            unreadable.append(keyword)
        decoded[keyword] = value
    for keyword in _REQUIRED:
        if decoded[keyword] is None:
            raise InvalidInstance("INVALID_UID" if keyword in unreadable else "MISSING_UID", keyword=keyword)
    padding = decoded["PixelPaddingValue"]
    if decoded["PixelRepresentation"] == 1 and padding is not None and padding >= 0x8000:
        decoded["PixelPaddingValue"] = padding - 0x10000
    return InstanceHeader(
        TransferSyntaxUID=syntax,
        part10=part10,
        pixel_bytes=pixel_bytes,
        unreadable=tuple(unreadable),
        **decoded,
    )


def _check_pixels(header: InstanceHeader) -> None:
    """Refuse pixel data that cannot hold the image the header describes."""
    known = TRANSFER_SYNTAXES.get(header.TransferSyntaxUID)
    if header.pixel_bytes is None or known is None:
        return
    if known.encapsulated is not (header.pixel_bytes < 0):
        raise InvalidInstance("PIXEL_DATA_BROKEN")
    sizes = (
        header.Rows,
        header.Columns,
        header.BitsAllocated,
        header.SamplesPerPixel or 1,
        header.NumberOfFrames or 1,
    )
    subsampled = (header.PhotometricInterpretation or "").endswith(("_422", "_420"))
    if known.encapsulated or subsampled or None in sizes:
        return
    bits = 1
    for size in sizes:
        bits *= size or 0
    if header.pixel_bytes < (bits + 7) // 8:
        raise InvalidInstance("PIXEL_DATA_SHORT", expected=(bits + 7) // 8, found=header.pixel_bytes)


def _uid(raw: bytes | None) -> str | None:
    return values.uid(raw) if raw else None
