"""Objects by their SHA-256: written once, never changed, shared by every row that names the same content."""

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from hounsfield.kit.errors import NotFound

if TYPE_CHECKING:  # only who has a bucket waits for its library
    from hounsfield.kit.storage.bucket import Bucket

_SHA256 = re.compile(r"[0-9a-f]{64}")
CHUNK = 1 << 20


class Batch(Protocol):
    """Objects that become durable together. `put` may be called from several threads and does not wait for the disk."""

    def put(self, data: bytes, sha256: str) -> None: ...

    def commit(self) -> None:
        """Return when every object of the batch is durable; raise what went wrong with any of them."""


class BlobStore(Protocol):
    """Where objects live. Every method may raise OSError; a returned write is durable."""

    def put(self, data: bytes, sha256: str | None = None) -> str: ...
    def batch(self) -> Batch: ...
    def adopt(self, path: Path, sha256: str) -> None: ...
    def open(self, sha256: str) -> BinaryIO: ...
    def path(self, sha256: str) -> Path: ...
    def exists(self, sha256: str) -> bool: ...
    def delete(self, sha256: str) -> None: ...
    def discard(self, sha256: str, written_before: float) -> bool: ...
    def ping(self) -> None: ...

    @property
    def bucket(self) -> "Bucket | None":
        """What is behind it where that is no disk: for data that is not kept by its hash, and to read in parts."""


def checked(sha256: str) -> str:
    """Return the hash itself, or raise NotFound for a name that is none."""
    if not _SHA256.fullmatch(sha256):
        raise NotFound
    return sha256


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, read in chunks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
