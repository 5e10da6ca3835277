"""Uploads that nobody finished are removed when their time is up, and stray files of broken transfers with them."""

import time
from typing import Any

from sqlalchemy import delete, select

from hounsfield.imaging.models import Upload, UploadPart
from hounsfield.imaging.spool import PREFIX, drop
from hounsfield.kit.clock import utc_now
from hounsfield.kit.jobs import job
from hounsfield.kit.platform import Platform

STRAY_SECONDS = 86_400


@job("imaging.sweep")
def sweep(platform: Platform, **_arguments: Any) -> None:
    """Remove expired uploads that are still arriving, and day-old files and parts that no upload needs."""
    waiting = select(Upload.id).where(Upload.status.in_(["RECEIVING", "RECEIVED", "INGESTING"]))
    with platform.db.write() as session:
        session.execute(delete(Upload).where(Upload.status == "RECEIVING", Upload.expires_at < utc_now()))
        session.execute(delete(UploadPart).where(UploadPart.upload_id.not_in(waiting)))
    before = time.time() - STRAY_SECONDS
    old = [path for path in platform.settings.spool_dir.iterdir() if path.stat().st_mtime < before]
    with platform.db.read() as session:
        needed = {f"upload-{upload_id}" for upload_id in session.scalars(waiting)}
        counted = set(session.scalars(select(UploadPart.key)))
    for path in old:
        if path.name not in needed:
            path.unlink(missing_ok=True)
    if platform.blobs.bucket:
        strays = [key for key, written in platform.blobs.bucket.keys(PREFIX) if written < before]
        drop(platform, [key for key in strays if key not in counted])
