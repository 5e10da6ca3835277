"""Which rows name an object: by convention every column that holds a SHA-256 of one ends with `sha256`."""

from collections.abc import Collection

from sqlalchemy import Column, select
from sqlalchemy.orm import Session

from hounsfield.kit.db import Base

NOT_NAMING = frozenset({"orphan_objects"})  # tables of objects that nobody may need any more


def columns() -> list[Column[str]]:
    return [
        column
        for table in Base.metadata.sorted_tables
        if table.name not in NOT_NAMING
        for column in table.columns
        if column.name.endswith("sha256")
    ]


def referenced(session: Session, sha256s: Collection[str]) -> set[str]:
    """Return those of these objects that a row names."""
    found: set[str] = set()
    for column in columns():
        found.update(session.scalars(select(column).where(column.in_(sha256s)).distinct()))
    return found


def after(session: Session, last: str, count: int) -> list[str]:
    """Return the next objects that rows name, in the order of their hashes."""
    found: set[str] = set()
    for column in columns():
        query = select(column).where(column > last).distinct().order_by(column).limit(count)
        found.update(session.scalars(query))
    return sorted(found)[:count]
