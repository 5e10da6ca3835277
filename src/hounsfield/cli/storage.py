"""`hounsfield storage check`: is every object still what it was when it came."""

import sys

import click

from hounsfield.archive import integrity
from hounsfield.cli import options
from hounsfield.cli.migrate import open_platform
from hounsfield.http import rooms as _rooms  # noqa: F401  loads every table that names objects
from hounsfield.kit.storage import references

EXIT_LOST = 8
BATCH = 200


@click.group()
def storage() -> None:
    """Look after the stored objects."""


@storage.command()
@options.data_dir
@click.option("--repair/--no-repair", default=True, help="Take damaged objects from the second copy.")
def check(repair: bool, **given: object) -> None:
    """Hash every object; ends with 8 where one is lost."""
    platform = open_platform(options.settings(**given))
    copy = integrity.second_copy(platform) if repair else None
    checked = repaired = lost = 0
    last = ""
    while True:
        with platform.db.read() as session:
            batch = references.after(session, last, BATCH)
        if not batch:
            break
        for sha256 in batch:
            bad = integrity.look_at(platform.blobs, copy, sha256)
            if bad:
                repaired, lost = repaired + bad["repaired"], lost + (not bad["repaired"])
                click.echo(f"{bad['what']:8} {sha256} {'repaired' if bad['repaired'] else 'LOST'}")
        checked, last = checked + len(batch), batch[-1]
    click.echo(f"{checked} objects, {repaired} repaired, {lost} lost")
    platform.close()
    sys.exit(EXIT_LOST if lost else 0)
