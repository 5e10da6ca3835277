"""From a new user's upload of the demonstration CT to the model in hand: where the time goes, as the user's socket tells it.

    python bench/demo_timeline.py [--quick]

`hounsfield up` starts three times on a folder of its own: first with nothing there (no database, no compiled modules, as
after `make up` has installed it), then twice more; the last start does the job. `--quick` starts once.
"""

import argparse
import os
import queue
import tempfile
import time
from pathlib import Path
from typing import Any

import socketio

from hounsfield.cli.demo.load import ALGORITHM, archive
from running import ADMIN_PASSWORD, Hounsfield

USERNAME, PASSWORD = "bench", "a long enough sentence"
ENDED = {"COMPLETED", "FAILED", "CANCELLED"}
PATIENCE_SECONDS = 150.0


class Timeline:
    """Marks with the seconds since the first and since the one before."""

    def __init__(self) -> None:
        self._began = self._last = time.monotonic()

    def mark(self, what: str, at: float | None = None) -> None:
        now = time.monotonic() if at is None else at
        print(f"{now - self._began:8.2f} s {now - self._last:+8.2f}   {what}", flush=True)
        self._last = now


class Socket:
    """The user's socket: what it hears is queued with the time it came."""

    def __init__(self, up: Hounsfield, token: str) -> None:
        self._heard: queue.Queue[tuple[float, str, dict[str, Any]]] = queue.Queue()
        self._client = socketio.Client(reconnection=False)
        for name in ("task_status", "task_progress", "ingest_progress", "ingest_finished"):
            self._client.on(name, self._listener(name))
        self._client.connect(up.origin, auth={"token": token}, transports=["websocket"])
        self.close = self._client.disconnect

    def _listener(self, name: str) -> Any:
        return lambda data: self._heard.put((time.monotonic(), name, data))

    def next(self, seconds: float) -> tuple[float, str, dict[str, Any]]:
        return self._heard.get(timeout=seconds)


def order(up: Hounsfield, study: bytes, line: Timeline) -> str:
    form = {"task_type": ALGORITHM, "model_name": "timeline"}
    ordered = up.call("POST", "/files/upload", data=form, files={"file": ("ct.zip", study)})
    line.mark(f"upload answered 202, {len(study) / 1e6:.1f} MB")
    task_id: str = ordered["task_id"]
    return task_id


def follow(socket: Socket, line: Timeline) -> str:
    """Print what the socket says until the task has ended, and return how it did."""
    deadline, progress = time.monotonic() + PATIENCE_SECONDS, -1
    while True:
        at, name, data = socket.next(deadline - time.monotonic())
        if name == "task_status":
            line.mark(f"task {data['status']}", at)
            if data["status"] in ENDED:
                return str(data["status"])
        elif name == "ingest_progress":
            line.mark(f"ingest {data['done']} of {data['total']}", at)
        elif name == "ingest_finished":
            line.mark("ingest done", at)
        elif data["progress"] > progress:
            progress = data["progress"]
            line.mark(f"  {progress:3} %  {data['message']}", at)


def fetch(up: Hounsfield, task_id: str, line: Timeline) -> None:
    """Load the meshes as the page does."""
    info = up.call("GET", f"/tasks/{task_id}")["model_info_id"]
    models = up.call("GET", f"/models/{info}/models")
    line.mark(f"list of {len(models)} models")
    for model in models:
        content = up.http.get(up.origin + model["glb_url"]).raise_for_status().content
        line.mark(f"GLB {model['tissue']}, {len(content) / 1e6:.1f} MB, {model['triangles']} triangles")


def wait_for_engine(up: Hounsfield, earlier: str) -> str:
    """Wait until this start's engine has registered, and return its boot id; an earlier one is still listed."""
    up.sign_in("admin", ADMIN_PASSWORD)
    while True:
        for engine in up.call("GET", "/engines")["items"]:
            if engine["boot_id"] != earlier:
                return str(engine["boot_id"])
        time.sleep(0.05)


def run(folder: Path, starts: int) -> None:
    boot_id = ""
    for number in range(1, starts + 1):
        began = time.monotonic()
        with Hounsfield(folder / "data", bytecode=folder / "bytecode") as up:
            boot_id = wait_for_engine(up, boot_id)
            seconds = time.monotonic() - began
            print(f"start {number}: /readyz after {up.ready_seconds:.1f} s, engine after {seconds:.1f} s")
            if number == starts:
                timeline(up)


def timeline(up: Hounsfield) -> None:
    study = archive()
    up.call("POST", "/users/register", json={"username": USERNAME, "password": PASSWORD})
    token = up.sign_in(USERNAME, PASSWORD)
    socket = Socket(up, token)
    line = Timeline()
    task_id = order(up, study, line)
    if follow(socket, line) != "COMPLETED":
        raise RuntimeError(up.call("GET", f"/tasks/{task_id}")["error_message"])
    fetch(up, task_id, line)
    socket.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="start once")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="timeline-bench-") as folder:
        run(Path(folder), 1 if options.quick else 3)
    print(f"load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
