"""`hounsfield up`: the whole platform on one machine, with nothing but this process and three children.

This process serves the API, the sockets and the page and runs the scheduler; beside it run a worker, an engine and the
DICOM port, in the same roles and over the same interfaces as in a cluster. All of them hold one lock on the data folder,
so that a start after a `kill -9` waits until the last orphan has noticed and gone.
"""

import fcntl
import os
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import click
import structlog
from sqlalchemy.exc import SQLAlchemyError

from hounsfield.cli import demo, lifecycle, logs, migrate, options
from hounsfield.cli.administrator import PASSWORD_FILE, first_administrator
from hounsfield.cli.children import Child, Command
from hounsfield.cli.server import serve
from hounsfield.engines.models import Engine
from hounsfield.engines.service import TOKEN_PREFIX, adopt_token
from hounsfield.kit.platform import Platform
from hounsfield.kit.settings import Settings, kept_secret
from hounsfield.tasks.loop import SchedulerLoop
from hounsfield.tasks.recovery import recover

log = structlog.get_logger()
LOCK_SECONDS, STOP_SECONDS = 15.0, 6.0
EXIT_BUSY, EXIT_PORT = 3, 4
ENGINE, ENGINE_ID = "engine", "local"
# on one machine a beat costs nothing, and a cancelled task should stop at once
HEARTBEAT_SECONDS, LEASE_SECONDS, REAPER_SECONDS = 2.0, 20.0, 5.0


@click.command()
@options.data_dir
@options.address
@click.option(
    "--demo/--no-demo", "demo", default=None, help="Load the demonstration study at the first start."
)
@click.option(
    "--engine/--no-engine", "engine", default=True, help="Start a compute engine beside the platform."
)
@click.option("--dimse/--no-dimse", "dimse", default=True, help="Open the DICOM network's port too.")
@click.option("--dimse-port", type=click.IntRange(1, 65_535), help="Port for DICOM (default 11112).")
def up(engine: bool, dimse: bool, **given: Any) -> None:
    """Start everything on this machine and open two ports: the page's, and DICOM's."""
    settings = _settings(**given)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    lock = _lock(settings.data_dir / "lock")
    logs.to_file(settings.data_dir / "logs" / "platform.log", settings.log_level)
    migrate.bring_up(settings)
    platform = Platform.open(settings)
    password = first_administrator(platform)
    token = _engine_token(platform)
    recover(platform)
    platform.start()
    loop = SchedulerLoop(platform)
    loop.start()
    children = [
        Child(command, held=lock, wanted=partial(_wanted, platform, command))
        for command in _commands(settings, token, engine=engine, dimse=dimse)
    ]

    def listening() -> None:
        for child in children:
            child.start()
        _banner(settings, password, dimse=dimse)
        if settings.demo:
            threading.Thread(target=demo.load, args=(settings,), name="demo", daemon=True).start()

    listened = serve(platform, settings.host, settings.port, listening)
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        child.end()
    loop.stop()
    for child in children:
        child.finish(deadline)
    platform.close()
    os.close(lock)
    if not listened:
        click.echo(
            f"Port {settings.port} on {settings.host} cannot be opened: is something else using it?", err=True
        )
        sys.exit(EXIT_PORT)


def _settings(**given: Any) -> Settings:
    """Return the settings, with the quicker clocks of one machine where the environment does not say otherwise."""
    quick = {
        "heartbeat_interval_seconds": HEARTBEAT_SECONDS,
        "lease_seconds": LEASE_SECONDS,
        "reaper_interval_seconds": REAPER_SECONDS,
    }
    chosen = {name: value for name, value in quick.items() if f"HOUNSFIELD_{name.upper()}" not in os.environ}
    return options.settings(**chosen, **given)


def _lock(path: Path) -> int:
    """Hold the data folder's lock; its descriptor is inherited by the children and freed by the last to end."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                click.echo(f"Hounsfield is already running on {path.parent}", err=True)
                sys.exit(EXIT_BUSY)
            time.sleep(0.2)
        else:
            return descriptor


def _engine_token(platform: Platform) -> str:
    token = f"{TOKEN_PREFIX}_{kept_secret(platform.settings.data_dir / 'engine-token')}"
    with platform.db.write() as session:
        adopt_token(session, "this machine's engine", token)
    return token


def _wanted(platform: Platform, command: Command) -> bool:
    """Tell whether a child that ended should run again: a drained engine rests until it may take work again."""
    if command.name != ENGINE:
        return True
    try:
        with platform.db.read() as session:
            row = session.get(Engine, ENGINE_ID)
            return row is None or not row.draining
    except SQLAlchemyError as error:
        log.warning("engine.unknown", error=str(error))
        return False  # asked again shortly


def _commands(settings: Settings, token: str, *, engine: bool, dimse: bool) -> list[Command]:
    programs, folder = Path(sys.executable).parent, settings.data_dir.resolve()
    shared = {
        "HOUNSFIELD_DATA_DIR": str(folder),
        "HOUNSFIELD_BROKER_URL": settings.broker,
        "HOUNSFIELD_LEASE_SECONDS": str(settings.lease_seconds),
        "HOUNSFIELD_HOST": settings.host,
        lifecycle.PARENT: str(os.getpid()),
        "HOUNSFIELD_DIMSE_PORT": str(settings.dimse_port),
    }
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104  read, not bound
    commands = [
        Command(
            "worker",
            [str(programs / "hounsfield"), "worker", "--exit-with-parent"],
            shared,
            folder / "logs" / "worker.log",
        )
    ]
    if dimse:
        commands.append(
            Command(
                "dimse",
                [str(programs / "hounsfield"), "dimse", "--exit-with-parent"],
                shared,
                folder / "logs" / "dimse.log",
            )
        )
    if engine:
        commands.append(
            Command(
                ENGINE,
                [str(programs / "hounsfield-engine"), "run", "--exit-with-parent"],
                shared
                | {
                    "HOUNSFIELD_API_URL": f"http://{host}:{settings.port}",
                    "HOUNSFIELD_ENGINE_TOKEN": token,
                    "HOUNSFIELD_ENGINE_PARENT_PID": str(os.getpid()),
                    "HOUNSFIELD_ENGINE_ID": ENGINE_ID,
                    "HOUNSFIELD_ENGINE_WORK_DIR": str(folder / "engine"),
                },
                folder / "logs" / "engine.log",
            )
        )
    return commands


def _banner(settings: Settings, password: str | None, *, dimse: bool) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    lines = [f"Hounsfield is running at http://{host}:{settings.port}"]
    if password:
        lines += ["  user      admin", f"  password  {password}"]
        lines.append(f"  (shown this once; kept in {settings.data_dir / PASSWORD_FILE})")
    else:
        lines.append("  user      admin")
    if dimse:
        lines.append(
            f"  DICOM     {settings.dimse_ae_title} at {settings.dimse_host or host}:{settings.dimse_port}"
        )
    lines += [f"  data      {settings.data_dir.resolve()}", "  stop      Ctrl-C"]
    click.echo("\n".join(lines))
    sys.stdout.flush()
