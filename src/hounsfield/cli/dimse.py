"""`hounsfield dimse`: the DICOM network's port."""

import os
import signal
import sys
import threading
from pathlib import Path

import click

from hounsfield.cli import logs, options
from hounsfield.cli.health import EXIT_PORT, serve_health
from hounsfield.cli.lifecycle import end_with_parent, on_stop_signal
from hounsfield.cli.memory import keep_freed_memory
from hounsfield.cli.migrate import open_platform
from hounsfield.cli.roles import health_port_option
from hounsfield.dimse.application import Application
from hounsfield.http import rooms as _rooms  # noqa: F401  loads every table, job and hook

DRAIN_SECONDS = 5.0


@click.command()
@options.data_dir
@click.option("--dimse-host", help="Address on which scanners connect (default: that of --host).")
@click.option("--dimse-port", type=click.IntRange(1, 65_535), help="Port for DICOM (default 11112).")
@click.option("--ae-title", "dimse_ae_title", help="Our AE title (default HOUNSFIELD).")
@health_port_option
@click.option(
    "--log-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the log here instead of standard error.",
)
@click.option("--exit-with-parent", is_flag=True, help="End when the process that started this one does.")
def dimse(health_port: int | None, log_file: Path | None, exit_with_parent: bool, **given: object) -> None:
    """Talk to scanners, workstations and other archives: C-ECHO, C-STORE, C-FIND, C-MOVE, C-GET, worklist."""
    keep_freed_memory()
    settings = options.settings(**given)
    if log_file:
        logs.to_file(log_file, settings.log_level)
    else:
        logs.to_stderr(settings.log_level)
    platform = open_platform(settings)
    host = settings.dimse_host or settings.host
    stopped = threading.Event()
    on_stop_signal(stopped.set)
    try:
        application = Application(platform, host, settings.dimse_port)
    except OSError as error:
        click.echo(f"Port {settings.dimse_port} on {host} cannot be opened: {error.strerror}", err=True)
        sys.exit(EXIT_PORT)
    platform.start()
    application.start()
    health = serve_health(platform, health_port)
    if exit_with_parent:
        end_with_parent(lambda: os.kill(os.getpid(), signal.SIGTERM))
    stopped.wait()
    application.stop(DRAIN_SECONDS)
    if health:
        health.stop()
    platform.close()
