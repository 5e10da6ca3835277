"""The database: one synchronous code path for SQLite (one machine), PostgreSQL and MySQL/MariaDB."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    String,
    and_,
    create_engine,
    event,
    select,
    text,
    update,
)
from sqlalchemy.dialects.mysql import DATETIME as MYSQL_DATETIME
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session
from sqlalchemy.types import TypeDecorator

from hounsfield.kit import metrics

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
Id = String(32)
Json = JSON


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time with microseconds on every database; naive values are refused."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name in ("mysql", "mariadb"):
            return dialect.type_descriptor(MYSQL_DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone reached the database")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012


_DB_NOW = {
    "sqlite": "SELECT strftime('%Y-%m-%d %H:%M:%f000', 'now')",
    "postgresql": "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
    "mysql": "SELECT date_format(utc_timestamp(6), '%%Y-%%m-%%d %%H:%%i:%%s.%%f')",
}


def db_now(session: Session) -> datetime:
    """Return the database's current time: leases must not depend on any machine's own clock.

    It is asked once a session; what has passed since is measured here, where only the passing of time is trusted.
    """
    known = session.info.get("db_now")
    if known is None:
        dialect = session.get_bind().dialect.name
        # sent as it is: what looks like a bind parameter is part of a format
        value = (
            session.connection()
            .exec_driver_sql(_DB_NOW["mysql" if dialect == "mariadb" else dialect])
            .scalar_one()
        )
        known = session.info["db_now"] = (datetime.fromisoformat(value).replace(tzinfo=UTC), time.monotonic())
    asked, at = known
    return asked + timedelta(seconds=time.monotonic() - at)


def bump(
    session: Session,
    column: InstrumentedAttribute[int],
    by: int,
    *,
    key: ColumnElement[bool],
    only_if: ColumnElement[bool] | None = None,
) -> int | None:
    """Add to a number of the row that `key` names and return what it is now, or None where no row fits.

    The row is locked until the transaction ends, so that the numbers are given in the order of commits.
    """
    fits = key if only_if is None else and_(key, only_if)
    change = update(column.class_).where(fits).values({column: column + by})
    change = change.execution_options(synchronize_session=False)
    if session.get_bind().dialect.name not in ("mysql", "mariadb"):
        return session.scalar(change.returning(column))
    if session.execute(change).rowcount == 0:  # type: ignore[attr-defined]  # CursorResult has it
        return None
    return session.scalar(select(column).where(key))


class Database:
    """Opens transactions. `write()` is the only way to change rows, and commits once, at its end."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = self._sqlite_engine() if self.is_sqlite else self._server_engine()
        self._writer = self.engine.execution_options(hounsfield_write=True)
        # SQLite has one writer: waiting here is fair and free, waiting inside SQLite polls with sleeps
        self._write_gate = threading.Lock() if self.is_sqlite else None
        self.after_commit: list[Callable[[Session], None]] = [metrics.committed]

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Yield a session for reading; nothing is committed."""
        with Session(self.engine, expire_on_commit=False, autoflush=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Yield a session whose changes are committed together when the block ends, or not at all."""
        if self._write_gate:
            self._write_gate.acquire()
        try:
            with Session(self._writer, expire_on_commit=False) as session:
                yield session
                session.commit()
        finally:
            if self._write_gate:
                self._write_gate.release()
        for callback in self.after_commit:
            callback(session)

    def ping(self) -> None:
        """Raise where the database does not answer."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def dispose(self) -> None:
        self.engine.dispose()

    def _sqlite_engine(self) -> Engine:
        if self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            self.url,
            connect_args={"check_same_thread": False, "timeout": 30, "isolation_level": None},
            pool_size=50,
            max_overflow=50,
        )

        @event.listens_for(engine, "connect")
        def _pragmas(connection: DBAPIConnection, _record: object) -> None:
            cursor = connection.cursor()
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            # a deferred transaction that upgrades to writing can fail at once with SQLITE_BUSY; an immediate one waits
            write = connection.get_execution_options().get("hounsfield_write")
            connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

        return engine

    def _server_engine(self) -> Engine:
        return create_engine(
            self.url, pool_size=20, max_overflow=30, pool_pre_ping=True, isolation_level="READ COMMITTED"
        )
