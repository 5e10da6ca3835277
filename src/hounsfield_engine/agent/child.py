"""The process that executes an attempt: started ahead of time, watched, and killed with everything it started."""

import json
import logging
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from pydantic import TypeAdapter, ValidationError

from hounsfield_engine.agent.attempt import Attempt
from hounsfield_engine.runner import EXIT_CODES
from hounsfield_engine.sdk import Decision, EngineError, Outcome, RetryElsewhere, UserFacing

log = logging.getLogger(__name__)
WATCH_S = 0.25
TERM_S = 2.0  # between SIGTERM and SIGKILL
TREE_S = 1.0  # finding descendants reads the whole process table
_OUTCOME = TypeAdapter(Outcome)


class _Reported(EngineError):
    """What a child said of itself in ``result.json``."""

    def __init__(self, code: str, message: str, decision: Decision) -> None:
        super().__init__(code, message)
        self.decision = decision


@dataclass(frozen=True)
class Limits:
    """What an attempt may use."""

    seconds: float  # from its start, not from the child's
    memory_mb: int  # resident, of the child and its descendants together


class Child:
    """One runner, warm from its construction on, good for one attempt."""

    def __init__(self, modules: Iterable[str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "hounsfield_engine.runner", "--warm", *modules],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={
                name: value for name, value in os.environ.items() if not name.startswith("HOUNSFIELD_")
            },  # secrets
            start_new_session=True,
        )
        self._reader: threading.Thread | None = None

    @property
    def alive(self) -> bool:
        """Whether it still waits or runs."""
        return self._process.poll() is None

    def run(self, folder: Path, limits: Limits, attempt: Attempt) -> Outcome:
        """Execute the attempt in `folder`.

        Raises
        ------
        EngineError
            With the decision of the algorithm, or ours when it crashed or passed a limit.
        Stopped
            When the attempt was stopped; the child is dead by then.
        """
        try:
            self._tell(folder)
            self._reader = threading.Thread(target=self._read_progress, args=(attempt,), daemon=True)
            self._reader.start()
            self._watch(limits, attempt)
        finally:
            self.kill()
        attempt.wake.clear()  # set by the end of the child; a stop still shows in check
        attempt.check()
        return _conclude(self._process.returncode, folder)

    def kill(self) -> None:
        """End the whole process group: SIGTERM, then SIGKILL."""
        if self.alive:
            self._signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(TERM_S)
        self._signal(signal.SIGKILL)
        self._process.wait()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        if self._reader:
            self._reader.join(1.0)
        else:
            self._process.stdout.close()

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def _tell(self, folder: Path) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(f"{folder}\n".encode())
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise RetryElsewhere("ENGINE_CHILD_CRASHED", "the runner ended before the attempt") from error

    def _read_progress(self, attempt: Attempt) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                _take_progress(line, attempt.report)
        self._process.wait()
        attempt.wake.set()

    def _watch(self, limits: Limits, attempt: Attempt) -> None:
        deadline = attempt.started + limits.seconds
        memory = _Memory(self._process.pid)
        while self.alive:
            attempt.check()
            if time.monotonic() > deadline:
                raise UserFacing("TIMEOUT", f"not finished within {limits.seconds:.0f} s")
            if memory.resident_mb() > limits.memory_mb:
                raise RetryElsewhere("OUT_OF_MEMORY", f"needs more than {limits.memory_mb} MB of memory")
            attempt.wake.wait(min(WATCH_S, max(0.01, deadline - time.monotonic())))


class _Memory:
    """Resident memory of a process and its descendants; pages they share are counted more than once."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._tree: list[psutil.Process] = []
        self._looked = -TREE_S

    def resident_mb(self) -> float:
        """Megabytes at this moment."""
        if time.monotonic() - self._looked >= TREE_S:
            self._looked = time.monotonic()
            with suppress(psutil.NoSuchProcess):
                leader = psutil.Process(self._pid)
                self._tree = [leader, *leader.children(recursive=True)]
        total = 0
        for process in self._tree:
            with suppress(psutil.NoSuchProcess):
                total += process.memory_info().rss
        return total / (1 << 20)


class WarmChild:
    """Keeps one child ready, its modules imported."""

    def __init__(self, modules: Sequence[str]) -> None:
        self._modules = modules
        self._lock = threading.Lock()
        self._closed = False
        self._spare: Child | None = Child(modules)

    def take(self) -> Child:
        """Hand the ready child out and warm the next."""
        with self._lock:
            spare, self._spare = self._spare, None if self._closed else Child(self._modules)
        return spare if spare and spare.alive else Child(self._modules)

    def close(self) -> None:
        """End the child that waits."""
        with self._lock:
            self._closed, spare, self._spare = True, self._spare, None
        if spare:
            spare.kill()


def _take_progress(line: bytes, report: Callable[[float, str], None]) -> None:
    try:
        told: Any = json.loads(line)
        progress, message = float(told["progress"]), str(told.get("message", ""))
    except (ValueError, TypeError, KeyError):
        log.debug("child.stdout-ignored bytes=%d", len(line))
        return
    if math.isfinite(progress):
        report(progress, message)


def _conclude(status: int, folder: Path) -> Outcome:
    try:
        result: Any = json.loads((folder / "result.json").read_bytes())
        if status == 0:
            return _OUTCOME.validate_python(result)
        for decision, code in EXIT_CODES.items():
            if status == code and result["decision"] == decision:
                if result["code"] == "ALGORITHM_ERROR":
                    _log_tail(folder / "stderr.log")
                raise _Reported(str(result["code"]), str(result["message"]), decision)
    except (OSError, ValueError, TypeError, KeyError, ValidationError):
        log.warning("child.no-result status=%d", status)
    _log_tail(folder / "stderr.log")
    how = f"signal {signal.Signals(-status).name}" if status < 0 else f"exit code {status}"
    raise RetryElsewhere("ENGINE_CHILD_CRASHED", f"the algorithm's process ended with {how}")


def _log_tail(path: Path) -> None:
    with suppress(OSError):
        for line in path.read_text("utf-8", "replace").splitlines()[-30:]:
            log.warning("child.stderr %s", line)
