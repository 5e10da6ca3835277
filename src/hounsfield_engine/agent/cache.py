"""Inputs kept by their SHA-256, so that a retried or related task does not download them again."""

import hashlib
import shutil
import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


class InputCache:
    """Read-only files named by their hash; the least recently used are dropped beyond `limit_mb`."""

    def __init__(self, root: Path, limit_mb: int) -> None:
        self._root = root
        self._limit = limit_mb << 20
        self._lock = threading.Lock()
        for part in root.glob("*.part"):
            part.unlink(missing_ok=True)

    def place(self, sha256: str, target: Path, download: Callable[[Path], None]) -> None:
        """Put the file at `target`, from the cache if it is there and whole, else by `download`.

        The two are hard links of one another: an input is read-only for its algorithm.
        """
        cached = self._root / sha256
        with suppress(FileNotFoundError):
            if digest(cached) == sha256:
                cached.touch()  # the time of its last use
                _link(cached, target)
                return
        part = self._root / f"{uuid.uuid4().hex}.part"
        try:
            download(part)
            part.chmod(0o444)
            _link(part, target)  # before it can be trimmed
            part.replace(cached)
        finally:
            part.unlink(missing_ok=True)

    def trim(self) -> None:
        """Drop the least recently used files beyond the limit; attempts keep their links."""
        with self._lock:
            files = sorted(
                ((f.stat(), f) for f in self._root.glob("[0-9a-f]" * 64)), key=lambda item: item[0].st_mtime
            )
            excess = sum(stat.st_size for stat, _ in files) - self._limit
            for stat, file in files:
                if excess <= 0:
                    return
                file.unlink(missing_ok=True)
                excess -= stat.st_size


def _link(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except FileNotFoundError:
        raise
    except OSError:  # a file system without hard links
        shutil.copyfile(source, target)


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
