"""A process that is to end with its parent does so even where that was gone before it could look."""

import subprocess
import sys
import threading

import pytest

from hounsfield.cli.lifecycle import PARENT, end_with_parent


def test_a_parent_that_died_while_its_child_was_starting_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    monkeypatch.setenv(PARENT, str(gone.pid))
    stopped = threading.Event()
    end_with_parent(stopped.set)
    assert stopped.wait(30)
