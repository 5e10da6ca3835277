"""Alembic's entry: runs the migrations on the connection that the CLI hands over."""

from typing import Any, Literal

from alembic import context

from hounsfield.http import rooms as _rooms  # noqa: F401  loads every table
from hounsfield.kit.db import Base, UtcDateTime


def render(kind: str, value: Any, autogen: Any) -> str | Literal[False]:
    """Write our own column type by its name."""
    if kind == "type" and isinstance(value, UtcDateTime):
        autogen.imports.add("from hounsfield.kit.db import UtcDateTime")
        return "UtcDateTime()"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    compare_type=True,
    render_item=render,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
