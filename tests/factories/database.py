"""SQLite databases with every table, made once and copied: for tests that need a new one many times."""

import functools
import tempfile
from pathlib import Path

from hounsfield.http import rooms as _rooms  # noqa: F401  every table
from hounsfield.kit.db import Base, Database


def new_sqlite(path: Path) -> str:
    """Put an empty database where there is none and return its URL."""
    path.write_bytes(_empty())
    return f"sqlite:///{path}"


@functools.cache
def _empty() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        db = Database(f"sqlite:///{path}")
        Base.metadata.create_all(db.engine)
        db.dispose()  # the last connection brings everything into the one file
        return path.read_bytes()
