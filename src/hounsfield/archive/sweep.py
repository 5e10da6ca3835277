"""What is done once an hour: exports that are over, retention, the trash, figures of the day."""

from typing import Any

from hounsfield.archive import gauges, retention, trash
from hounsfield.archive.exports import expire
from hounsfield.kit.jobs import job
from hounsfield.kit.platform import Platform


@job("archive.sweep")
def sweep(platform: Platform, **_arguments: Any) -> None:
    """Carry out what has become due; whatever is left is due again in an hour."""
    with platform.db.write() as session:
        expire(session)
    retention.enforce(platform)
    trash.purge_due(platform)
    trash.remove_orphans(platform)
    gauges.sample(platform)
