"""The processes that `up` starts beside itself: kept running, ended together."""

import os
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

log = structlog.get_logger()
RESTART_SECONDS = (0.5, 1, 2, 5, 10)
STABLE_SECONDS = 30.0
LOOK_SECONDS = 2.0  # between looks whether one that rests is wanted again
MAX_LOG_BYTES = 10 << 20


@dataclass(frozen=True)
class Command:
    """What to run, and where its output goes."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    log_file: Path


class Child(threading.Thread):
    """Runs a command and starts it again when it ends by itself, more slowly each time, as long as it is wanted."""

    def __init__(self, command: Command, *, held: int, wanted: Callable[[], bool] = lambda: True) -> None:
        """`held` is a file descriptor that the process holds open as long as it lives."""
        super().__init__(name=f"child-{command.name}", daemon=True)
        self._command, self._held, self._wanted = command, held, wanted
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._guard = threading.Lock()

    def run(self) -> None:
        failures = 0
        while True:
            with self._guard:
                if self._stopping.is_set():
                    return
                process = self._process = self._start()
            started = time.monotonic()
            code = process.wait()
            if self._stopping.is_set():
                return
            if not self._wanted():
                self._rest()
                failures = 0
                continue
            failures = 0 if time.monotonic() - started > STABLE_SECONDS else failures + 1
            pause = RESTART_SECONDS[min(failures, len(RESTART_SECONDS) - 1)]
            log.warning("child.ended", child=self._command.name, code=code, restart_in=pause)
            self._stopping.wait(pause)

    def _rest(self) -> None:
        """Leave the command ended until it is wanted again."""
        log.info("child.resting", child=self._command.name)
        while not self._stopping.wait(LOOK_SECONDS):
            if self._wanted():
                log.info("child.wanted", child=self._command.name)
                return

    def _start(self) -> subprocess.Popen[bytes]:
        self._keep_log_short()
        with self._command.log_file.open("ab") as output:
            return subprocess.Popen(  # noqa: S603  our own programs with our own arguments
                list(self._command.arguments),
                env={**os.environ, **self._command.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=[self._held],
                # a Ctrl-C in the terminal is for us; the children are told in their turn
                start_new_session=True,
            )

    def _keep_log_short(self) -> None:
        """Set a log aside that has grown large; it is written by another process, so only between two runs."""
        log_file = self._command.log_file
        log_file.parent.mkdir(parents=True, exist_ok=True)
        if log_file.exists() and log_file.stat().st_size > MAX_LOG_BYTES:
            log_file.replace(log_file.with_suffix(".log.1"))

    def end(self) -> None:
        """Ask the process to stop."""
        self._stopping.set()
        with self._guard:
            if self._process and self._process.poll() is None:
                self._process.terminate()

    def finish(self, deadline: float) -> None:
        """Wait for the process until a monotonic time, then kill it."""
        if self._process:
            try:
                self._process.wait(max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                log.warning("child.killed", child=self._command.name)
                self._process.kill()
                self._process.wait()
