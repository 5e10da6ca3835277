"""Writers of one SQLite file take turns, whoever they are and however much they want."""

import multiprocessing
import statistics
from pathlib import Path
from typing import Any

from hounsfield.kit.turns import Turns

TURNS = 40


def _greedy(path: str, count: Any, stop: Any) -> None:
    turns = Turns(path)
    while not stop.is_set():
        with turns.hold():
            count.value += 1


def test_who_has_just_written_queues_behind_who_waits(tmp_path: Path) -> None:
    path = str(tmp_path / "some.db")
    process = multiprocessing.get_context("spawn")
    count, stop = process.Value("q", 0, lock=False), process.Event()
    other = process.Process(target=_greedy, args=(path, count, stop))
    other.start()
    try:
        turns, passed = Turns(path), []
        while count.value == 0:
            pass
        for _ in range(TURNS):
            before = count.value
            with turns.hold():
                passed.append(count.value - before)
    finally:
        stop.set()
        other.join()
    # the one that was writing, and at most one more that asked first; the rest is what chance put before our asking
    assert statistics.median(passed) <= 2


def test_without_a_file_threads_still_take_turns() -> None:
    turns = Turns(None)
    with turns.hold():
        pass
    with turns.hold():
        pass
    turns.close()
