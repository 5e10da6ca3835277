"""One process role each: `api`, `realtime`, `worker`, `scheduler`. Any number of each may run.

Each ends within ten seconds of SIGTERM with exit code 0, and none starts on a database that was not migrated.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import structlog
from celery.signals import worker_shutting_down

from hounsfield.cli import logs, options
from hounsfield.cli.health import EXIT_PORT, serve_health
from hounsfield.cli.lifecycle import end_with_parent, on_stop_signal
from hounsfield.cli.memory import keep_freed_memory
from hounsfield.cli.migrate import open_platform
from hounsfield.cli.server import serve
from hounsfield.http import rooms as _rooms  # noqa: F401  loads every table, job and hook
from hounsfield.kit import jobs
from hounsfield.kit.broker import JOBS
from hounsfield.kit.settings import Settings
from hounsfield.tasks.loop import SchedulerLoop

log = structlog.get_logger()
WORKER_THREADS = 2
DRAIN_SECONDS = 7.0


@click.command()
@options.data_dir
@options.address
@click.option(
    "--sockets/--no-sockets", default=True, help="Serve the sockets too, or leave them to `realtime`."
)
def api(sockets: bool, **given: object) -> None:
    """Serve the API, the page and, unless told otherwise, the sockets."""
    _serve(options.settings(**given), api=True, sockets=sockets)


@click.command()
@options.data_dir
@options.address
def realtime(**given: object) -> None:
    """Serve the sockets only: /socket.io and /ws."""
    _serve(options.settings(**given), api=False, sockets=True)


def _serve(settings: Settings, *, api: bool, sockets: bool) -> None:
    logs.to_stderr(settings.log_level)
    platform = open_platform(settings)
    platform.start()
    listened = serve(platform, settings.host, settings.port, api=api, sockets=sockets)
    platform.close()
    sys.exit(0 if listened else EXIT_PORT)


def health_port_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--health-port",
        type=click.IntRange(1, 65_535),
        help="Port for /healthz, /readyz and /metrics; none is opened without it.",
    )(command)


@click.command()
@options.data_dir
@health_port_option
@click.option(
    "--log-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the log here instead of standard error.",
)
@click.option("--threads", type=click.IntRange(1, 64), default=WORKER_THREADS, show_default=True)
@click.option("--exit-with-parent", is_flag=True, help="End when the process that started this one does.")
def worker(
    health_port: int | None, log_file: Path | None, threads: int, exit_with_parent: bool, **given: object
) -> None:
    """Run the platform's jobs: ingest, preparation, housekeeping."""
    keep_freed_memory()
    settings = options.settings(**given)
    _log(log_file, settings.log_level)
    platform = open_platform(settings)
    jobs.install(platform.broker.celery, platform)
    platform.start()
    health = serve_health(platform, health_port)
    if exit_with_parent:
        end_with_parent(lambda: os.kill(os.getpid(), signal.SIGTERM))
    worker_shutting_down.connect(_leave_in_time)
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
    if health:
        health.stop()
    platform.close()
    sys.exit(celery_worker.exitcode or 0)


def _leave_in_time(**_: object) -> None:
    """Wait for running jobs, but not for ever: what is not acknowledged goes to another worker, and goes on there."""

    def leave() -> None:
        log.warning("worker.left", reason="a job takes longer than a stop may")
        os._exit(0)

    timer = threading.Timer(DRAIN_SECONDS, leave)
    timer.daemon = True
    timer.start()


@click.command()
@options.data_dir
@health_port_option
def scheduler(health_port: int | None, **given: object) -> None:
    """Assign tasks to engines, find lost ones, keep house."""
    settings = options.settings(**given)
    logs.to_stderr(settings.log_level)
    platform = open_platform(settings)
    platform.start()
    loop, stopped = SchedulerLoop(platform), threading.Event()
    on_stop_signal(stopped.set)
    loop.start()
    health = serve_health(platform, health_port)
    stopped.wait()
    loop.stop()
    if health:
        health.stop()
    platform.close()


def _log(log_file: Path | None, level: str) -> None:
    if log_file:
        logs.to_file(log_file, level)
    else:
        logs.to_stderr(level)
