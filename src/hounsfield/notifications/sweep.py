"""Old news is deleted: who was away longer than this reloads instead of replaying."""

from datetime import timedelta
from typing import Any

from sqlalchemy import delete

from hounsfield.kit.clock import utc_now
from hounsfield.kit.jobs import job
from hounsfield.kit.platform import Platform
from hounsfield.notifications.models import UserEvent

KEEP = timedelta(days=14)


@job("notifications.sweep")
def sweep(platform: Platform, **_arguments: Any) -> None:
    """Delete events that are older than anybody would replay."""
    with platform.db.write() as session:
        session.execute(delete(UserEvent).where(UserEvent.at < utc_now() - KEEP))
