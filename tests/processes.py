"""A program of a test's own: started with a log, stopped, frozen, killed, and never left behind."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

STOP_SECONDS = 10.0  # what every role of the platform promises
TAIL = 40
PORTS = range(26_000, 32_000)


class Process:
    """One program. `start` may be called again after its end; the log goes on in the same file."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.name, self.command, self.log = name, list(command), log
        self._environment = dict(environment)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None, f"{self.name} was not started"
        return self._process.pid

    def start(self) -> None:
        assert not self.running, f"{self.name} runs already"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self.command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        """Pull the plug on this process alone; its children have to notice by themselves."""
        self.signal(signal.SIGKILL)
        self.wait(STOP_SECONDS)

    def end(self) -> int:
        """Ask the process to stop and return its exit code; it has ten seconds."""
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        return self.wait(STOP_SECONDS)

    def wait(self, seconds: float) -> int:
        """Return the exit code."""
        assert self._process is not None
        return self._process.wait(seconds)

    def remove(self) -> None:
        """Leave nothing of it, whatever state it is in."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def tail(self) -> str:
        """Return the end of its log."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join([f"--- {self.name} ({self.log})", *lines[-TAIL:]])


def free_port() -> int:
    """Return a port that nobody listens on.

    It lies below those that the system gives to outgoing connections: one of these could take it between
    here and the server that will listen on it.
    """
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port


def listens(port: int) -> bool:
    """Whether a server takes connections on this port."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def until(done: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    """Wait until something holds that no event tells of.

    Raises
    ------
    AssertionError
        It took longer than `seconds`.
    """
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.05)
