"""What the migrations make is what the models say, on every database."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from hounsfield.cli import migrate
from hounsfield.kit.db import Base
from hounsfield.kit.platform import Platform


def test_the_migrations_make_the_tables_of_the_models(platform: Platform) -> None:
    with platform.db.engine.connect() as connection:
        difference = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert difference == []


def test_a_second_run_changes_nothing(platform: Platform) -> None:
    assert migrate.current(platform.db) == migrate.newest()
    assert migrate.bring_up(platform.settings) is False
