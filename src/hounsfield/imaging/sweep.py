"""Uploads that nobody finished are removed when their time is up, and stray files of broken transfers with them."""

import time
from typing import Any

from sqlalchemy import select

from hounsfield.imaging.models import Upload
from hounsfield.imaging.uploads import discard
from hounsfield.kit.clock import utc_now
from hounsfield.kit.jobs import job
from hounsfield.kit.platform import Platform

STRAY_SECONDS = 86_400


@job("imaging.sweep")
def sweep(platform: Platform, **_arguments: Any) -> None:
    """Remove expired uploads that are still arriving, and day-old temporary files of the spool."""
    with platform.db.write() as session:
        query = select(Upload).where(Upload.status == "RECEIVING", Upload.expires_at < utc_now()).limit(500)
        for upload in session.scalars(query).all():
            discard(session, platform, upload)
    before = time.time() - STRAY_SECONDS
    for pattern in ("form-*", "output-*"):
        for path in platform.settings.spool_dir.glob(pattern):
            if path.stat().st_mtime < before:
                path.unlink(missing_ok=True)
