"""What `up` does when a process beside it ends: start it again, unless it ended because it should."""

import os
import queue
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from hounsfield.cli import children
from hounsfield.cli.children import Child, Command


class Starts:
    """A command that says over a pipe that it was started, and ends at once."""

    def __init__(self, folder: Path) -> None:
        self._read, self.write = os.pipe()
        say = f"import os; os.write({self.write}, b'x')"
        self.command = Command("engine", [sys.executable, "-c", say], {}, folder / "engine.log")

    def wait(self) -> None:
        assert os.read(self._read, 1) == b"x"

    def none(self) -> bool:
        os.set_blocking(self._read, False)
        try:
            os.read(self._read, 1)
        except BlockingIOError:
            return True
        finally:
            os.set_blocking(self._read, True)
        return False

    def close(self) -> None:
        os.close(self._read)
        os.close(self.write)


@pytest.fixture
def starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Starts]:
    monkeypatch.setattr(children, "LOOK_SECONDS", 0.001)
    monkeypatch.setattr(children, "RESTART_SECONDS", (0.001,))
    made = Starts(tmp_path)
    yield made
    made.close()


def stop(child: Child, answers: "queue.Queue[bool] | None" = None) -> None:
    """End a child, which may be asking at this very moment."""
    child.end()
    if answers is not None:
        answers.put(False)
    child.join(10)
    assert not child.is_alive()
    child.finish(0)


def test_what_ends_by_itself_is_started_again(starts: Starts) -> None:
    child = Child(starts.command, held=starts.write)
    child.start()
    for _ in range(3):
        starts.wait()
    stop(child)


def test_what_is_not_wanted_rests_with_one_word_about_it_until_it_is_wanted(starts: Starts) -> None:
    answers: queue.Queue[bool] = queue.Queue()
    asked: queue.Queue[None] = queue.Queue()

    def wanted() -> bool:
        asked.put(None)
        return answers.get()

    with structlog.testing.capture_logs() as said:
        child = Child(starts.command, held=starts.write, wanted=wanted)
        child.start()
        starts.wait()
        for _ in range(4):  # it is asked again and again, and every time would be one to start it
            asked.get()
            answers.put(False)
        asked.get()
        assert starts.none()
        answers.put(True)
        starts.wait()
        asked.get()
        answers.put(False)
        stop(child, answers)
    assert [entry["event"] for entry in said[:2]] == ["child.resting", "child.wanted"]
