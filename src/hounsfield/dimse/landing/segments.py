"""Files of a fixed size that records are appended to; what a crash leaves of them is found again.

A segment is written in place once its blocks are there, so making a record durable moves data only. A record counts when
its checksum fits and it is of the segment's present use: what an earlier use left behind it is not.
"""

import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from struct import Struct
from typing import Final

import orjson
from isal import isal_zlib

BLOCK: Final = 4096  # the header's, so that no record shares a block with it
_MAGIC: Final = b"HFLAND01"
_header = Struct("<8sQQ")  # magic, generation, up to which offset everything is taken in
_record = Struct("<QLQL")  # generation, size of the description, size of the object, CRC-32 of both
Record = tuple[dict[str, str], bytes]

_sync = getattr(os, "fdatasync", os.fsync)


class Segment:
    """One file. Only one thread may write to it."""

    def __init__(self, path: Path, size: int) -> None:
        self._size = size
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._filled = os.fstat(self._file).st_size == size
        self._generation, self._taken = self._read_header()
        self._end = BLOCK

    def _fill(self) -> None:
        """Make the blocks be there, so that a record moves data only."""
        os.ftruncate(self._file, self._size)
        for start in range(0, self._size, 1 << 20):
            os.pwrite(self._file, bytes(min(1 << 20, self._size - start)), start)
        os.fsync(self._file)
        folder = os.open(self._path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
        self._filled = True

    def _read_header(self) -> tuple[int, int]:
        raw = os.pread(self._file, _header.size, 0).ljust(_header.size, b"\0")
        magic, generation, taken = _header.unpack(raw)
        return (generation, taken) if magic == _MAGIC else (0, 0)

    def _write_header(self) -> None:
        os.pwrite(self._file, _header.pack(_MAGIC, self._generation, self._taken), 0)

    def begin(self) -> None:
        """Use the segment anew: nothing that is in it counts any more."""
        if not self._filled:
            self._fill()
        self._generation, self._taken, self._end = secrets.randbits(63) | 1, BLOCK, BLOCK
        self._write_header()

    def clear(self) -> None:
        """Forget what is in it, which is all taken in."""
        self._generation, self._taken, self._end = 0, BLOCK, BLOCK
        self._write_header()

    def room_for(self, size: int) -> bool:
        return self._end + size <= self._size

    def append(self, packed: Sequence[bytes]) -> int:
        """Write a record and return where it ends; it is durable after `sync`."""
        description, data = packed
        check = isal_zlib.crc32(data, isal_zlib.crc32(description))
        head = _record.pack(self._generation, len(description), len(data), check)
        wanted = len(head) + len(description) + len(data)
        if os.pwritev(self._file, [head, description, data], self._end) != wanted:
            raise OSError("the disk took less than it was given")
        self._end += wanted
        return self._end

    def sync(self) -> None:
        _sync(self._file)

    def taken_up_to(self, offset: int) -> None:
        """Note that nothing before this offset is needed any more: a hint, made durable by whatever comes next."""
        self._taken = max(self._taken, offset)
        self._write_header()

    @property
    def is_taken(self) -> bool:
        return self._taken >= self._end

    def left(self) -> Iterator[Record]:
        """Yield what was made durable and not taken in; to be asked before `begin`."""
        pos = max(self._taken, BLOCK)
        size = os.fstat(self._file).st_size  # it may have been made with another
        while self._generation and pos + _record.size <= size:
            found = _record.unpack(os.pread(self._file, _record.size, pos))
            generation, described, length, check = found
            pos += _record.size
            if generation != self._generation or pos + described + length > size:
                return
            body = os.pread(self._file, described + length, pos)
            if isal_zlib.crc32(body) != check:
                return
            pos += described + length
            yield orjson.loads(body[:described]), body[described:]

    def close(self) -> None:
        os.close(self._file)


def packed(description: dict[str, str], data: bytes) -> tuple[bytes, bytes]:
    return orjson.dumps(description), data


def size_of(record: Sequence[bytes]) -> int:
    """Return how much room a record takes."""
    return _record.size + sum(map(len, record))
