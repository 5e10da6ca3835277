"""The program that executes an attempt: started under its keeper, watched, and ended with everything it started."""

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from hounsfield_engine import keeper
from hounsfield_engine.agent.attempt import Attempt
from hounsfield_engine.agent.diagnostics import Diagnostics
from hounsfield_engine.agent.outcome import conclude
from hounsfield_engine.agent.progress import follow
from hounsfield_engine.sdk import Outcome, RetryElsewhere, UserFacing

log = logging.getLogger(__name__)
WATCH_S = 0.25
FIRST_S = 0.03  # then twice as long each time: a program that runs for a moment is seen too
TERM_S = 2.0  # between SIGTERM and SIGKILL
KEEPER_S = TERM_S + keeper.UNDO_S + 0.3  # then the keeper itself is stuck
TREE_S = 1.0  # finding descendants reads the whole process table


@dataclass(frozen=True)
class Limits:
    """What an attempt may use."""

    seconds: float  # from its start, not from the child's
    memory_mb: int  # resident, of the program and its descendants together


@dataclass(frozen=True)
class Program:
    """What is to be started, without a shell."""

    argv: Sequence[str]
    undo: Sequence[str] | None = None  # run when it had to be ended
    out_of_memory: frozenset[int] = frozenset()  # exit codes that mean it
    not_started: frozenset[int] = frozenset()


class Child:
    """One process under its keeper, good for one attempt."""

    def __init__(self, program: Program, folder: Path | None = None) -> None:
        """Start a program in the attempt's folder; or one that will be told the folder on its standard input."""
        self._program = program
        self._waiting = folder is None  # a program that knows its folder may have ended before it is watched
        self._diagnostics = Diagnostics(folder) if folder else None
        order = {
            "program": list(program.argv),
            "grace_s": TERM_S,
            "stdin": self._waiting,
            "undo": program.undo and list(program.undo),
        }
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-I", "-S", keeper.__file__, json.dumps(order)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._diagnostics.fileno() if self._diagnostics else None,
            cwd=folder,
            env={
                name: value for name, value in os.environ.items() if not name.startswith("HOUNSFIELD_")
            },  # secrets
            start_new_session=True,
        )
        self._memory = _Memory(self._process.pid)
        self._reader: threading.Thread | None = None

    @classmethod
    def python(cls, modules: Iterable[str] = ()) -> "Child":
        """Start a runner that imports the modules and then waits for its attempt."""
        return cls(Program([sys.executable, "-m", "hounsfield_engine.runner", "--warm", *modules]))

    @property
    def alive(self) -> bool:
        """Whether it still waits or runs."""
        return self._process.poll() is None

    @property
    def peak_mb(self) -> float:
        """The most memory it was seen to hold."""
        return self._memory.peak_mb

    def run(self, folder: Path, limits: Limits, attempt: Attempt) -> Outcome:
        """Execute the attempt in `folder`.

        Raises
        ------
        EngineError
            With the decision of the algorithm, or ours when it crashed, passed a limit or left nothing usable.
        Stopped
            When the attempt was stopped; nothing of it runs by then.
        """
        diagnostics = self._diagnostics = self._diagnostics or Diagnostics(folder)
        try:
            try:
                if self._waiting:
                    self._tell(folder)
                self._reader = threading.Thread(target=self._follow, args=(attempt,), daemon=True)
                self._reader.start()
                self._watch(limits, attempt, diagnostics)
            finally:
                self.kill()
            attempt.wake.clear()  # set by the end of the child; a stop still shows in check
            attempt.check()
            self._judge(limits)
            return conclude(self._process.returncode, folder, diagnostics.log_tail)
        finally:
            diagnostics.close()

    def kill(self) -> None:
        """End it with everything it started: SIGTERM, then SIGKILL."""
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            self._process.wait(KEEPER_S)
        except subprocess.TimeoutExpired:  # stopped by its own program, or waiting for a disk
            for process in _tree(self._process.pid):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            self._process.wait()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        if self._reader:
            self._reader.join(1.0)
        else:
            self._process.stdout.close()

    def _tell(self, folder: Path) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(f"{folder}\n".encode())
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise RetryElsewhere("ENGINE_CHILD_CRASHED", "the runner ended before the attempt") from error

    def _follow(self, attempt: Attempt) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            follow(stream.fileno(), attempt.report)
        self._process.wait()
        attempt.wake.set()

    def _watch(self, limits: Limits, attempt: Attempt, diagnostics: Diagnostics) -> None:
        deadline = attempt.started + limits.seconds
        pause = FIRST_S
        while self.alive:
            attempt.check()
            diagnostics.trim()
            if time.monotonic() > deadline:
                raise UserFacing("TIMEOUT", f"not finished within {limits.seconds:.0f} s")
            if self._memory.resident_mb() > limits.memory_mb:
                raise _out_of_memory(limits)
            attempt.wake.wait(min(pause, max(0.01, deadline - time.monotonic())))
            pause = min(WATCH_S, 2 * pause)

    def _judge(self, limits: Limits) -> None:
        if self._process.returncode in self._program.out_of_memory:
            raise _out_of_memory(limits)
        if self._process.returncode in self._program.not_started:
            assert self._diagnostics
            self._diagnostics.log_tail()
            raise RetryElsewhere("CONTAINER_NOT_STARTED", "this engine could not start the container")


def _out_of_memory(limits: Limits) -> RetryElsewhere:
    return RetryElsewhere("OUT_OF_MEMORY", f"needs more than {limits.memory_mb} MB of memory")


def _tree(pid: int) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    return []


class _Memory:
    """Resident memory of a keeper's descendants; pages they share are counted more than once."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._tree: list[psutil.Process] = []
        self._looked = self._started = -TREE_S
        self.peak_mb = 0.0

    def resident_mb(self) -> float:
        """Megabytes at this moment."""
        now = time.monotonic()
        if self._started < 0:
            self._started = now
        if now - self._looked >= TREE_S or now - self._started < TREE_S:
            self._looked = now
            self._tree = _tree(self._pid)[1:]
        total = 0
        for process in self._tree:
            with suppress(psutil.NoSuchProcess):
                total += process.memory_info().rss
        self.peak_mb = max(self.peak_mb, total / (1 << 20))
        return total / (1 << 20)


class WarmChild:
    """Keeps one child ready, its modules imported."""

    def __init__(self, modules: Sequence[str]) -> None:
        self._modules = modules
        self._lock = threading.Lock()
        self._closed = False
        self._spare: Child | None = Child.python(modules)

    def take(self) -> Child:
        """Hand the ready child out and warm the next."""
        with self._lock:
            spare, self._spare = self._spare, None if self._closed else Child.python(self._modules)
        return spare if spare and spare.alive else Child.python(self._modules)

    def close(self) -> None:
        """End the child that waits."""
        with self._lock:
            self._closed, spare, self._spare = True, self._spare, None
        if spare:
            spare.kill()
