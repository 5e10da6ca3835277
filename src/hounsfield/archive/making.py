"""Making an export: one image after the other, from the store into a ZIP or back into the archive.

A worker that dies leaves a lease that runs out; the job comes again and begins anew. Nothing is kept in memory but the
image at hand.
"""

import shutil
import time
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import structlog
from sqlalchemy import select, update

from hounsfield.archive.discs import DicomDir, Flat, Target
from hounsfield.archive.exports import lifetime
from hounsfield.archive.models import DeidProject, Export
from hounsfield.archive.projects import profile_of
from hounsfield.dicom.deidentify import Profile, deidentify
from hounsfield.dicom.errors import NotDeidentifiable
from hounsfield.imaging.intake import Intake
from hounsfield.imaging.models import Instance, Series, Study
from hounsfield.kit.clock import utc_now
from hounsfield.kit.errors import NotFound
from hounsfield.kit.jobs import job
from hounsfield.kit.outbox import send_event
from hounsfield.kit.platform import Platform
from hounsfield.kit.storage import sha256_of
from hounsfield.notifications.service import user_room

log = structlog.get_logger()
LEASE = timedelta(seconds=30)
BATCH = 20
TELL_SECONDS = 0.5
MAX_LISTED = 100


class Stopped(Exception):  # no error: somebody asked for it
    """The export was cancelled while it was made."""


def failed(platform: Platform, **arguments: Any) -> None:
    """Say that every try came to nothing."""
    with platform.db.write() as session:
        export = session.get(Export, arguments["export_id"])
        if export is not None and export.status in ("QUEUED", "RUNNING"):
            export.status, export.failure_code, export.finished_at = "FAILED", "INTERNAL", utc_now()
            _tell(session, export)


@job("archive.export", given_up=failed)
def make(platform: Platform, **arguments: Any) -> None:
    """Make an export that was asked for; made or cancelled before, nothing happens."""
    found = _begin(platform, arguments["export_id"])
    if found is None:
        return
    export, profile = found
    folder = platform.settings.spool_dir / f"export-{export.id}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        if export.form == "copy":
            _copy(platform, export, profile)
            _finish(platform, export, None)
        else:
            _finish(platform, export, _pack(platform, export, profile, folder))
    except Stopped:
        log.info("export.cancelled", export=export.id)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _begin(platform: Platform, export_id: str) -> tuple[Export, Profile | None] | None:
    with platform.db.write() as session:
        export = session.get(Export, export_id, with_for_update=True)
        if export is None or export.status not in ("QUEUED", "RUNNING"):
            return None
        if export.lease_until and export.lease_until > utc_now():
            raise OSError(
                "another worker is making this export"
            )  # tried again when its lease may have run out
        project = session.get(DeidProject, export.project_id) if export.project_id else None
        export.status, export.lease_until = "RUNNING", utc_now() + LEASE
        export.done, export.skipped = 0, []
        session.flush()
        return export, profile_of(platform.settings, project) if project else None


class _Sink(Protocol):
    def __call__(self, row: "_Row", data: bytes) -> None: ...


class _Row(Protocol):
    sha256: str
    sop_uid: str


def _pack(platform: Platform, export: Export, profile: Profile | None, folder: Path) -> Path:
    packed = folder / "export.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        target: Target = DicomDir(archive, folder) if export.form == "dicomdir" else Flat(archive)
        for study, series, instance, data in _each(platform, export, profile):
            target.add(study, series, instance, data, anonymous=profile is not None)
        target.close()
    return packed


def _copy(platform: Platform, export: Export, profile: Profile | None) -> None:
    intake = Intake(platform, export.organization_id, export.owner_id, f"copy:{export.project_id or ''}")
    waiting: list[bytes] = []
    for _, _, _, data in _each(platform, export, profile):
        waiting.append(data)
        if len(waiting) == BATCH:
            intake.take(waiting)
            waiting.clear()
    if waiting:
        intake.take(waiting)


def _each(
    platform: Platform, export: Export, profile: Profile | None
) -> Iterator[tuple[Study, Series, Instance, bytes]]:
    """Yield the images one after the other, telling how far it is and stopping where that was asked for."""
    skipped: list[dict[str, str]] = []
    told = 0.0
    for first in range(0, len(export.instance_ids), BATCH):
        chunk = export.instance_ids[first : first + BATCH]
        with platform.db.read() as session:
            query = (
                select(Instance, Series, Study)
                .join(Series, Series.id == Instance.series_id)
                .join(Study, Study.id == Series.study_id)
                .where(Instance.id.in_(chunk), Study.deleted_at.is_(None))
            )
            rows = {
                instance.id: (study, series, instance) for instance, series, study in session.execute(query)
            }
        for instance_id in chunk:
            if instance_id not in rows:
                skipped.append({"sop_uid": "", "code": "GONE"})
                continue
            study, series, instance = rows[instance_id]
            try:
                with platform.blobs.open(instance.sha256) as file:
                    data = file.read()
                yield study, series, instance, deidentify(data, profile) if profile else data
            except NotFound:
                skipped.append({"sop_uid": instance.sop_uid, "code": "GONE"})
            except NotDeidentifiable as refusal:
                skipped.append({"sop_uid": instance.sop_uid, "code": refusal.code})
        if time.monotonic() - told > TELL_SECONDS or first + BATCH >= len(export.instance_ids):
            told = time.monotonic()
            _progress(platform, export, first + len(chunk), skipped)


def _progress(platform: Platform, export: Export, done: int, skipped: list[dict[str, str]]) -> None:
    export.done, export.skipped = done, skipped[:MAX_LISTED]
    with platform.db.write() as session:
        still = session.execute(
            update(Export)
            .where(Export.id == export.id, Export.status == "RUNNING")
            .values(done=done, skipped=skipped[:MAX_LISTED], lease_until=utc_now() + LEASE)
        )
        if still.rowcount == 0:  # type: ignore[attr-defined]
            raise Stopped
    body = {"export_id": export.id, "status": "RUNNING", "done": done, "total": export.total}
    platform.publish(user_room(export.owner_id), "export_progress", body)


def _finish(platform: Platform, export: Export, packed: Path | None) -> None:
    size, sha256 = 0, None
    nothing = len(export.skipped) == export.total
    if packed is not None and not nothing:
        size, sha256 = packed.stat().st_size, sha256_of(packed)
        platform.blobs.adopt(packed, sha256)
    with platform.db.write() as session:
        row = session.get(Export, export.id, with_for_update=True)
        if row is None or row.status != "RUNNING":
            return  # cancelled at the last moment; the file has no row and goes with the next sweep
        row.status, row.finished_at, row.lease_until = "FAILED" if nothing else "DONE", utc_now(), None
        row.failure_code = "NOTHING_LEFT" if nothing else None
        row.sha256, row.size = sha256, size
        row.expires_at = utc_now() + lifetime(session) if sha256 else None
        _tell(session, row)


def _tell(session: Any, export: Export) -> None:
    body = {"export_id": export.id, "status": export.status, "done": export.done, "total": export.total}
    send_event(session, user_room(export.owner_id), "export_progress", body)
