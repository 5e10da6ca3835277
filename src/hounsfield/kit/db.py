"""The database: one synchronous code path for SQLite (one machine), PostgreSQL and MySQL/MariaDB."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    Executable,
    Insert,
    MetaData,
    Row,
    String,
    Table,
    Update,
    create_engine,
    event,
    select,
    text,
)
from sqlalchemy.dialects.mysql import DATETIME as MYSQL_DATETIME
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from hounsfield.kit import metrics
from hounsfield.kit.db_clock import DbClock
from hounsfield.kit.turns import Turns

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
Id = String(32)
Json = JSON
T = TypeVar("T")
RESTED_SECONDS = 1.0
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=30000",
    "mmap_size=268435456",  # pages are read where the system keeps them: half the time of a search among 100,000 studies
)


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


def db_now(session: Session) -> datetime:
    """Return the database's current time: leases must not depend on any machine's own clock."""
    clock: DbClock = session.info["clock"]
    return clock.now(session)


def table_of(model: type[Base]) -> Table:
    """Return a model's table: statements on it are cheaper than on the model, and know nothing of loaded objects."""
    assert isinstance(model.__table__, Table)
    return model.__table__


def run(session: Session, statement: Executable, values: Mapping[str, Any]) -> CursorResult[Any]:
    """Run a statement on tables that was prepared: made once, its values bound each time.

    To make a statement costs more than to ask it. Pending objects of the session are not written before it.
    """
    return session.connection().execute(statement, values)


def insert_rows(session: Session, statement: Insert, rows: Sequence[Mapping[str, Any]]) -> None:
    """Run a prepared INSERT; a single row costs half of what a list of one does."""
    session.connection().execute(statement, rows[0] if len(rows) == 1 else rows)


class Change:
    """A prepared UPDATE of the row that `key` names. It answers with columns of the row as they are now.

    The row is locked until the transaction ends.
    """

    def __init__(self, change: Update, *columns: ColumnElement[Any], key: ColumnElement[bool]) -> None:
        self._change, self._read = change, select(*columns).where(key)
        self._returning = change.returning(*columns)

    def __call__(self, session: Session, **values: Any) -> Row[Any] | None:
        """Return the columns, or None where no row fitted."""
        connection = session.connection()
        if connection.dialect.name not in ("mysql", "mariadb"):
            return connection.execute(self._returning, values).one_or_none()
        if connection.execute(self._change, values).rowcount == 0:
            return None
        return connection.execute(self._read, values).one()


def at_end(session: Session, write: Callable[[Session, list[T]], None], row: T) -> None:
    """Keep a row for the end of the transaction: `write` is called there, once, with all that was kept for it.

    So what a transaction tells and sends costs a statement a table however much it is, and rows that everybody waits
    for (a person's next number) are locked for a moment only.
    """
    session.info.setdefault("at_end", {}).setdefault(write, []).append(row)


def kept(session: Session, write: Callable[[Session, list[T]], None]) -> list[T]:
    """Return what waits for the end of the transaction for this function."""
    rows: list[T] = session.info.get("at_end", {}).get(write, [])
    return rows


def finish(session: Session) -> None:
    """Write what was kept for the end."""
    session.flush()
    while waiting := session.info.pop("at_end", None):
        for write, rows in waiting.items():
            write(session, rows)


class Database:
    """Opens transactions. `write()` is the only way to change rows, and commits once, at its end."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = self._sqlite_engine() if self.is_sqlite else self._server_engine()
        self._writer = self.engine.execution_options(hounsfield_write=True)
        # a server reads what is committed either way, and needs no BEGIN and ROLLBACK around it
        quick = self.url.get_backend_name() == "postgresql"
        self._reader = self.engine.execution_options(isolation_level="AUTOCOMMIT") if quick else self.engine
        # columns are asked for by name: matching them with those of an earlier, equal statement takes a fifth of a search
        self._looker = self._reader.execution_options(
            hounsfield_look=True, _result_disable_adapt_to_context=True
        )
        self._at_rest: deque[Connection] = deque()
        # SQLite has one writer: waiting here is fair and free, waiting inside SQLite polls with sleeps
        self._turns = Turns(self.url.database) if self.is_sqlite else None
        self.info: dict[str, Any] = {"clock": DbClock()}  # what every session knows
        self.after_commit: list[Callable[[Session], None]] = [metrics.committed]

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Yield a session that only reads: on PostgreSQL, what it flushed would be committed at once."""
        with Session(self._reader, expire_on_commit=False, autoflush=False, info=self.info) as session:
            yield session

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """Yield a connection for statements that are prepared (made once, with bound parameters): a tenth of a session's cost.

        Each sees what is committed when it runs; there is no transaction around them.
        """
        if not self.is_sqlite:
            with self._looker.connect() as connection:
                yield connection
            return
        # a file does not hang up: connections are kept, for taking one from the pool and giving it back costs what a
        # question does. Not one a thread: a thread that ends would leave its own to the garbage collector
        try:
            connection = self._at_rest.pop()
        except IndexError:
            connection = self._looker.connect()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._at_rest.append(connection)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Yield a session whose changes are committed together when the block ends, or not at all."""
        with (
            self._turns.hold() if self._turns else nullcontext(),
            Session(self._writer, expire_on_commit=False, info=self.info) as session,
        ):
            yield session
            finish(session)
            session.commit()
        for callback in self.after_commit:
            callback(session)

    def ping(self) -> None:
        """Raise where the database does not answer."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def dispose(self) -> None:
        while self._at_rest:
            self._at_rest.pop().close()
        self.engine.dispose()
        if self._turns:
            self._turns.close()

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
            for pragma in _PRAGMAS:
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            # a deferred transaction that upgrades to writing can fail at once with SQLITE_BUSY; an immediate one waits
            options = connection.get_execution_options()
            if not options.get("hounsfield_look"):
                connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("hounsfield_write") else "BEGIN")

        return engine

    def _server_engine(self) -> Engine:
        engine = create_engine(self.url, pool_size=20, max_overflow=30, isolation_level="READ COMMITTED")

        @event.listens_for(engine, "checkin")
        def _put_back(_connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
            entry.info["since"] = time.monotonic()

        @event.listens_for(engine, "checkout")
        def _take_out(connection: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: object) -> None:
            # the server may have gone away meanwhile; one that answered a moment ago is not asked again
            if time.monotonic() - entry.info.get("since", time.monotonic()) > RESTED_SECONDS:
                try:
                    engine.dialect.do_ping(connection)
                except engine.dialect.loaded_dbapi.Error:
                    raise InvalidatePoolError from None

        return engine
