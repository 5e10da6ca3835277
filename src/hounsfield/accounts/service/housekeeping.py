"""What is over is deleted after a while; run from time to time by whoever keeps the clock."""

from datetime import timedelta
from typing import Any

from hounsfield.accounts import repository
from hounsfield.kit.clock import utc_now
from hounsfield.kit.jobs import job
from hounsfield.kit.platform import Platform

KEEP = timedelta(days=2)  # longer than any throttle's window, and time to look at what was signed in


@job("accounts.sweep")
def sweep(platform: Platform, **_arguments: Any) -> None:
    """Delete sessions, refresh tokens and throttle counters that nobody needs any more."""
    with platform.db.write() as session:
        repository.sweep(session, utc_now(), KEEP)
