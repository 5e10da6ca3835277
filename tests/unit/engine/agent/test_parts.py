"""Registry, settings, cache, runner and command line, each on its own."""

import hashlib
import json
import subprocess
import sys

import httpx
import pytest
from click.testing import CliRunner
from engine_toys import HERE

from hounsfield_engine import registry
from hounsfield_engine.agent.attempt import Attempt, Attempts, Stop, Stopped
from hounsfield_engine.agent.cache import InputCache
from hounsfield_engine.agent.intake import Slots
from hounsfield_engine.agent.platform import Unreachable, _Bearer
from hounsfield_engine.agent.workdir import WorkDir, WorkDirBusy
from hounsfield_engine.cli import main
from hounsfield_engine.settings import EngineSettings


def test_broken_algorithms_are_left_out(caplog):
    found = registry.discover(
        ["engine_toys:COPY", "engine_toys:ALL", "engine_toys:NOTHING", "no_such_module:X", "absent"]
    )
    assert list(found) == ["toy_copy"]
    for reason in ("not-a-manifest", "import-failed", "not-installed"):
        assert reason in caplog.text


def test_first_of_two_algorithms_with_one_name_counts(caplog):
    assert list(registry.discover(["engine_toys:COPY", "engine_toys:COPY_AGAIN"])) == ["toy_copy"]
    assert "name-taken" in caplog.text


def test_settings_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("HOUNSFIELD_ENGINE_TOKEN", "secret")
    monkeypatch.setenv("HOUNSFIELD_BROKER_URL", "amqp://u:p@h//")
    monkeypatch.setenv("HOUNSFIELD_API_URL", "https://platform.example/api/v1/")
    monkeypatch.setenv("HOUNSFIELD_ENGINE_ALGORITHMS", "a, b:C")
    settings = EngineSettings(capacity=3)
    assert (settings.api_url, settings.algorithms, settings.capacity) == (
        "https://platform.example",
        ("a", "b:C"),
        3,
    )
    assert "secret" not in repr(settings)
    assert "p@h" not in repr(settings)


def test_cache_keeps_the_recently_used_and_repairs_the_damaged(tmp_path):
    cache = InputCache(tmp_path, limit_mb=1)
    downloads = []

    def place(letter, target):
        data = letter.encode() * 600_000
        cache.place(
            hashlib.sha256(data).hexdigest(),
            tmp_path / target,
            lambda part: (downloads.append(letter), part.write_bytes(data)),
        )
        assert (tmp_path / target).read_bytes() == data
        return hashlib.sha256(data).hexdigest()

    a = place("a", "1")
    place("a", "2")
    (tmp_path / a).chmod(0o600)
    (tmp_path / a).write_bytes(b"rotten")
    place("a", "3")
    place("b", "4")
    place("a", "5")
    cache.trim()
    place("a", "6")
    place("b", "7")
    assert "".join(downloads) == "aabb"


def test_work_folder_has_one_owner_and_is_swept(tmp_path):
    first = WorkDir(tmp_path)
    (tmp_path / "cache" / "kept").touch()
    with first.attempt("t-1", {"a": 1}) as folder:
        assert json.loads((folder / "task.json").read_text()) == {"a": 1}
        with pytest.raises(WorkDirBusy):
            WorkDir(tmp_path)
        assert folder.exists()
    (tmp_path / "t-2" / "out").mkdir(parents=True)
    first.close()
    WorkDir(tmp_path).close()
    assert {path.name for path in tmp_path.rglob("*")} == {"cache", "kept", "lock"}


def test_a_fenced_attempt_is_never_reported_as_something_else():
    attempt = Attempt("t", 1, 60)
    attempt.stop(Stop.CANCELLED)
    attempt.stop(Stop.FENCED)
    attempt.stop(Stop.LEAVING)
    with pytest.raises(Stopped) as stopped:
        attempt.check()
    assert stopped.value.reason is Stop.FENCED


def test_insisting_ends_when_the_lease_must_be_lost():
    def call():
        calls.append(1)
        raise Unreachable("away")

    calls = []
    with pytest.raises(Stopped) as stopped:
        Attempt("t", 1, patience_s=0.05).insist(call)
    assert stopped.value.reason is Stop.FENCED
    assert len(calls) == 2


def test_leaving_spares_results_on_their_way_and_stops_what_comes_later():
    attempts, uploading, computing, late = (
        Attempts(),
        Attempt("a", 1, 9),
        Attempt("b", 1, 9),
        Attempt("c", 1, 9),
    )
    uploading.finishing = True
    with attempts.running(uploading), attempts.running(computing):
        attempts.stop_all(Stop.LEAVING, spare_finishing=True)
        uploading.check()
        with pytest.raises(Stopped):
            computing.check()
        with attempts.running(late), pytest.raises(Stopped):
            late.check()


def test_slots():
    slots = Slots(2)
    assert [slots.take(), slots.take(), slots.take()] == [True, True, False]
    assert not slots.wait(0.01)
    slots.release()
    assert slots.wait(0.01)


def test_token_goes_to_the_platform_only():
    bearer = _Bearer(httpx.URL("https://platform.example"), "secret")
    sent = {
        url: "Authorization" in next(bearer.auth_flow(httpx.Request("GET", url))).headers
        for url in (
            "https://platform.example/api/v1/x",
            "http://platform.example/api/v1/x",
            "https://bucket.example/x?signature=1",
            "https://platform.example:444/x",
        )
    }
    assert list(sent.values()) == [True, False, False, False]


@pytest.mark.parametrize(
    ("entry", "status", "result"),
    [
        ("copy", 0, {"metrics": {"bytes": 0, "told": None}}),
        ("refuse", 10, {"code": "NO_BONE", "decision": "user_facing"}),
        ("bug", 11, {"code": "ALGORITHM_ERROR", "decision": "retry_elsewhere"}),
        ("unserializable", 11, {"code": "ALGORITHM_ERROR", "decision": "retry_elsewhere"}),
        ("poison", 12, {"code": "BROKEN", "decision": "poison"}),
        ("cancelled", 13, {"code": "CANCELLED", "decision": "cancelled"}),
        ("absent", 11, {"code": "ALGORITHM_ERROR", "decision": "retry_elsewhere"}),
        ("crash", -11, None),
    ],
)
def test_runner_exits_with_the_decision(tmp_path, entry, status, result):
    for name in ("in", "out"):
        (tmp_path / name).mkdir()
    (tmp_path / "task.json").write_text(json.dumps({"entry": f"engine_toys:{entry}", "parameters": {}}))
    command = [sys.executable, "-m", "hounsfield_engine.runner", str(tmp_path)]
    done = subprocess.run(command, cwd=HERE, env={"PYTHONPATH": str(HERE)}, capture_output=True, check=False)
    assert done.returncode == status
    for line in done.stdout.splitlines():
        assert set(json.loads(line)) == {"progress", "message"}
    if result is None:
        assert not (tmp_path / "result.json").exists()
        assert "Segmentation fault" in (tmp_path / "stderr.log").read_text()
    else:
        told = json.loads((tmp_path / "result.json").read_text())
        assert {name: told[name] for name in result} == result


def test_try_runs_one_algorithm_on_a_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    (tmp_path / "series").mkdir()
    (tmp_path / "series" / "1.dcm").write_bytes(b"voxels")
    done = CliRunner().invoke(
        main,
        ["try", "engine_toys:COPY", str(tmp_path / "series"), "--out", str(tmp_path / "o"), "-p", "word=5"],
    )
    assert done.exit_code == 0, done.output
    assert (tmp_path / "o" / "copy.bin").read_bytes() == b"voxels"
    assert '"told": 5' in done.output
    assert "50.0 %" in done.output
    refused = CliRunner().invoke(
        main, ["try", "engine_toys:REFUSE", str(tmp_path), "--out", str(tmp_path / "o")]
    )
    assert refused.exit_code == 1
    assert "NO_BONE: there is no bone in it (user_facing)" in refused.output


def test_wrong_settings_do_not_show_the_token(monkeypatch):
    monkeypatch.setenv("HOUNSFIELD_BROKER_URL", "amqp://h//")
    done = CliRunner().invoke(main, ["run", "--token", "secret", "--capacity", "0"])
    assert done.exit_code == 2
    assert "capacity" in done.output
    assert "secret" not in done.output
