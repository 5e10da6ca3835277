"""Where the bytes of an upload lie until they are taken in.

With plain files that is one file in the spool folder, which API and workers share. With a bucket they share nothing
else: there the bytes are objects under `uploads/<id>/`, written as they arrive by whichever process is asked, and the
rows of `upload_parts` say which of them count.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from hounsfield.imaging.models import Upload, UploadPart
from hounsfield.imaging.uploads import ReceivedFile, UploadOffsetMismatch
from hounsfield.kit.errors import Conflict, NotFound
from hounsfield.kit.ids import new_id
from hounsfield.kit.platform import Platform

PREFIX = "uploads/"
FETCH_THREADS = 4


class UploadLocked(Conflict):
    """Another request is writing to this upload."""

    status = 423
    code = "UPLOAD_LOCKED"
    zh = "另一个请求正在写入该上传。"


class Sink(Protocol):
    """Takes the bytes of one request, from the upload's offset on."""

    def write(self, data: bytes) -> None:
        """Keep the next bytes; they may count at once or when `finish` returns."""

    def finish(self) -> Upload:
        """Return the upload with every byte written counted; OSError or UploadOffsetMismatch where they do not."""


def spool_path(platform: Platform, upload_id: str) -> Path:
    return platform.settings.spool_dir / f"upload-{upload_id}"


@contextlib.contextmanager
def locked(platform: Platform, upload_id: str) -> Iterator[int | None]:
    """Keep other requests from writing to an upload's file. Parts need no lock: only one at each offset counts."""
    if platform.blobs.bucket:
        yield None
        return
    descriptor = os.open(spool_path(platform, upload_id), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield descriptor
    except BlockingIOError:
        raise UploadLocked from None
    finally:
        os.close(descriptor)


def sink(platform: Platform, upload: Upload, descriptor: int | None) -> Sink:
    """Return where to write what follows the upload's offset, under the lock of `locked`."""
    return _Parts(platform, upload) if descriptor is None else _File(platform, upload, descriptor)


class _File:
    """Bytes beyond the offset (a crash between writing and counting) are cut off before anything is added."""

    def __init__(self, platform: Platform, upload: Upload, descriptor: int) -> None:
        self._platform, self._upload, self._descriptor = platform, upload, descriptor
        self._reached = upload.offset
        os.ftruncate(descriptor, upload.offset)

    def write(self, data: bytes) -> None:
        os.pwrite(self._descriptor, data, self._reached)
        self._reached += len(data)

    def finish(self) -> Upload:
        os.fsync(self._descriptor)
        with self._platform.db.write() as session:
            return _advance(session, self._upload, self._upload.offset, self._reached)


class _Parts:
    """Each write is an object, confirmed by the store before it counts."""

    def __init__(self, platform: Platform, upload: Upload) -> None:
        self._platform, self._upload, self._reached = platform, upload, upload.offset

    def write(self, data: bytes) -> None:
        bucket = self._platform.blobs.bucket
        assert bucket is not None
        start, key = self._reached, _part_key(self._upload.id, self._reached)
        bucket.put(key, data)
        try:
            with self._platform.db.write() as session:
                self._upload = _advance(session, self._upload, start, start + len(data))
                session.add(UploadPart(upload_id=self._upload.id, start=start, size=len(data), key=key))
        except UploadOffsetMismatch:  # another request was faster at this offset
            bucket.delete(key)
            raise
        self._reached += len(data)

    def finish(self) -> Upload:
        return self._upload


def _part_key(upload_id: str, start: int) -> str:
    return f"{PREFIX}{upload_id}/{start:016x}-{new_id()}"


def _advance(session: Session, upload: Upload, start: int, reached: int) -> Upload:
    """Count bytes as arrived, if nobody else has counted any since."""
    status = "RECEIVED" if reached == upload.size else "RECEIVING"
    here = (Upload.id == upload.id, Upload.offset == start, Upload.status == "RECEIVING")
    done = session.execute(
        update(Upload)
        .where(*here)
        .values(offset=reached, status=status)
        .execution_options(synchronize_session=False)
    )
    row = session.get(Upload, upload.id)
    if row is None:
        raise NotFound
    if not done.rowcount:  # type: ignore[attr-defined]  # CursorResult has it
        raise UploadOffsetMismatch(offset=row.offset)
    return row


def share(platform: Platform, file: ReceivedFile) -> ReceivedFile:
    """Bring a file that came with a form to where workers find it; on a shared disk it is there already."""
    bucket = platform.blobs.bucket
    if bucket is None:
        return file
    key = _part_key(file.upload_id, 0)
    bucket.put(key, file.path)
    file.path.unlink()
    return replace(file, key=key)


def unshare(platform: Platform, file: ReceivedFile) -> None:
    """Remove a file of a form that did not become an upload."""
    file.path.unlink(missing_ok=True)
    if file.key and platform.blobs.bucket:
        platform.blobs.bucket.delete(file.key)


@contextlib.contextmanager
def opened(platform: Platform, upload: Upload) -> Iterator[Path]:
    """Give a finished upload as a local file for as long as the block lasts.

    Raises
    ------
    NotFound
        Its bytes are gone.
    """
    if platform.blobs.bucket is None:
        path = spool_path(platform, upload.id)
        if not path.is_file():
            raise NotFound
        yield path
        return
    copy = platform.settings.spool_dir / f"copy-{new_id()}"
    try:
        _assemble(platform, upload, copy)
        yield copy
    finally:
        copy.unlink(missing_ok=True)


def _assemble(platform: Platform, upload: Upload, target: Path) -> None:
    bucket = platform.blobs.bucket
    assert bucket is not None
    with platform.db.read() as session:
        parts = list(session.scalars(_parts_of(upload.id)))
    reached = 0
    for part in parts:
        if part.start != reached:
            raise NotFound
        reached += part.size
    if reached != upload.size:
        raise NotFound
    target.touch(0o600)
    with ThreadPoolExecutor(FETCH_THREADS, "upload-fetch") as pool:
        list(pool.map(lambda part: bucket.fetch(part.key, target, part.start), parts))
    if target.stat().st_size != upload.size:
        raise OSError(f"the parts of upload {upload.id} are not what they were")


def _parts_of(upload_id: str) -> Select[UploadPart]:
    return select(UploadPart).where(UploadPart.upload_id == upload_id).order_by(UploadPart.start)


def part_keys(session: Session, upload_id: str) -> list[str]:
    """Return the keys of an upload's parts, to be forgotten once its rows are gone."""
    return [part.key for part in session.scalars(_parts_of(upload_id))]


def forget(platform: Platform, upload_id: str) -> None:
    """Remove the bytes of an upload that has been taken in or refused."""
    spool_path(platform, upload_id).unlink(missing_ok=True)
    if platform.blobs.bucket is None:
        return
    with platform.db.write() as session:
        parts = list(session.scalars(_parts_of(upload_id)))
        for part in parts:
            session.delete(part)
    drop(platform, [part.key for part in parts])


def drop(platform: Platform, keys: list[str]) -> None:
    """Remove objects that no row names any more; what cannot be removed now is swept up later."""
    for key in keys:
        with contextlib.suppress(OSError):
            if platform.blobs.bucket:
                platform.blobs.bucket.delete(key)
