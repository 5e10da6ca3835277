"""From a ZIP in the spool to searchable studies: streamed, each object verified, stored, then committed in batches.

Objects are written and synced before the rows that name them are committed, so a crash leaves at worst an object
without a row, which the next run of the same job adopts.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hounsfield.audit.service import note, on_behalf_of
from hounsfield.dicom.archive import Archive, Limits, Member
from hounsfield.dicom.errors import ArchiveRefused, DicomError, InvalidInstance
from hounsfield.dicom.header import SNIFF_BYTES, looks_like_dicom
from hounsfield.imaging import spool
from hounsfield.imaging.completeness import complete_studies_of
from hounsfield.imaging.models import Series, Study, Upload
from hounsfield.imaging.settle import send_refresh
from hounsfield.imaging.store import Incoming, Outcome, accept, refresh, store_batch
from hounsfield.kit.errors import NotFound
from hounsfield.kit.jobs import job
from hounsfield.kit.outbox import send_event
from hounsfield.kit.platform import Platform
from hounsfield.kit.storage import Batch as Objects
from hounsfield.kit.storage import BlobStore
from hounsfield.notifications.service import user_room

THREADS = 2
BATCH = 64
SOURCE = "upload"
MAX_LISTED = 200


@dataclass
class Progress:
    """How far an ingest is. `skipped` lists what was left out and why (at most MAX_LISTED names)."""

    total: int = 0
    done: int = 0
    instances: int = 0
    duplicates: int = 0
    skipped_count: int = 0
    skipped: list[dict[str, str]] = field(default_factory=list)

    def skip(self, name: str, reason: str) -> None:
        self.skipped_count += 1
        if len(self.skipped) < MAX_LISTED:
            self.skipped.append({"name": name[:200], "reason": reason})

    def as_dict(self) -> dict[str, Any]:
        """Return the numbers (not the names): what is sent as it goes."""
        return {
            "total": self.total,
            "done": self.done,
            "instances": self.instances,
            "duplicates": self.duplicates,
            "skipped": self.skipped_count,
        }


@dataclass(frozen=True)
class Ingested:
    """What an upload came to."""

    series_uids: list[str]
    progress: Progress


@job("imaging.ingest")
def ingest_job(platform: Platform, **arguments: Any) -> None:
    """Take an upload into the archive without ordering anything on it."""
    upload_id, owner_id = arguments["upload_id"], arguments["owner_id"]

    def report(progress: Progress) -> None:
        body = {"upload_id": upload_id, "task_id": None, **progress.as_dict()}
        platform.publish(user_room(owner_id), "ingest_progress", body)

    try:
        ingest(platform, upload_id, report)
    except (DicomError, NotFound):
        return  # recorded with the upload


def ingest(platform: Platform, upload_id: str, report: Callable[[Progress], None]) -> Ingested:
    """Store everything in an upload that is a DICOM instance.

    Raises
    ------
    DicomError
        The archive is refused (corrupt, encrypted, a bomb, no image): recorded with the upload, nothing charged.
    NotFound
        The upload or its bytes are gone.
    """
    upload = _begin(platform, upload_id)
    if upload.status == "DONE":
        return _earlier(upload)
    try:
        with spool.opened(platform, upload) as path:
            found = _take(platform, upload, path, report)
    except ArchiveRefused as refusal:
        _finish(platform, upload_id, "REJECTED", {"failure_code": refusal.code, "params": refusal.params})
        spool.forget(platform, upload_id)
        raise
    _finish(platform, upload_id, "DONE", {**asdict(found.progress), "series_uids": found.series_uids})
    spool.forget(platform, upload_id)
    return found


def _begin(platform: Platform, upload_id: str) -> Upload:
    with platform.db.write() as session:
        upload = session.get(Upload, upload_id)
        if upload is None:
            raise NotFound
        upload.must_be_complete()
        if upload.status == "RECEIVED":
            upload.status = "INGESTING"
        return upload


def _earlier(upload: Upload) -> Ingested:
    outcome = dict(upload.outcome or {})
    uids = outcome.pop("series_uids", [])
    return Ingested(uids, Progress(**outcome))


def _finish(platform: Platform, upload_id: str, status: str, outcome: dict[str, Any]) -> None:
    with platform.db.write() as session:
        upload = session.get(Upload, upload_id)
        if upload is not None:
            upload.status, upload.outcome = status, outcome
            body = {"upload_id": upload_id, "status": status}
            send_event(session, user_room(upload.owner_id), "ingest_finished", body)


def _take(platform: Platform, upload: Upload, path: Path, report: Callable[[Progress], None]) -> Ingested:
    progress, touched = Progress(), set[str]()
    with Archive(path, Limits()) as archive, ThreadPoolExecutor(THREADS, "ingest") as pool:
        progress.total = len(archive.candidates)
        for skipped in archive.skipped:
            if skipped.reason != "directory":
                progress.skip(skipped.name, skipped.reason)
        report(progress)
        for batch in _batches(pool, archive, platform.blobs):
            good = [item for item in batch if isinstance(item, Incoming)]
            for name, reason in (item for item in batch if not isinstance(item, Incoming)):
                progress.skip(name, reason)
            with platform.db.write() as session:
                stored = store_batch(
                    session, upload.organization_id, upload.owner_id, good, SOURCE, upload.patient_id
                )
            touched |= stored.series_ids
            for item, outcome in zip(good, stored.outcomes, strict=True):
                if outcome is Outcome.CONFLICT:
                    progress.skip(item.name, "UID_TAKEN")
            progress.done += len(batch)
            progress.instances += stored.count(Outcome.STORED)
            progress.duplicates += stored.count(Outcome.DUPLICATE)
            report(progress)
    if not touched:
        raise ArchiveRefused("NO_DICOM_IMAGE", count=progress.skipped_count, nested=0)
    with platform.db.write() as session:
        refresh(session, touched)
        _note(session, upload, touched)
        send_refresh(session, sorted(touched))
        complete_studies_of(session, touched)
        uids = list(session.scalars(select(Series.series_uid).where(Series.id.in_(touched))))
    return Ingested(uids, progress)


def _note(session: Session, upload: Upload, touched: set[str]) -> None:
    who = on_behalf_of(session, upload.owner_id)
    query = select(Study).where(Study.id.in_(select(Series.study_id).where(Series.id.in_(touched))))
    for study in session.scalars(query).all():
        note(
            session,
            who,
            "study.receive",
            object_type="study",
            object_id=study.study_uid,
            patient_id=study.patient_id,
            organization_id=study.organization_id,
            source="upload",
            details={"upload_id": upload.id, "instances": study.instance_count},
        )


_Taken = Incoming | tuple[str, str]


@dataclass
class _Batch:
    """Members that the pool reads and stores, and the objects that come of them."""

    objects: Objects
    taken: list[Future[_Taken]]

    def finish(self) -> list[_Taken]:
        """Wait until all are stored and durable."""
        taken = [future.result() for future in self.taken]
        self.objects.commit()
        return taken


def _batches(pool: ThreadPoolExecutor, archive: Archive, blobs: BlobStore) -> Iterator[list[_Taken]]:
    """Yield batches of durable instances while the pool works ahead on the next one."""
    members = iter(archive.candidates)
    ahead: _Batch | None = None
    while True:
        coming = _Batch(blobs.batch(), [])
        for member in islice(members, BATCH):
            coming.taken.append(pool.submit(_store_one, archive, member, coming.objects))
        if ahead:
            yield ahead.finish()
        if not coming.taken:
            return
        ahead = coming


def _store_one(archive: Archive, member: Member, objects: Objects) -> _Taken:
    if not looks_like_dicom(archive.peek(member, SNIFF_BYTES)):
        return member.name, "not_dicom"
    try:
        return accept(member.name, archive.read(member), objects)
    except InvalidInstance as error:
        return member.name, error.code
