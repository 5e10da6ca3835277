"""Each role by itself: when it refuses to start, what its health port says, and that it leaves in time."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from tests.processes import Process, free_port, until

from hounsfield.cli import migrate
from hounsfield.kit.outbox import send_job
from hounsfield.kit.platform import Platform
from hounsfield.kit.settings import Settings

HOUNSFIELD = Path(sys.executable).parent / "hounsfield"
ROLES = [
    ["api", "--port"],
    ["realtime", "--port"],
    ["worker", "--health-port"],
    ["scheduler", "--health-port"],
    ["dimse", "--health-port"],
]
IDS = [role[0] for role in ROLES]
# a worker with one more job: it says that it has begun, and never ends
STUCK = """
import pathlib, sys, threading
from hounsfield.cli.main import main
from hounsfield.kit.jobs import job

@job("test.stuck")
def stuck(platform, **arguments):
    pathlib.Path(arguments["mark"]).touch()
    threading.Event().wait()

sys.argv = ["hounsfield", "worker"]
main()
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A folder whose database has every table."""
    settings = Settings(data_dir=tmp_path / "data", secret_key="test-signing-key-that-is-long-enough")
    assert migrate.bring_up(settings)
    return settings


@pytest.fixture
def running() -> Iterator[ExitStack]:
    """Processes to be removed at the end, whatever happens."""
    with ExitStack() as stack:
        yield stack


def environment(settings: Settings, **more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HOUNSFIELD_")}
    return {**clean, "HOUNSFIELD_DATA_DIR": str(settings.data_dir), "HOUNSFIELD_SECRET_KEY": "x" * 40, **more}


def start(stack: ExitStack, settings: Settings, role: list[str], port: int) -> Process:
    log = settings.data_dir / f"{role[0]}.log"
    env = environment(settings, HOUNSFIELD_DIMSE_PORT=str(free_port()))
    process = Process(role[0], [str(HOUNSFIELD), *role, str(port)], env, log)
    stack.callback(process.remove)
    process.start()
    return process


def answers(url: str, process: Process) -> bool:
    assert process.running, process.tail()
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def refusal(role: list[str], environment: dict[str, str], port: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(HOUNSFIELD), *role, str(port)], env=environment, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("role", ROLES, ids=IDS)
def test_no_role_starts_on_a_database_that_was_not_migrated(role: list[str], tmp_path: Path) -> None:
    done = refusal(role, environment(Settings(data_dir=tmp_path)), free_port())
    assert (done.returncode, "hounsfield migrate" in done.stderr) == (7, True), done.stderr


def test_no_role_starts_without_its_database(tmp_path: Path) -> None:
    nowhere = {"HOUNSFIELD_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/none"}
    done = refusal(
        ["worker", "--health-port"], environment(Settings(data_dir=tmp_path), **nowhere), free_port()
    )
    assert (done.returncode, "does not answer" in done.stderr) == (6, True), done.stderr


@pytest.mark.parametrize("role", [ROLES[0], ROLES[2]], ids=["api", "worker"])
def test_a_port_that_is_taken_ends_the_role(role: list[str], settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert refusal(role, environment(settings), taken.getsockname()[1]).returncode == 4


@pytest.mark.parametrize("role", ROLES, ids=IDS)
def test_a_role_is_ready_is_counted_and_leaves_with_0(
    role: list[str], settings: Settings, running: ExitStack
) -> None:
    port = free_port()
    process = start(running, settings, role, port)
    url = f"http://127.0.0.1:{port}"
    until(lambda: answers(f"{url}/readyz", process), "it to be ready")
    assert httpx.get(f"{url}/healthz").json() == {"status": "ok"}
    assert "process_resident_memory_bytes" in httpx.get(f"{url}/metrics").text
    # only the API has what a person or an engine asks for, and only where sockets are is there a way to them
    assert httpx.get(f"{url}/api/v1/openapi.json").status_code == (200 if role[0] == "api" else 404)
    assert process.end() == 0, process.tail()


def test_an_api_without_sockets_refuses_them(settings: Settings, running: ExitStack) -> None:
    port = free_port()
    process = start(running, settings, ["api", "--no-sockets", "--port"], port)
    url = f"http://127.0.0.1:{port}"
    until(lambda: answers(f"{url}/readyz", process), "it to be ready")
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    answer = httpx.get(f"{url}/socket.io/?EIO=4&transport=websocket", headers=upgrade)
    assert answer.status_code == 400


def test_a_worker_leaves_in_time_and_its_job_goes_to_the_next(
    settings: Settings, running: ExitStack, tmp_path: Path
) -> None:
    mark = tmp_path / "begun"
    platform = Platform.open(settings)
    running.callback(platform.close)
    with platform.db.write() as session:
        send_job(session, "test.stuck", mark=str(mark))
    for _ in range(2):
        process = Process("worker", [sys.executable, "-c", STUCK], environment(settings), tmp_path / "log")
        running.callback(process.remove)
        process.start()
        until(mark.exists, "the job to begin", 60)
        assert process.end() == 0, process.tail()
        mark.unlink()


def test_a_token_that_could_be_guessed_is_refused_at_migration(tmp_path: Path) -> None:
    given = environment(Settings(data_dir=tmp_path), HOUNSFIELD_ENGINE_TOKEN="hfe_short")
    done = subprocess.run(
        [str(HOUNSFIELD), "migrate"], env=given, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, "--engine-token" in done.stderr) == (2, True), done.stderr
