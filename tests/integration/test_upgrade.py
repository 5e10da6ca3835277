"""An installation of an earlier version, with everything that it had, after an update."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, DateTime, MetaData, String, func, insert, select, table, text
from sqlalchemy.types import TypeEngine
from tests.conftest import DATABASES, own_server, recreate

from hounsfield.cli import migrate
from hounsfield.kit.db import Database

FIRST_RELEASED = "0004"
WHEN = datetime(2026, 11, 20, 8)  # as the databases keep it


def fill(db: Database) -> dict[str, int]:
    """Put a row into every table, and return how many each has."""
    schema = MetaData()
    schema.reflect(db.engine)
    tables = [each for each in schema.sorted_tables if each.name != "alembic_version"]
    with db.engine.connect() as connection:
        for each in tables:
            connection.execute(
                insert(each).values({column.name: _value(column.type) for column in each.columns})
            )
        connection.commit()
    return {each.name: 1 for each in tables}


def _value(kind: TypeEngine[Any]) -> object:
    """Return the one value of each kind, so that whatever refers to something refers to what is there."""
    if "TEXT" in type(kind).__name__:
        return "{}"  # where MariaDB keeps JSON
    if isinstance(kind, String):
        return "a"
    if isinstance(kind, DateTime):
        return WHEN
    return {} if isinstance(kind, JSON) else 1


@pytest.fixture(params=DATABASES)
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of the first release."""
    url = f"sqlite:///{tmp_path / 'old.db'}"
    if request.param != "sqlite":
        url = own_server(request.param, "_old")
        recreate(request.param, url)
    db = Database(url)
    migrate._upgrade(db, FIRST_RELEASED)
    yield db
    db.dispose()


def test_nothing_is_lost_on_the_way_to_this_version(db: Database) -> None:
    before = fill(db)
    assert len(before) > 20
    migrate._upgrade(db)
    with db.engine.connect() as connection:
        there = {name: connection.scalar(select(func.count()).select_from(table(name))) for name in before}
    assert there == before
    assert migrate.current(db) == migrate.newest()


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)  # the others watch their foreign keys meanwhile
def test_a_migration_that_would_leave_rows_without_their_parents_is_undone(db: Database) -> None:
    fill(db)
    with db.engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        connection.execute(text("DELETE FROM patients"))
        connection.commit()
    with pytest.raises(RuntimeError, match="refers to nothing in patients"):
        migrate._upgrade(db)
    assert migrate.current(db) == FIRST_RELEASED
