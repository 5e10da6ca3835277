"""Objects by their SHA-256: written once, never changed, shared by every row that names the same content."""

import hashlib
import os
import re
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import urlsplit

from hounsfield.kit.errors import NotFound

_SHA256 = re.compile(r"[0-9a-f]{64}")
CHUNK = 1 << 20


class BlobStore(Protocol):
    """Where objects live. Every method may raise OSError; a returned write is durable."""

    def put(self, data: bytes, sha256: str | None = None, *, later: bool = False) -> str: ...
    def sync(self, hashes: Iterable[str]) -> None: ...
    def adopt(self, path: Path, sha256: str) -> None: ...
    def open(self, sha256: str) -> BinaryIO: ...
    def path(self, sha256: str) -> Path: ...
    def exists(self, sha256: str) -> bool: ...
    def delete(self, sha256: str) -> None: ...
    def ping(self) -> None: ...


class FileStore:
    """Objects as plain files, `ab/<sha256>` under one folder: 256 folders, so that a batch syncs few of them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        if not (root / "ff").is_dir():
            for first in range(256):
                (root / f"{first:02x}").mkdir(parents=True, exist_ok=True)
            _sync_folder(root)

    def path(self, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise NotFound
        return self.root / sha256[:2] / sha256

    def exists(self, sha256: str) -> bool:
        return self.path(sha256).is_file()

    def put(self, data: bytes, sha256: str | None = None, *, later: bool = False) -> str:
        """Write bytes and return their SHA-256. The file is synced and appears whole or not at all.

        With `later` its name is durable only after `sync`: one call for a batch instead of one per object.
        """
        sha256 = sha256 or hashlib.sha256(data).hexdigest()
        target = self.path(sha256)
        if not target.exists():
            with self._staged(target, later=later) as file:
                file.write(data)
        return sha256

    def sync(self, hashes: Iterable[str]) -> None:
        """Make the names of objects that were put `later` durable."""
        for folder in {self.path(sha256).parent for sha256 in hashes}:
            _sync_folder(folder)

    def adopt(self, path: Path, sha256: str) -> None:
        """Take over a finished file whose hash the caller has computed; the source is gone afterwards."""
        target = self.path(sha256)
        if target.exists():
            path.unlink()
            return
        with path.open("rb") as file:
            os.fsync(file.fileno())
        try:
            path.replace(target)
        except OSError:  # another file system
            with self._staged(target) as staged, path.open("rb") as source:
                shutil.copyfileobj(source, staged, CHUNK)
            path.unlink()
        _sync_folder(target.parent)

    def open(self, sha256: str) -> BinaryIO:
        try:
            return self.path(sha256).open("rb")
        except FileNotFoundError:
            raise NotFound from None

    def delete(self, sha256: str) -> None:
        self.path(sha256).unlink(missing_ok=True)

    def ping(self) -> None:
        if not os.access(self.root, os.W_OK):
            raise OSError("the storage folder is not writable")

    @contextmanager
    def _staged(self, target: Path, *, later: bool = False) -> Iterator[BinaryIO]:
        staging = target.parent / f".{uuid.uuid4().hex}"
        try:
            with staging.open("xb") as file:
                yield file
                file.flush()
                _sync_file(file.fileno())
            staging.replace(target)
        finally:
            staging.unlink(missing_ok=True)
        if not later:
            _sync_folder(target.parent)


_sync_file = getattr(
    os, "fdatasync", os.fsync
)  # the size is synced with the data; the other times are not needed


def _sync_folder(folder: Path) -> None:
    """Make a rename in a folder survive a power cut (a no-op where folders cannot be opened)."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_store(url: str) -> BlobStore:
    """Return the store of a storage URL.

    Raises
    ------
    ValueError
        The URL names a kind of storage that this version does not have.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        return FileStore(Path(parts.path))
    raise ValueError(f"storage {parts.scheme}:// is not supported; use file:///path")


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, read in chunks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
