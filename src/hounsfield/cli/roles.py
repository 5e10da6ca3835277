"""One process role each: `api`, `worker`, `scheduler`. Any number of each may run."""

import os
import signal
import sys
import threading
from pathlib import Path

import click

from hounsfield.cli import logs, options
from hounsfield.cli.lifecycle import end_with_parent, on_stop_signal
from hounsfield.cli.server import serve
from hounsfield.http import rooms as _rooms  # noqa: F401  loads every table, job and hook
from hounsfield.kit import jobs
from hounsfield.kit.broker import JOBS
from hounsfield.kit.platform import Platform
from hounsfield.tasks.loop import SchedulerLoop

WORKER_THREADS = 2
EXIT_PORT = 4


@click.command()
@options.data_dir
@options.address
def api(**given: object) -> None:
    """Serve the API, the sockets and the page."""
    settings = options.settings(**given)
    logs.to_stderr(settings.log_level)
    platform = Platform.open(settings)
    platform.start()
    listened = serve(platform, settings.host, settings.port)
    platform.close()
    sys.exit(0 if listened else EXIT_PORT)


@click.command()
@options.data_dir
@click.option(
    "--log-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the log here instead of standard error.",
)
@click.option("--threads", type=click.IntRange(1, 64), default=WORKER_THREADS, show_default=True)
@click.option("--exit-with-parent", is_flag=True, help="End when the process that started this one does.")
def worker(log_file: Path | None, threads: int, exit_with_parent: bool, **given: object) -> None:
    """Run the platform's jobs: ingest, preparation, housekeeping."""
    settings = options.settings(**given)
    _log(log_file, settings.log_level)
    platform = Platform.open(settings)
    jobs.install(platform.broker.celery, platform)
    platform.start()
    if exit_with_parent:
        end_with_parent(lambda: os.kill(os.getpid(), signal.SIGTERM))
    # threads: a job waits for disks and the database, and what it computes (inflate, hashes) leaves the interpreter
    celery_worker = platform.broker.celery.Worker(
        pool="threads",
        concurrency=threads,
        queues=[JOBS],
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
        loglevel=settings.log_level,
    )
    celery_worker.start()
    platform.close()
    sys.exit(celery_worker.exitcode or 0)


@click.command()
@options.data_dir
def scheduler(**given: object) -> None:
    """Assign tasks to engines, find lost ones, keep house."""
    settings = options.settings(**given)
    logs.to_stderr(settings.log_level)
    platform = Platform.open(settings)
    platform.start()
    loop, stopped = SchedulerLoop(platform), threading.Event()
    on_stop_signal(stopped.set)
    loop.start()
    stopped.wait()
    loop.stop()
    platform.close()


def _log(log_file: Path | None, level: str) -> None:
    if log_file:
        logs.to_file(log_file, level)
    else:
        logs.to_stderr(level)
