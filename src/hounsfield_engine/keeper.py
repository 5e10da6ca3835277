"""Stands between the engine and the program of one attempt, so that nothing the program started outlives it.

``python -I -S keeper.py ORDER`` with an order in JSON: `program` (argv), `grace_s` between SIGTERM and SIGKILL, `stdin`
(whether the program may read ours) and `undo` (argv or null, run when the program did not end by itself).

Orphans of its descendants become its own children, so that even a process that left its group and session is found. It
ends with the program's status; on SIGTERM after the grace; and at once when standard input closes, for then the engine
is gone. Only the standard library, and little of it: an attempt waits for these imports.
"""

import contextlib
import ctypes
import json
import os
import resource
import select
import signal
import sys
import time
from pathlib import Path

LINUX = sys.platform == "linux"
SUBREAPER, DEATH_SIGNAL = 36, 1  # options of prctl(2)
UNDO_S = 2.5


class Keeper:
    """Keeps one program."""

    def __init__(self, grace_s: float) -> None:
        self._grace_s = grace_s
        self._told = False
        self._leader = 0
        self._status: int | None = None
        self._bell, ring = os.pipe()
        for end in (self._bell, ring):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(ring, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._tell)
        if LINUX:
            ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)

    def keep(self, program: list[str], undo: list[str] | None, *, stdin: bool) -> int:
        """Run the program to its end and return its wait status."""
        self._leader = os.fork()
        if not self._leader:
            _become(program, stdin=stdin)
        os.close(1)  # the engine reads it to its end, which is the program's
        by_itself = self._wait()
        if undo and not by_itself:
            self._undo(undo)
        while self._reap():
            self._kill()
            time.sleep(0.002)
        return self._status or 0

    def _tell(self, *_: object) -> None:
        self._told = True

    def _wait(self) -> bool:
        """Wait for the program, at most for the grace once we are told to stop; say whether it ended by itself."""
        poll = select.poll()
        poll.register(self._bell, select.POLLIN)
        poll.register(0, 0)  # only to hear that the engine closed it
        deadline: float | None = None
        while self._reap() and self._status is None:
            if self._told and deadline is None:
                deadline = time.monotonic() + self._grace_s
                _signal_group(self._leader, signal.SIGTERM)
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return False
            events = dict(poll.poll(None if left is None else left * 1000))
            if 0 in events:
                return False
            with contextlib.suppress(BlockingIOError):
                os.read(self._bell, 4096)
        return deadline is None and os.WIFEXITED(self._status or 0)

    def _reap(self) -> bool:
        """Collect what has ended; say whether anything is left."""
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == self._leader:
                    self._status = status
                if not pid:
                    return True
        return False

    def _kill(self) -> None:
        if not LINUX:
            _signal_group(self._leader, signal.SIGKILL)
        for pid in _descendants(os.getpid()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _undo(self, command: list[str]) -> None:
        nothing = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in range(3)]
        with contextlib.suppress(OSError):
            pid = os.posix_spawnp(command[0], command, os.environ, file_actions=nothing)
            deadline = time.monotonic() + UNDO_S
            while os.waitpid(pid, os.WNOHANG)[0] != pid and time.monotonic() < deadline:
                time.sleep(0.01)


def _become(program: list[str], *, stdin: bool) -> None:
    """Turn this process into the program, in a session of its own, and the first to go when memory runs out."""
    try:
        os.setsid()
        if LINUX:
            ctypes.CDLL(None).prctl(DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
            with contextlib.suppress(OSError):
                Path("/proc/self/oom_score_adj").write_text("1000", "ascii")
        for number in (
            signal.SIGPIPE,
            signal.SIGXFSZ,
        ):  # Python ignores them, and programs would inherit that
            signal.signal(number, signal.SIG_DFL)
        if not stdin:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.execvp(program[0], program)  # noqa: S606 - no shell is what is wanted
    except BaseException as error:
        os.write(2, f"cannot start {program[0]}: {error}\n".encode(errors="replace"))
    finally:
        os._exit(127)


def _signal_group(leader: int, number: int) -> None:
    try:
        os.killpg(leader, number)
    except ProcessLookupError:  # it has not got as far as its own session
        with contextlib.suppress(ProcessLookupError):
            os.kill(leader, number)


def _descendants(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = stat.read_bytes().rpartition(b")")[2].split()[1]
            children.setdefault(int(parent), []).append(int(stat.parent.name))
    found = list(children.get(root, ()))
    for pid in found:
        found += children.get(pid, ())
    return found


def _end_like(status: int) -> None:
    """End as the program did, so that the engine sees its exit code or its signal."""
    if os.WIFSIGNALED(status):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        number = os.WTERMSIG(status)
        with contextlib.suppress(OSError, ValueError):  # SIGKILL
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    order = json.loads(sys.argv[1])
    _end_like(Keeper(order["grace_s"]).keep(order["program"], order["undo"], stdin=order["stdin"]))
