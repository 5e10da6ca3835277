"""Processes that belong together end together."""

import os
import signal
import threading
import time
from collections.abc import Callable

POLL_SECONDS = 0.5
PARENT = "HOUNSFIELD_PARENT_PID"  # set by whoever starts a process that is to end with it


def end_with_parent(stop: Callable[[], None]) -> None:
    """Call `stop` when the process that started this one is gone (also after a kill -9, which tells nobody).

    It says who it is: it may be gone before this one asks, and an orphan's parent never ends.
    """
    parent = int(os.environ.get(PARENT) or os.getppid())

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(POLL_SECONDS)
        stop()

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def on_stop_signal(stop: Callable[[], None]) -> None:
    """Call `stop` at SIGINT and SIGTERM."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop())
