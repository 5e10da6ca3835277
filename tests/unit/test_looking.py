"""Connections for looking, on one file: kept, whichever threads come and go."""

import gc
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from hounsfield.kit.db import Database


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """A file; what is in a circle of references stays there, as for a long time in a server."""
    gc.disable()
    db = Database(f"sqlite:///{tmp_path / 'looking.db'}")
    yield db
    db.dispose()
    gc.enable()


def in_a_thread(what: Callable[[], object]) -> None:
    thread = threading.Thread(target=what)
    thread.start()
    thread.join()


def look(db: Database) -> None:
    with db.look() as connection:
        assert connection.scalar(text("SELECT 1")) == 1


def taken(db: Database) -> int:
    return db.engine.pool.checkedout()  # type: ignore[attr-defined]


def test_threads_that_end_leave_their_connection_to_the_next(db: Database) -> None:
    for _ in range(5):
        in_a_thread(lambda: look(db))
    assert taken(db) == 1


def test_two_who_look_at_once_have_a_connection_each(db: Database) -> None:
    with db.look() as one, db.look() as other:
        assert one is not other
    look(db)
    assert taken(db) == 2


def test_a_look_that_fails_keeps_no_connection(db: Database) -> None:
    for _ in range(5):
        with pytest.raises(LookupError), db.look():
            raise LookupError
    assert taken(db) == 0
    look(db)


def test_the_end_gives_all_back(db: Database) -> None:
    look(db)
    db.dispose()
    assert taken(db) == 0
