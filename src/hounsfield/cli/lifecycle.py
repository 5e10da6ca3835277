"""Processes that belong together end together."""

import os
import signal
import threading
import time
from collections.abc import Callable

POLL_SECONDS = 0.5


def end_with_parent(stop: Callable[[], None]) -> None:
    """Call `stop` when the process that started this one is gone (also after a kill -9, which tells nobody)."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(POLL_SECONDS)
        stop()

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def on_stop_signal(stop: Callable[[], None]) -> None:
    """Call `stop` at SIGINT and SIGTERM."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop())
