"""The database's time: what leases and clocks of tasks are judged by, whatever a machine's own clock says."""

import time
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

KEEP_SECONDS = 10.0
SURE_SECONDS = 0.01

_NOW = {
    "sqlite": "SELECT strftime('%Y-%m-%d %H:%M:%f000', 'now')",
    "postgresql": "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
    "mysql": "SELECT date_format(utc_timestamp(6), '%%Y-%%m-%%d %%H:%%i:%%s.%%f')",
}


class DbClock:
    """Asks a database for its time now and then; what has passed since is measured here.

    Only the passing of time is trusted to this machine, and that for seconds. An answer that was long on its way is good
    for the session that asked, not for others. Where this machine stood still without knowing, leases that it gives are
    short for a moment: then an attempt is handed out again, which its epoch makes harmless.
    """

    def __init__(self) -> None:
        self._known: tuple[datetime, float] | None = None

    def now(self, session: Session) -> datetime:
        known = session.info.get("db_now") or self._known
        if known is None or time.monotonic() - known[1] > KEEP_SECONDS:
            known = self._ask(session)
        session.info["db_now"] = known
        asked, at = known
        return asked + timedelta(seconds=time.monotonic() - at)

    def _ask(self, session: Session) -> tuple[datetime, float]:
        dialect = session.get_bind().dialect.name
        connection = session.connection()
        began = time.monotonic()
        # sent as it is: what looks like a bind parameter is part of a format
        told = connection.exec_driver_sql(_NOW["mysql" if dialect == "mariadb" else dialect]).scalar_one()
        at = time.monotonic()
        known = (datetime.fromisoformat(told).replace(tzinfo=UTC), at)
        self._known = known if at - began < SURE_SECONDS else None
        return known
