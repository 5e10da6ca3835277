"""An installation of an earlier version, with everything that it had, after an update."""

from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from hounsfield.cli import migrate
from hounsfield.kit.db import Database

FIRST_RELEASED = "0004"
WHEN = "2026-11-20 08:00:00.000000"


def fill(db: Database) -> dict[str, int]:
    """Put a row into every table of the first release, and return how many each has."""
    tables = inspect(db.engine)
    names = [name for name in tables.get_sorted_table_and_fkc_names() if name[0]]
    with db.engine.connect() as connection:
        for name, _ in names:
            if name == "alembic_version":
                continue
            values = {
                column["name"]: _value(str(column["type"]).upper())
                for column in tables.get_columns(str(name))
            }
            marks = ", ".join(f":{column}" for column in values)
            columns = ", ".join(f'"{column}"' for column in values)
            connection.execute(text(f'INSERT INTO "{name}" ({columns}) VALUES ({marks})'), values)
        connection.commit()
        return {
            str(name): connection.scalar(text(f'SELECT count(*) FROM "{name}"')) or 0
            for name, _ in names
            if name
        }


def _value(kind: str) -> object:
    """Return the one value of each kind, so that whatever refers to something refers to what is there."""
    if "CHAR" in kind or "TEXT" in kind:
        return "a"
    if "DATE" in kind:
        return WHEN
    return "{}" if "JSON" in kind else 1


def test_nothing_is_lost_on_the_way_to_this_version(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'old.db'}")
    migrate._upgrade(db, FIRST_RELEASED)
    before = fill(db)
    assert len(before) > 20
    assert set(before.values()) == {1}
    migrate._upgrade(db)
    with db.engine.connect() as connection:
        there = {name: connection.scalar(text(f'SELECT count(*) FROM "{name}"')) for name in before}
        assert there == before
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    db.dispose()


def test_a_migration_that_would_leave_rows_without_their_parents_is_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = Database(f"sqlite:///{tmp_path / 'old.db'}")
    migrate._upgrade(db, FIRST_RELEASED)
    fill(db)
    with db.engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        connection.execute(text("DELETE FROM patients"))
        connection.commit()
    with pytest.raises(RuntimeError, match="refers to nothing in patients"):
        migrate._upgrade(db)
    assert migrate.current(db) == FIRST_RELEASED
    db.dispose()
