"""The central directory of a ZIP file, read and held against the local headers (APPNOTE.TXT 6.3.10, §4.3–4.5).

Python's `zipfile` is lenient where an archive contradicts itself, and reads members under one lock. This reader accepts
only what is consistent, and only needs `read(offset, length)`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from struct import Struct
from typing import Final, NamedTuple

from hounsfield.dicom import zip_names
from hounsfield.dicom.errors import ArchiveRefused

STORED: Final = 0
DEFLATED: Final = 8
METHODS: Final = frozenset({STORED, DEFLATED})

ReadAt = Callable[[int, int], bytes]

_END = Struct("<4s4H2LH")
_END64_LOCATOR = Struct("<4sLQL")
_END64 = Struct("<4sQ2H2L4Q")
_CENTRAL = Struct("<4s6H3L5H2L")
_LOCAL = Struct("<4s5H3L2H")
_MAX_COMMENT = 0xFFFF
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
_FULL: Final = (*(_FULL16,) * 4, *(_FULL32,) * 2)  # in the end record: the truth is in the zip64 one
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000
_DATA_DESCRIPTOR = 0x0008
_CHUNK = 1 << 20

_SIGNATURES: Final = (
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x1f\x8b", "gzip"),
    (b"%PDF-", "pdf"),
)


@dataclass(frozen=True, slots=True)
class Member:
    """A file in the archive, as the central directory describes it."""

    name: str  # as it may be shown; never a path
    size: int
    compressed_size: int
    crc: int
    method: int
    encrypted: bool
    unsafe_name: bool
    skip_reason: str | None
    header_offset: int
    data_offset: int = -1  # known once the local header is read
    raw_name: bytes = b""
    flags: int = 0


class Span(NamedTuple):
    """Where the central directory lies, and how far the archive is moved from the start of the file."""

    offset: int
    size: int
    members: int
    shift: int


def locate(read: ReadAt, file_size: int) -> Span:
    """Find the central directory.

    Raises
    ------
    ArchiveRefused
        NOT_A_ZIP, ZIP_TRUNCATED, ZIP_MULTIPART, ZIP_EMPTY or ZIP_CORRUPT.
    """
    head = read(0, 132)
    tail_start = max(0, file_size - _END.size - _MAX_COMMENT)
    tail = read(tail_start, file_size - tail_start)
    at = _last_end_record(tail)
    if at < 0:
        if head[:4] in (b"PK\x03\x04", b"PK\x01\x02"):
            raise ArchiveRefused("ZIP_TRUNCATED")
        if head[:4] == b"PK\x07\x08":
            raise ArchiveRefused("ZIP_MULTIPART")
        raise ArchiveRefused("NOT_A_ZIP", kind=_kind(head))
    _, *fields, _ = _END.unpack_from(tail, at)
    end = tail_start + at
    extended = _end64(read, end)
    if extended is not None:
        # some writers add it from 2 GB on, when the ordinary record still holds the truth
        narrow, (end, *fields) = fields, extended
        if any(told not in (known, full) for told, known, full in zip(narrow, fields, _FULL, strict=True)):
            raise ArchiveRefused("ZIP_CORRUPT", name="zip64 end of central directory")
    disk, directory_disk, on_disk, count, size, offset = fields
    if disk or directory_disk or on_disk != count:
        raise ArchiveRefused("ZIP_MULTIPART")
    shift = end - size - offset
    if shift < 0:
        raise ArchiveRefused("ZIP_TRUNCATED")
    if count == 0:
        raise ArchiveRefused("ZIP_EMPTY")
    if size < count * _CENTRAL.size:
        raise ArchiveRefused("ZIP_CORRUPT", name="central directory")
    return Span(offset + shift, size, count, shift)


def _last_end_record(tail: bytes) -> int:
    at = tail.rfind(b"PK\x05\x06")
    while at >= 0:
        if len(tail) - at >= _END.size and at + _END.size + _END.unpack_from(tail, at)[-1] <= len(tail):
            return at
        at = tail.rfind(b"PK\x05\x06", 0, at)
    return -1


def _end64(read: ReadAt, end: int) -> tuple[int, int, int, int, int, int, int] | None:
    """Return position, disks, counts, size and offset of a zip64 end record; None when there is none."""
    if end < _END64_LOCATOR.size:
        return None
    signature, _, offset, _ = _END64_LOCATOR.unpack(read(end - _END64_LOCATOR.size, _END64_LOCATOR.size))
    if signature != b"PK\x06\x07":
        return None
    # the record stands right before its locator, also when something was put in front of the archive
    for position in (offset, end - _END64_LOCATOR.size - _END64.size):
        record = read(position, _END64.size) if position >= 0 else b""
        if len(record) == _END64.size and record[:4] == b"PK\x06\x06":
            _, _, _, _, disk, directory_disk, on_disk, count, size, directory = _END64.unpack(record)
            return position, disk, directory_disk, on_disk, count, size, directory
    raise ArchiveRefused("ZIP_CORRUPT", name="zip64 end of central directory")


def _kind(head: bytes) -> str:
    if not head:
        return "empty"
    if head[128:132] == b"DICM":
        return "dicom"
    return next((kind for signature, kind in _SIGNATURES if head.startswith(signature)), "unknown")


def entries(read: ReadAt, span: Span) -> Iterator[Member]:
    """Iterate over the central directory, without opening the local headers."""
    buffer, at, position = b"", 0, span.offset
    stop = span.offset + span.size
    for _ in range(span.members):
        if len(buffer) - at < _CENTRAL.size + 3 * _FULL16 and position < stop:
            chunk = read(position, min(_CHUNK, stop - position))
            buffer, at, position = buffer[at:] + chunk, 0, position + len(chunk)
            if not chunk:
                raise ArchiveRefused("ZIP_TRUNCATED")
        if len(buffer) - at < _CENTRAL.size:
            raise ArchiveRefused("ZIP_CORRUPT", name="central directory")
        fields = _CENTRAL.unpack_from(buffer, at)
        at += _CENTRAL.size
        name_length, extra_length, comment_length = fields[10:13]
        if fields[0] != b"PK\x01\x02" or at + name_length + extra_length + comment_length > len(buffer):
            raise ArchiveRefused("ZIP_CORRUPT", name="central directory")
        name = buffer[at : at + name_length]
        extra = buffer[at + name_length : at + name_length + extra_length]
        at += name_length + extra_length + comment_length
        yield _member(fields, name, extra, span.shift)
    if position != stop or at != len(buffer):
        raise ArchiveRefused("ZIP_CORRUPT", name="central directory")


def _member(fields: tuple[bytes | int, ...], raw_name: bytes, extra: bytes, shift: int) -> Member:
    _, _, _, flags, method, _, _, crc, compressed, size, _, _, _, disk, _, _, offset = (
        field if isinstance(field, int) else 0 for field in fields
    )
    name = zip_names.decode(raw_name, flags)
    sizes = _zip64_sizes(extra, size, compressed, offset)
    if sizes is None:
        raise ArchiveRefused("ZIP_CORRUPT", name=zip_names.shown(name))
    if disk not in (0, _FULL16):
        raise ArchiveRefused("ZIP_MULTIPART")
    return Member(
        name=zip_names.shown(name),
        size=sizes[0],
        compressed_size=sizes[1],
        crc=crc,
        method=method,
        encrypted=bool(flags & _ENCRYPTED),
        unsafe_name=zip_names.is_unsafe(name),
        skip_reason=zip_names.reason_to_skip(name),
        header_offset=sizes[2] + shift,
        raw_name=raw_name,
        flags=flags,
    )


def _zip64_sizes(extra: bytes, size: int, compressed: int, offset: int) -> tuple[int, int, int] | None:
    """Fill in the fields that are too large for 32 bits (§4.5.3); None when the extra field lacks them."""
    values = [size, compressed, offset]
    wanted = [i for i, value in enumerate(values) if value == _FULL32]
    if not wanted:
        return size, compressed, offset
    at = 0
    while at + 4 <= len(extra):
        kind, length = (
            int.from_bytes(extra[at : at + 2], "little"),
            int.from_bytes(extra[at + 2 : at + 4], "little"),
        )
        body = extra[at + 4 : at + 4 + length]
        if kind == 1 and len(body) == length >= 8 * len(wanted):
            for n, i in enumerate(wanted):
                values[i] = int.from_bytes(body[8 * n : 8 * n + 8], "little")
            return values[0], values[1], values[2]
        at += 4 + length
    return None


def data_offset(read: ReadAt, member: Member) -> int:
    """Return where the data of a member start, having held its local header against the central directory.

    Raises
    ------
    ArchiveRefused
        ZIP_CORRUPT: they differ, so that another reader would see another file.
    """
    refused = ArchiveRefused("ZIP_CORRUPT", name=member.name)
    head = read(member.header_offset, _LOCAL.size + len(member.raw_name))
    if len(head) != _LOCAL.size + len(member.raw_name):
        raise refused
    signature, _, flags, method, _, _, crc, compressed, size, name_length, extra_length = _LOCAL.unpack_from(
        head
    )
    if signature != b"PK\x03\x04" or method != member.method or name_length != len(member.raw_name):
        raise refused
    if head[_LOCAL.size :] != member.raw_name or (flags ^ member.flags) & (_ENCRYPTED | _DATA_DESCRIPTOR):
        raise refused
    if not flags & _DATA_DESCRIPTOR:
        expected = (member.crc, member.compressed_size, member.size)
        if any(
            told != known and not (told == _FULL32 and i)
            for i, (told, known) in enumerate(zip((crc, compressed, size), expected, strict=True))
        ):
            raise refused
    return member.header_offset + _LOCAL.size + int(name_length) + int(extra_length)
