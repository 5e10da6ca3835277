"""Bringing the database to this version's tables."""

import re
import sys
from pathlib import Path

import click
import structlog
from sqlalchemy import inspect, text
from sqlalchemy.exc import OperationalError

from hounsfield.cli import options
from hounsfield.cli.administrator import PASSWORD_FILE, first_administrator
from hounsfield.engines.service import TOKEN_PREFIX, adopt_token
from hounsfield.imaging import planner
from hounsfield.kit.db import Database
from hounsfield.kit.platform import Platform
from hounsfield.kit.settings import Settings

log = structlog.get_logger()
EXIT_NO_DATABASE, EXIT_NOT_MIGRATED = 6, 7
SCRIPTS = Path(__file__).resolve().parent.parent / "migrations"


def newest() -> str:
    """Return the revision that this version's code needs: files are named `0001_what.py`, their number is the revision."""
    return max(path.name.split("_")[0] for path in (SCRIPTS / "versions").glob("[0-9]*_*.py"))


def current(db: Database) -> str | None:
    """Return the revision a database is at, or None where it has no tables yet."""
    with db.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return revision


def open_platform(settings: Settings) -> Platform:
    """Open what a role needs, or end the process where its database is not there or not migrated."""
    platform = Platform.open(settings)
    try:
        found = current(platform.db)
    except OperationalError as error:
        click.echo(f"The database does not answer: {error.orig}", err=True)
        sys.exit(EXIT_NO_DATABASE)
    if found is None or found < newest():
        click.echo(
            f"The database is at {found or 'nothing'}, this version needs {newest()}: run `hounsfield migrate`.",
            err=True,
        )
        sys.exit(EXIT_NOT_MIGRATED)
    if found > newest():  # while an update is rolled out, the old version goes on beside the new one
        log.warning("database.newer", found=found, known=newest())
    return platform


def bring_up(settings: Settings) -> bool:
    """Run the migrations that are missing and tell whether there were any."""
    db = Database(settings.database)
    try:
        missing = current(db) != newest()
        if missing:  # else without importing Alembic: a second start is quick
            _upgrade(db)
        planner.tell(db)
    finally:
        db.dispose()
    return missing


def _upgrade(db: Database, revision: str = "head") -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    with db.engine.connect() as connection:
        if db.is_sqlite:
            # SQLite changes a table by making it anew. With its foreign keys watched, dropping the old one would fail, or
            # take the rows below along; whether they can be left unwatched is decided outside of a transaction only.
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        config.attributes["connection"] = connection
        with connection.begin():  # all or nothing, where the database can undo a change of tables
            command.upgrade(config, revision)
            if db.is_sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
                raise RuntimeError(
                    f"after the migration a row of {broken[0]} refers to nothing in {broken[2]}"
                )


@click.command()
@options.data_dir
@click.option(
    "--engine-token",
    envvar="HOUNSFIELD_ENGINE_TOKEN",
    help="A token that engines were given already: it becomes valid. It begins with hfe_.",
)
def migrate(engine_token: str | None, **given: object) -> None:
    """Bring the database to this version's tables, and make the first administrator where there is none."""
    if engine_token and not re.fullmatch(TOKEN_PREFIX + r"_[A-Za-z0-9_-]{32,}", engine_token):
        raise click.BadParameter("it is hfe_ and at least 32 letters and digits", param_hint="--engine-token")
    settings = options.settings(**given)
    click.echo("migrated" if bring_up(settings) else "up to date")
    platform = Platform.open(settings)
    made = first_administrator(platform)
    if engine_token:
        with platform.db.write() as session:
            adopt_token(session, "given at migration", engine_token)
    platform.close()
    if made:
        click.echo(
            f"user admin, password {made} (shown this once; kept in {settings.data_dir / PASSWORD_FILE})"
        )
