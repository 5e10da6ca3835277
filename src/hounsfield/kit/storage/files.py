"""Objects as plain files of one folder: for one machine, or for several that share a disk."""

import hashlib
import os
import shutil
import uuid
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from hounsfield.kit.errors import NotFound
from hounsfield.kit.storage.base import CHUNK, Batch, checked

SYNC_THREADS = 8  # they wait for the disk, which serves several syncs in hardly more time than one


class FileStore:
    """Objects as plain files, `ab/<sha256>` under one folder: 256 folders, so that a batch syncs few of them."""

    bucket = None

    def __init__(self, root: Path) -> None:
        self.root = root
        self._pool = ThreadPoolExecutor(SYNC_THREADS, "blob-sync")
        if not (root / "ff").is_dir():
            for first in range(256):
                (root / f"{first:02x}").mkdir(parents=True, exist_ok=True)
            _sync_folder(root)

    def path(self, sha256: str) -> Path:
        return self.root / checked(sha256)[:2] / sha256

    def exists(self, sha256: str) -> bool:
        return self.path(sha256).is_file()

    def put(self, data: bytes, sha256: str | None = None) -> str:
        """Write bytes and return their SHA-256. The file is synced and appears whole or not at all."""
        sha256 = sha256 or hashlib.sha256(data).hexdigest()
        batch = self.batch()
        batch.put(data, sha256)
        batch.commit()
        return sha256

    def batch(self) -> Batch:
        """Begin a batch. One that is given up leaves whole objects and nothing else."""
        return _FileBatch(self, self._pool)

    def adopt(self, path: Path, sha256: str) -> None:
        """Take over a finished file whose hash the caller has computed; the source is gone afterwards."""
        target = self.path(sha256)
        if _touch(target):
            path.unlink()
        else:
            _move(path, target)
        _sync_folder(target.parent)

    def open(self, sha256: str) -> BinaryIO:
        try:
            return self.path(sha256).open("rb")
        except FileNotFoundError:
            raise NotFound from None

    def delete(self, sha256: str) -> None:
        self.path(sha256).unlink(missing_ok=True)

    def discard(self, sha256: str, written_before: float) -> bool:
        """Remove an object that nobody names, unless somebody has put it since; tells whether it is gone.

        It is out of the way while its age is looked at: who puts it meanwhile finds none and writes a new one.
        """
        target = self.path(sha256)
        aside = target.parent / f".{uuid.uuid4().hex}"
        try:
            target.rename(aside)
        except FileNotFoundError:
            return True
        if aside.stat().st_mtime < written_before:
            aside.unlink()
            return True
        aside.replace(target)
        return False

    def ping(self) -> None:
        if not os.access(self.root, os.W_OK):
            raise OSError("the storage folder is not writable")


class _FileBatch:
    """Each object is synced and named by the pool as soon as it is written, its folder by `commit`."""

    def __init__(self, store: FileStore, pool: ThreadPoolExecutor) -> None:
        self._store, self._pool = store, pool
        self._pending: list[Future[None]] = []
        self._folders: set[Path] = set()

    def put(self, data: bytes, sha256: str) -> None:
        target = self._store.path(sha256)
        self._folders.add(target.parent)  # of one that is there too: whoever named it may not have synced yet
        if _touch(target):
            return
        with ExitStack() as undo:
            file = _stage(target, undo)
            file.write(data)
            file.flush()
            self._pending.append(self._pool.submit(_finish, file, target, undo.pop_all()))

    def commit(self) -> None:
        for finished in self._pending:
            finished.result()
        # side by side too: one commit of the file system's journal is enough for all of them
        for _ in self._pool.map(_sync_folder, self._folders):
            pass


def _touch(target: Path) -> bool:
    """Tell whether an object is there, and let it look new: `discard` leaves it to whoever counts on it now."""
    try:
        os.utime(target)
    except FileNotFoundError:
        return False
    return True


def _stage(target: Path, undo: ExitStack) -> BinaryIO:
    """Return a new file beside the target; `undo` closes it, and removes it where it has not become the target."""
    staging = target.parent / f".{uuid.uuid4().hex}"
    undo.callback(staging.unlink, missing_ok=True)
    return undo.enter_context(staging.open("xb"))


def _finish(file: BinaryIO, target: Path, undo: ExitStack) -> None:
    with undo:
        _name(file, target)


def _name(file: BinaryIO, target: Path) -> None:
    """Give a staged file its name once its content is on the disk: what has a name is whole, whatever happens."""
    file.flush()
    _sync_file(file.fileno())
    Path(file.name).replace(target)


def _move(path: Path, target: Path) -> None:
    with path.open("rb") as source, ExitStack() as undo:
        os.fsync(source.fileno())
        try:
            path.replace(target)
        except OSError:  # another file system
            staged = _stage(target, undo)
            shutil.copyfileobj(source, staged, CHUNK)
            _name(staged, target)
            path.unlink()


# the size is synced with the data; the other times are not needed
_sync_file = getattr(os, "fdatasync", os.fsync)


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
