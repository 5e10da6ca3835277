"""Intake of a ZIP archive of DICOM files: judged by its directory first, then read member by member.

Nothing is unpacked to a name, and no more than one member is in memory at a time per thread.
"""

import importlib.util
import os
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from hounsfield.dicom.errors import ArchiveRefused, DicomError
from hounsfield.dicom.header import SNIFF_BYTES, InstanceHeader, looks_like_dicom, read_header
from hounsfield.dicom.zip_directory import METHODS, STORED, Member, data_offset, entries, locate

__all__ = ["Archive", "Limits", "Member", "Skipped", "ZipReport", "inspect"]

_PEEK_COMPRESSED: Final = 4096

# isal is about twice as fast as zlib, but not built for every machine; both have the same interface
_inflater: Any = importlib.import_module("isal.isal_zlib" if importlib.util.find_spec("isal") else "zlib")


@dataclass(frozen=True, slots=True)
class Limits:
    """What an archive may be.

    Deflate cannot exceed 1032:1. CT images reach 2–4:1, blank ones and label maps some 100:1, but never by the
    gigabyte: the ratio is asked of what unpacks to more than `ratio_from_bytes`.
    """

    members: int = 100_000
    total_bytes: int = 64 << 30
    member_bytes: int = 512 << 20
    ratio: int = 200
    ratio_from_bytes: int = 128 << 20


@dataclass(frozen=True, slots=True)
class Skipped:
    """A member that is not read, and why (`directory`, `nested_archive`, `system_file`, `dicomdir`, `not_dicom`)."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class ZipReport:
    """What the directory of an archive tells, once it is found acceptable."""

    candidates: tuple[Member, ...]  # in the order of their data, which is the fastest to read
    skipped: tuple[Skipped, ...]
    total_bytes: int  # of all members, unpacked
    first_image: InstanceHeader


class Archive:
    """An open archive that has passed `inspect`'s checks of the directory. `read` may be called from several threads.

    Raises
    ------
    ArchiveRefused
        With one of the ``ZIP_…`` codes, or NOT_A_ZIP.
    """

    def __init__(self, path: Path, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._file = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        try:
            self.candidates, self.skipped, self.total_bytes = self._judge()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def read(self, member: Member) -> bytes:
        """Unpack a member, in memory.

        Raises
        ------
        ArchiveRefused
            ZIP_CORRUPT: its size or its checksum is not what the directory says.
        """
        packed = self._read_at(member.data_offset, member.compressed_size)
        data = packed if member.method == STORED else self._inflate(member, packed)
        if len(data) != member.size or _inflater.crc32(data) != member.crc:
            raise ArchiveRefused("ZIP_CORRUPT", name=member.name)
        return data

    def peek(self, member: Member, length: int) -> bytes:
        """Return the first bytes of a member, or nothing when its data are broken."""
        packed = self._read_at(member.data_offset, min(member.compressed_size, _PEEK_COMPRESSED))
        if member.method == STORED:
            return packed[:length]
        try:
            return bytes(_inflater.decompressobj(-zlib.MAX_WBITS).decompress(packed, length))
        except _inflater.error:
            return b""

    def _inflate(self, member: Member, packed: bytes) -> bytes:
        stream = _inflater.decompressobj(-zlib.MAX_WBITS)
        try:
            # one byte more than declared, so that a member that lies is seen without being unpacked
            data = bytes(stream.decompress(packed, member.size + 1))
        except _inflater.error as error:
            raise ArchiveRefused("ZIP_CORRUPT", name=member.name) from error
        if not stream.eof or stream.unused_data:
            raise ArchiveRefused("ZIP_CORRUPT", name=member.name)
        return data

    def _read_at(self, offset: int, length: int) -> bytes:
        # a zip64 offset can be larger than the system call takes
        return os.pread(self._file, length, offset) if 0 <= offset < 1 << 62 else b""

    def _judge(self) -> tuple[tuple[Member, ...], tuple[Skipped, ...], int]:
        span = locate(self._read_at, os.fstat(self._file).st_size)
        if span.members > self.limits.members:
            raise ArchiveRefused("ZIP_TOO_MANY_MEMBERS", limit=self.limits.members)
        members = sorted(entries(self._read_at, span), key=lambda member: member.header_offset)
        total = sum(member.size for member in members)
        _refuse_names_and_passwords(members)
        _refuse_sizes(members, total, self.limits)
        candidates, skipped, free_from = [], [], 0
        for member in members:
            start = data_offset(self._read_at, member)
            if member.header_offset < free_from or start + member.compressed_size > span.offset:
                raise ArchiveRefused("ZIP_OVERLAP", name=member.name)
            free_from = start + member.compressed_size
            if member.skip_reason:
                skipped.append(Skipped(member.name, member.skip_reason))
            else:
                candidates.append(_acceptable(replace(member, data_offset=start), self.limits))
        return tuple(candidates), tuple(skipped), total


def _refuse_names_and_passwords(members: list[Member]) -> None:
    for member in members:
        if member.unsafe_name:
            raise ArchiveRefused("ZIP_UNSAFE_NAME", name=member.name)
    encrypted = [member.name for member in members if member.encrypted]
    if encrypted:
        raise ArchiveRefused("ZIP_ENCRYPTED", name=encrypted[0], count=len(encrypted))


def _refuse_sizes(members: list[Member], total: int, limits: Limits) -> None:
    packed = sum(member.compressed_size for member in members)
    for name, size, compressed in (
        ("*", total, packed),
        *((member.name, member.size, member.compressed_size) for member in members),
    ):
        if size > limits.ratio_from_bytes and size > limits.ratio * compressed:
            raise ArchiveRefused("ZIP_BOMB", name=name, ratio=size // max(1, compressed), limit=limits.ratio)
    if total > limits.total_bytes:
        raise ArchiveRefused("ZIP_TOO_LARGE", size_bytes=total, limit_bytes=limits.total_bytes)


def _acceptable(member: Member, limits: Limits) -> Member:
    if member.method not in METHODS:
        raise ArchiveRefused("ZIP_METHOD", name=member.name, method=member.method)
    if member.size > limits.member_bytes:
        raise ArchiveRefused(
            "ZIP_MEMBER_TOO_LARGE", name=member.name, size_bytes=member.size, limit_bytes=limits.member_bytes
        )
    if member.method == STORED and member.size != member.compressed_size:
        raise ArchiveRefused("ZIP_CORRUPT", name=member.name)
    return member


def inspect(path: Path, limits: Limits | None = None) -> ZipReport:
    """Judge an archive before anything is taken from it: its directory, then its members up to the first image.

    Parameters
    ----------
    path
        A file on disk; neither its name nor the names inside mean anything.
    limits
        What an archive may be; the defaults suit hospital studies.

    Raises
    ------
    ArchiveRefused
        With the reason as its code; NO_DICOM_IMAGE when there is nothing to take.
    """
    with Archive(path, limits) as archive:
        first_image, broken = _first_image(archive)
    if first_image is not None:
        return ZipReport(archive.candidates, archive.skipped, archive.total_bytes, first_image)
    if broken is not None:
        name, error = broken
        raise ArchiveRefused("NO_READABLE_IMAGE", name=name, reason=error.code)
    nested = sum(member.reason == "nested_archive" for member in archive.skipped)
    files = sum(member.reason != "directory" for member in archive.skipped) + len(archive.candidates)
    raise ArchiveRefused("NO_DICOM_IMAGE", count=files, nested=nested)


def _first_image(archive: Archive) -> tuple[InstanceHeader | None, tuple[str, DicomError] | None]:
    """Return the first image, else the first file that should have been one and why it is not."""
    broken = None
    for member in archive.candidates:
        if not looks_like_dicom(archive.peek(member, SNIFF_BYTES)):
            continue
        try:
            header = read_header(archive.read(member))
        except DicomError as error:  # ingest reports each by name; here one good image is enough
            broken = broken or (member.name, error)
            continue
        if header.pixel_bytes is not None:
            return header, None
    return None, broken
