"""`hounsfield`: one command a role, and `up` for everything on one machine."""

import os

import click

from hounsfield.cli.audit import audit
from hounsfield.cli.dimse import dimse
from hounsfield.cli.migrate import migrate
from hounsfield.cli.roles import api, realtime, scheduler, worker
from hounsfield.cli.schema import openapi
from hounsfield.cli.storage import storage
from hounsfield.cli.up import up


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hounsfield", prog_name="hounsfield")
def main() -> None:
    """Hounsfield: medical-imaging AI, from scanner to signed report."""
    os.umask(0o077)  # what is written about patients is the owner's alone to read


for _command in (up, api, realtime, worker, scheduler, dimse, migrate, audit, openapi, storage):
    main.add_command(_command)
