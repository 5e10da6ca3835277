"""Local copies of objects that are kept elsewhere, for code that needs a file. Several processes may share a folder."""

import os
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from hounsfield.kit.storage.base import sha256_of

FRESH_SECONDS = 60.0  # whoever was given a path has this long to open it
STRAY_SECONDS = 3600.0  # a copy that was never finished


class Cache:
    """Read-through: what is not there is fetched; what was not used for longest goes when the folder is full."""

    def __init__(self, folder: Path, limit: int) -> None:
        """`limit` is in bytes; it may be passed by a twentieth, and by what was used in the last minute."""
        self._folder, self._limit = folder, limit
        self._since_trim = limit  # an earlier process may have left much
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str, fetch: Callable[[Path], None]) -> Path:
        """Return the file of an object, fetching it where it is not here yet.

        Raises
        ------
        OSError
            It cannot be fetched, or what came is something else.
        """
        target = self._folder / sha256
        try:
            os.utime(target)
        except FileNotFoundError:
            self._fetch(sha256, target, fetch)
        return target

    def _fetch(self, sha256: str, target: Path, fetch: Callable[[Path], None]) -> None:
        staged = self._folder / f".{uuid.uuid4().hex}"
        try:
            fetch(staged)
            if sha256_of(staged) != sha256:
                raise OSError(f"the object store gave something else for {sha256}")
            self._since_trim += staged.stat().st_size
            staged.replace(target)
        finally:
            staged.unlink(missing_ok=True)
        if self._since_trim > self._limit / 20:
            self._since_trim = 0
            self._trim()

    def forget(self, sha256: str) -> None:
        (self._folder / sha256).unlink(missing_ok=True)

    def _trim(self) -> None:
        now, total = time.time(), 0
        files: list[tuple[float, int, Path]] = []
        for entry in os.scandir(self._folder):
            try:
                found = entry.stat()
            except FileNotFoundError:  # another process was faster
                continue
            if entry.name.startswith("."):
                if found.st_mtime < now - STRAY_SECONDS:
                    Path(entry.path).unlink(missing_ok=True)
                continue
            total += found.st_size
            files.append((found.st_mtime, found.st_size, Path(entry.path)))
        for used, size, path in sorted(files):
            if total <= self._limit or used > now - FRESH_SECONDS:
                return
            path.unlink(missing_ok=True)
            total -= size
