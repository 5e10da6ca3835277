"""Fixtures of every suite: an open platform on each database that is there, and an HTTP client on the application."""

import os
import tempfile
from collections.abc import Iterator
from copy import copy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import structlog
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import CompoundSelect, create_engine, exists, literal, select, text, union_all
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from hounsfield.cli import migrate
from hounsfield.http.app import create_app
from hounsfield.kit.broker import Broker
from hounsfield.kit.db import Base, Database
from hounsfield.kit.db_clock import DbClock
from hounsfield.kit.jobs import run_job
from hounsfield.kit.outbox import OutboxMessage
from hounsfield.kit.platform import Platform
from hounsfield.kit.relay import Relay
from hounsfield.kit.settings import Settings
from hounsfield.kit.storage import open_store

# an unexpected error must not print the locals of every frame: slow to render, and passwords are among them
structlog.configure(
    processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()]
)
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def _own(url: str) -> str:
    """Return the same with a database that no other process of a parallel run has."""
    parsed, process = make_url(url), os.environ.get("PYTEST_XDIST_WORKER")
    if process:
        parsed = parsed.set(database=f"{parsed.database}_{process}")
    return parsed.render_as_string(hide_password=False)


SERVERS = {
    "postgresql": os.environ.get(
        "HOUNSFIELD_TEST_POSTGRESQL",
        "postgresql+psycopg://postgres@127.0.0.1:5432/hounsfield_test?options=-c%20synchronous_commit%3Doff",
    ),
    "mariadb": os.environ.get(
        "HOUNSFIELD_TEST_MARIADB", "mysql+pymysql://root@127.0.0.1:3306/hounsfield_test"
    ),
}
ALONE = ("acceptance", "faults", "large", "production")
DATABASES = os.environ.get("HOUNSFIELD_TEST_DATABASES", "sqlite,postgresql,mariadb").split(",")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what starts whole installations run in two queues (`--dist loadgroup`), each in its order: with a browser, and without."""
    here = Path(__file__).parent
    for item in items:
        folder = item.path.relative_to(here).parts[0] if here in item.path.parents else ""
        if folder in ALONE:
            item.add_marker(pytest.mark.xdist_group("browser" if folder == "acceptance" else "installations"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real CT data beside the project; tests that need it skip where it is not there."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the shared data folder is not beside this checkout")
    return SHARED_DATA


class LastingDatabase(Database):
    """A database that stays open between tests, with its connections and the statements that it has compiled."""

    def dispose(self) -> None:
        """Stay open."""

    def anew(self) -> "LastingDatabase":
        """Return another that shares only these, knows nothing of the test before, and has no rows."""
        other = copy(self)
        other.after_commit, other.info = self.after_commit[:1], {"clock": DbClock()}
        _empty(other)
        return other


@pytest.fixture(scope="session")
def databases() -> Iterator[dict[str, LastingDatabase]]:
    """What this process has made so far: a parallel run comes back to each kind more than once."""
    made: dict[str, LastingDatabase] = {}
    yield made
    for database in made.values():
        Database.dispose(database)


@pytest.fixture(scope="session", params=DATABASES)
def database_url(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    databases: dict[str, LastingDatabase],
) -> str:
    """A database that the product's own migrations have made, one of each kind in turn."""
    kind: str = request.param
    if kind not in databases:
        if kind == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('db') / 'hounsfield.db'}"
        else:
            url = own_server(kind)
            recreate(kind, url)
        assert migrate.bring_up(Settings(database_url=url))
        databases[kind] = LastingDatabase(url)
    return databases[kind].url.render_as_string(hide_password=False)


def own_server(kind: str, suffix: str = "") -> str:
    """Return the address of a database of this process on a server."""
    url = make_url(_own(SERVERS[kind]))
    return url.set(database=f"{url.database}{suffix}").render_as_string(hide_password=False)


def recreate(kind: str, url: str) -> None:
    """Make an empty database, in place of one that may be there; skip where the server is not."""
    parsed = make_url(url)
    server = create_engine(
        parsed.set(database="postgres" if kind == "postgresql" else "mysql"), isolation_level="AUTOCOMMIT"
    )
    try:
        with server.connect() as connection:
            force = " WITH (FORCE)" if kind == "postgresql" else ""
            connection.execute(text(f"DROP DATABASE IF EXISTS {parsed.database}{force}"))
            charset = "" if kind == "postgresql" else " CHARACTER SET utf8mb4"
            connection.execute(text(f"CREATE DATABASE {parsed.database}{charset}"))
    except OperationalError as error:
        reason = f"{kind} does not answer at {parsed.render_as_string(hide_password=True)}"
        if os.environ.get("CI"):
            raise RuntimeError(reason) from error
        pytest.skip(reason)
    finally:
        server.dispose()


class Recorder:
    """Stands where the broker's publisher stands: keeps what was published, runs jobs when asked."""

    def __init__(self) -> None:
        self.messages: list[OutboxMessage] = []

    def __call__(self, message: OutboxMessage) -> None:
        self.messages.append(message)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message.body for message in self.messages if message.kind == kind]


@pytest.fixture
def published() -> Recorder:
    """What left through the outbox in this test."""
    return Recorder()


@pytest.fixture(scope="session")
def objects_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where platforms keep their objects, one after the other: making its 256 folders takes longer than most tests."""
    return tmp_path_factory.mktemp("objects")


@pytest.fixture
def platform(
    database_url: str,
    databases: dict[str, LastingDatabase],
    tmp_path: Path,
    objects_folder: Path,
    published: Recorder,
) -> Iterator[Platform]:
    """An open platform with empty tables and no objects."""
    db = next(db for db in databases.values() if db.url == make_url(database_url)).anew()
    settings = Settings(
        data_dir=tmp_path,
        storage_url=f"file://{objects_folder}",
        database_url=database_url,
        secret_key="test-signing-key-that-is-long-enough",
        broker_url=f"sqlitemq:///{tmp_path / 'queue.db'}",
    )
    settings.spool_dir.mkdir(parents=True)
    platform = Platform(
        settings, db, open_store(settings.storage), Broker(settings.broker), Relay(db, published)
    )
    yield platform
    platform.close()
    for left in objects_folder.glob("*/*"):
        left.unlink()


_WITHOUT_KEYS = {
    "postgresql": "SET LOCAL session_replication_role = replica",
    "mysql": "SET FOREIGN_KEY_CHECKS=0",
    "sqlite": "PRAGMA defer_foreign_keys=ON",
}


def _empty(db: Database) -> None:
    """Delete every row, asking first which tables have any: one question instead of a statement per table."""
    with db.engine.connect() as connection:
        filled = set(connection.scalars(_which_are_filled()))
        if filled:
            kind = "mysql" if connection.dialect.name == "mariadb" else connection.dialect.name
            connection.execute(text(_WITHOUT_KEYS[kind]))
            for table in Base.metadata.sorted_tables:
                if table.name in filled:
                    connection.execute(table.delete())
            if kind == "mysql":
                connection.execute(text("SET FOREIGN_KEY_CHECKS=1"))
        connection.commit()


@cache
def _which_are_filled() -> CompoundSelect[str]:
    tables = Base.metadata.sorted_tables
    return union_all(*(select(literal(table.name)).where(exists(select(table))) for table in tables))


@pytest.fixture(scope="session")
def application() -> Iterator[FastAPI]:
    """The whole application, put together once: each test gives it its own platform."""
    with tempfile.TemporaryDirectory() as folder:
        platform = Platform.open(Settings(data_dir=Path(folder), secret_key="only to put it together"))
        yield create_app(platform)
        platform.close()


@pytest.fixture
def client(platform: Platform, application: FastAPI) -> TestClient:
    """An HTTP client on the application; an unexpected error is an answer (500), as in production."""
    application.state.platform = platform
    return TestClient(application, raise_server_exceptions=False)


@pytest.fixture
def run_outbox(platform: Platform, published: Recorder) -> Any:
    """Publish what is committed and run its jobs, until nothing is left; returns the recorder."""

    def run() -> Recorder:
        done = 0
        while platform.relay.drain():
            for message in published.messages[done:]:
                done = len(published.messages)
                if message.kind == "job":
                    run_job(platform, message.body["name"], message.body["arguments"])
        return published

    return run
