"""The one source of the current time in Python code; leases use the database's own (`kit.db.db_now`)."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the current time, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251  the one place that may


def iso(moment: datetime) -> str:
    """Format an aware time as the API does: UTC, microseconds, `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
