"""Where the time and the memory of a process go, stage by stage.

The process notes when its stages begin and end; the one that started it samples the memory meanwhile. Both read the
monotonic clock, which all processes of a machine share.
"""

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

_INTERVAL_S = 0.01
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Stage(NamedTuple):
    name: str
    begin: float
    end: float
    cpu: float  # of the thread it ran in


class Stages:
    """Notes every call of the functions it watches, from any thread."""

    def __init__(self) -> None:
        self.noted: list[Stage] = []

    def watch(self, owner: Any, name: str) -> None:
        inner: Callable[..., Any] = getattr(owner, name)

        def noting(*args: Any, **kwargs: Any) -> Any:
            begin, cpu = time.monotonic(), time.thread_time()
            try:
                return inner(*args, **kwargs)
            finally:
                self.noted.append(Stage(name, begin, time.monotonic(), time.thread_time() - cpu))

        setattr(owner, name, noting)


def cpu_seconds() -> float:
    """What this process and the children it has waited for used so far."""
    return sum(os.times()[:4])


class MemoryWatch:
    """Samples what a process and its children hold, added up: pages they share count more than once."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._samples: list[tuple[float, float]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def peak_mb(self, begin: float = 0.0, end: float = float("inf")) -> float:
        """Largest sample between two times; 0 where there is none."""
        return max((mb for at, mb in self._samples if begin <= at <= end), default=0.0)

    def _sample(self) -> None:
        while not self._stop.wait(_INTERVAL_S):
            with suppress(OSError):  # one of them ended meanwhile
                children = Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text().split()
                held = sum(_resident_pages(pid) for pid in (self._pid, *children))
                self._samples.append((time.monotonic(), held * _PAGE / 1e6))


def _resident_pages(pid: int | str) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1])
