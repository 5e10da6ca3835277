"""`hounsfield up` on a folder of its own and a free port, and a client for it: what several benches start and stop."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import psutil

ADMIN_PASSWORD = "bench only, not a secret"


def cached_bytecode(folder: Path) -> dict[str, str]:
    """Return an environment in which Python keeps its compiled modules in a folder, whatever the caller's says."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return environment | {"PYTHONPYCACHEPREFIX": str(folder)}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(url: str, process: subprocess.Popen[bytes], seconds: float = 120.0) -> None:
    """Return as soon as a server answers with success.

    Raises
    ------
    RuntimeError
        It ended, or never answered.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server of {url} ended with {process.returncode}")
        try:
            if httpx.get(url, timeout=2).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.02)
    raise RuntimeError(f"{url} never answered")


def forget_peak() -> None:
    """Let this process's peak of memory start anew from what it uses now."""
    Path("/proc/self/clear_refs").write_text("5")


def cpu_seconds(pid: int) -> float:
    """Return what a process and its children have used so far."""
    times = [each.cpu_times() for each in _family(pid)]
    return sum(found.user + found.system for found in times)


def _family(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def peak_megabytes(pid: int) -> float:
    """Return the largest resident set of a process and its children so far, added up."""
    total = 0
    for each in _family(pid):
        status = Path(f"/proc/{each.pid}/status").read_text()
        total += next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    return total / 1024


class Hounsfield:
    """A running platform. `ready_seconds` is the time from starting the process until /readyz says yes."""

    def __init__(self, folder: Path, *options: str, bytecode: Path) -> None:
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self._command = [str(Path(sys.executable).with_name("hounsfield")), "up", "--no-demo", *options]
        if "--dimse-port" not in options:
            self._command.append("--no-dimse")
        self._command += ["--data-dir", str(folder), "--port", str(self.port)]
        self._environment = cached_bytecode(bytecode) | {"HOUNSFIELD_ADMIN_PASSWORD": ADMIN_PASSWORD}
        self.http = httpx.Client(base_url=f"{self.origin}/api/v1", timeout=120)

    def __enter__(self) -> Self:
        began = time.monotonic()
        self.process = subprocess.Popen(self._command, env=self._environment, stdout=subprocess.DEVNULL)
        try:
            wait_for(f"{self.origin}/readyz", self.process)
        except BaseException:
            self._stop()
            raise
        self.ready_seconds = time.monotonic() - began
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()
        self._stop()

    def _stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)

    def call(self, method: str, path: str, **how: Any) -> Any:
        """Return the JSON of an answer; anything but success is an error."""
        answer = self.http.request(method, path, **how)
        if not answer.is_success:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()

    def sign_in(self, username: str, password: str) -> str:
        """Make this user the one who calls, and return the access token."""
        answer = self.call("POST", "/users/login", json={"username": username, "password": password})
        token: str = answer["access_token"]
        self.http.headers["Authorization"] = f"Bearer {token}"
        return token
