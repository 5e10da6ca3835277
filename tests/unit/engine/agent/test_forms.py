"""A Python folder, a command and a container: each runs, is limited, and leaves nothing behind."""

import os

import pytest
from engine_forms import FORMS, Trial

from hounsfield_engine import keeper
from hounsfield_engine.agent import child
from hounsfield_engine.agent.attempt import Stop, Stopped
from hounsfield_engine.sdk import Artifact, RetryElsewhere


@pytest.fixture(params=FORMS)
def trial(request, tmp_path):
    trials = []

    def make(what, **more):
        trials.append(Trial(tmp_path, request.param, what, **more))
        return trials[-1]

    yield make
    for item in trials:
        item.close()


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_it_runs(trial, umask):
    before = os.umask(umask)
    try:
        done = trial("copy").start().end()
    finally:
        os.umask(before)
    assert done.error is None
    assert done.outcome.artifacts == [Artifact("copy.bin", "document", "text/plain")]
    assert done.outcome.metrics == {"n": 1}
    assert (done.folder / "out" / "copy.bin").read_bytes() == b"a" * 1000 + b"b" * 1000
    assert done.reports == [(40, "half")]


def test_a_stop_ends_the_deaf_and_those_that_left_the_group(trial):
    running = trial("deaf").start()
    running.ready()
    assert len(running.living) >= 3
    running.stop(Stop.CANCELLED)
    assert isinstance(running.end().error, Stopped)
    assert not running.living


def test_a_stop_takes_less_than_five_seconds_by_design():
    assert child.WATCH_S + child.KEEPER_S <= 5.1
    assert child.TERM_S + keeper.UNDO_S <= 4.5


def test_it_ends_when_the_engine_is_gone(trial):
    running = trial("deaf").start()
    running.ready()
    running.child._process.stdin.close()  # what the system does for a process that dies
    running.end()
    assert not running.living


def test_a_process_left_behind_by_a_good_end_is_ended(trial):
    done = trial("daemon").start().end()
    assert done.error is None
    assert done.outcome.artifacts == []
    assert not done.living


def test_too_much_memory_is_for_another_engine(trial):
    error = trial("hog", memory_mb=150).start().end().error
    assert isinstance(error, RetryElsewhere)
    assert (error.code, str(error)) == ("OUT_OF_MEMORY", "needs more than 150 MB of memory")


HIDDEN_HOG = "(setsid dd if=/dev/zero of=/dev/null bs=300M &) ; echo '{\"progress\": 1}'; sleep $2"


def test_memory_of_a_process_that_left_the_group_counts(tmp_path):
    hidden = Trial(tmp_path, "command", "", memory_mb=150, script=HIDDEN_HOG)
    try:
        assert hidden.start().end().error.code == "OUT_OF_MEMORY"
    finally:
        hidden.close()


def test_a_keeper_that_is_stopped_does_not_save_its_program(tmp_path, monkeypatch):
    monkeypatch.setattr(child, "KEEPER_S", 0.5)
    stopped = Trial(tmp_path, "command", "", script="kill -STOP $PPID; echo '{\"progress\": 1}'; sleep $2")
    try:
        stopped.start().ready()
        stopped.stop(Stop.CANCELLED)
        assert isinstance(stopped.end().error, Stopped)
        assert not stopped.living
    finally:
        stopped.close()
