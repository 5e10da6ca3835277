"""What becomes of a task, as the platform sees it."""

import hashlib
import re
from pathlib import Path

import psutil
import pytest


def pids(path: Path):
    return [int(pid) for pid in path.read_text().split()]


def dead(path: Path):
    """Wait until every process named in the file is gone."""
    _, alive = psutil.wait_procs(
        [psutil.Process(pid) for pid in pids(path) if psutil.pid_exists(pid)], timeout=10
    )
    return not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


def test_success(shared):
    files = {f"{number:05}.dcm": bytes([number]) * 100_000 for number in range(1, 12)}
    task = shared.finish(shared.platform.add("toy_copy", files, {"word": "体"}))
    everything = b"".join(files.values())
    assert task.outputs == {"copy.bin": everything, "secrets.txt": b"False"}
    assert task.completion["metrics"] == {"bytes": len(everything), "told": "体"}
    assert task.completion["results"][0]["metadata"] == {"sha256": hashlib.sha256(everything).hexdigest()}
    assert {report.progress for report in task.progress} <= {0.0, 50.0}


def test_same_inputs_are_not_downloaded_again(shared):
    files = {"a.dcm": b"once" * 1000, "b.dcm": b"twice" * 1000}
    assert shared.finish(shared.platform.add("toy_copy", files)).downloads == 2
    again = shared.finish(shared.platform.add("toy_copy", files))
    assert (again.status, again.downloads) == ("COMPLETED", 0)


def test_a_runtime_gets_its_model_once(shared):
    network = b"network" * 40_000
    for downloads in (1, 0):
        task = shared.finish(shared.platform.add("toy_model", model=network))
        assert task.outputs == {"model.bin": network}
        sha256 = hashlib.sha256(network).hexdigest()
        assert task.completion["metrics"] == {
            "sha256": sha256,
            "manifest": {"name": "told"},
            "writable": False,
        }
        assert task.downloads == downloads


def test_a_damaged_model_is_fetched_again(shared):
    shared.platform.faults += [(r"GET .*/model", "corrupt"), (r"GET .*/model", "cut")]
    task = shared.finish(shared.platform.add("toy_model", model=b"other" * 50_000))
    assert task.outputs == {"model.bin": b"other" * 50_000}
    assert not shared.platform.faults


@pytest.mark.parametrize(
    ("algorithm", "code", "decision"),
    [
        ("toy_refuse", "NO_BONE", "user_facing"),
        ("toy_bug", "ALGORITHM_ERROR", "retry_elsewhere"),
        ("toy_crash", "ENGINE_CHILD_CRASHED", "retry_elsewhere"),
        ("toy_hog", "OUT_OF_MEMORY", "retry_elsewhere"),
        ("toy_unheard_of", "ALGORITHM_UNKNOWN", "retry_elsewhere"),
    ],
)
def test_failure_is_reported_with_its_decision(shared, algorithm, code, decision):
    failure = shared.finish(shared.platform.add(algorithm)).failure
    assert (failure["code"], failure["decision"]) == (code, decision)
    assert "Doe" not in failure["message"]


def test_crash_names_the_signal(shared):
    assert "SIGSEGV" in shared.finish(shared.platform.add("toy_crash")).failure["message"]


def test_timeout_kills_the_whole_group(shared, tmp_path):
    parameters = {"pids": str(tmp_path / "pids"), "deaf": True}
    task = shared.platform.add("toy_sleep", parameters=parameters, start_to_close_s=1.5)
    failure = shared.finish(task).failure
    assert (failure["code"], failure["decision"]) == ("TIMEOUT", "user_facing")
    assert dead(tmp_path / "pids")


def test_cancel_by_heartbeat_kills_the_whole_group(shared, tmp_path):
    task = shared.platform.add("toy_sleep", parameters={"pids": str(tmp_path / "pids")})
    shared.offer(task)
    shared.platform.wait_for((tmp_path / "pids").exists)
    task.cancel = True
    shared.platform.wait_for(lambda: task.failure, "the cancelled attempt")
    assert task.failure["decision"] == "cancelled"
    assert dead(tmp_path / "pids")


def test_conflict_on_progress_kills_the_child_and_reports_nothing(shared, tmp_path):
    task = shared.platform.add("toy_sleep", parameters={"pids": str(tmp_path / "pids"), "chatty": True})
    shared.offer(task)
    shared.platform.wait_for((tmp_path / "pids").exists)
    shared.platform.wait_for(
        lambda: any(task.task_id == a.task_id for a in shared.platform.beats[-1].attempts)
    )
    task.epoch = 2
    shared.platform.wait_for(lambda: not shared.platform.beats[-1].attempts, "the fenced attempt")
    assert dead(tmp_path / "pids")
    assert (task.status, task.failure) == ("IN_PROGRESS", None)


def test_stale_offer_is_dropped(shared):
    stale = shared.platform.add("toy_copy", epoch=3)
    shared.offer(stale, epoch=2)
    assert shared.finish(shared.platform.add("toy_copy")).status == "COMPLETED"
    shared.platform.wait_for(
        lambda: re.search(f"offer.dropped task={stale.task_id} epoch=2", shared.log.read_text())
    )
    assert stale.status == "ASSIGNED"


def test_damaged_download_is_repeated(shared):
    shared.platform.faults += [
        (r"GET .*/bad\.dcm", "corrupt"),
        (r"GET .*/cut\.dcm", "cut"),
        (r"GET .*/cut\.dcm", 503),
    ]
    files = {"bad.dcm": b"bad" * 50_000, "cut.dcm": b"cut" * 50_000}
    task = shared.finish(shared.platform.add("toy_copy", files))
    assert task.outputs["copy.bin"] == b"".join(files.values())
    assert not shared.platform.faults


def test_download_that_stays_damaged_fails(shared):
    shared.platform.faults += [(r"GET .*/worse\.dcm", "corrupt")] * 3
    task = shared.finish(shared.platform.add("toy_copy", {"worse.dcm": b"worse" * 100}))
    assert (task.failure["code"], task.failure["decision"]) == ("INPUT_CORRUPT", "retry_elsewhere")


def test_upload_and_completion_survive_a_platform_that_is_away(shared):
    shared.platform.faults += [
        (r"PUT .*/copy\.bin", 503),
        (r"PUT .*/copy\.bin", 500),
        (r"POST .*/complete", 502),
    ]
    task = shared.finish(shared.platform.add("toy_copy", {"x.dcm": b"x"}))
    assert task.outputs["copy.bin"] == b"x"
    assert not shared.platform.faults


def test_work_folders_are_removed(shared):
    shared.finish(shared.platform.add("toy_copy"))
    shared.platform.wait_for(
        lambda: {path.name for path in shared.work.iterdir()} == {"cache", "lock"}, "the broom"
    )
