"""Clumsy and hostile programs: whatever one leaves behind has a code, and the engine goes on."""

import json
import os
import tracemalloc

import pytest
from engine_forms import Trial
from tests.processes import until

from hounsfield_engine.agent import diagnostics as module
from hounsfield_engine.agent.diagnostics import Diagnostics
from hounsfield_engine.agent.progress import LINE, follow
from hounsfield_engine.agent.wire import AttemptBeat, FailRequest

BAD_JSON = [
    "hello",
    "",
    "[]",
    "null",
    '{"artifacts": {}}',
    '{"metrics": {}}',
    '{"artifacts": [], "artefacts": []}',
    '{"artifacts": [], "metrics": {"x": NaN}}',
    '{"artifacts": [], "metrics": {"x": 1e999}}',
    '{"artifacts": [], "metrics": {"x": 9223372036854775808}}',
    '{"artifacts": [], "metrics": {"x": "\\u0000"}}',
    '{"artifacts": [], "metrics": {"x": "\\ud800"}}',
    '{"artifacts": [], "metrics": {"x": ' + "9" * 10_000 + "}}",
    '{"artifacts": [], "metrics": {"x": ' + "[" * 900 + "]" * 900 + "}}",
    "[" * 1_000_000,
    " " * (3 << 20),
]
BAD_ARTIFACTS = [
    {"name": "../../etc/passwd"},
    {"name": "/etc/passwd"},
    {"name": "a/b"},
    {"name": ".."},
    {"name": ".hidden"},
    {"name": "x" * 129},
    {"name": "a\nb"},
    {"kind": ""},
    {"kind": "k" * 41},
    {"content_type": "text"},
    {"content_type": "text/plain\r\nX-Other: 1"},
    {"metadata": []},
    {"size": 1},
    {"kind": "mesh_stl", "metadata": {"triangles": "many"}},
    {"kind": "mesh_stl", "metadata": {"volume_ml": -1}},
    {"kind": "mesh_glb", "metadata": {"triangles": 10**12}},
]
GOOD = {"name": "x", "kind": "document", "content_type": "text/plain; charset=utf-8"}
RESULT = json.dumps({"artifacts": [GOOD]})
FILES = [
    (f"echo '{RESULT}' > result.json", "RESULT_MISSING"),
    (":", "RESULT_MISSING"),
    ("mkdir result.json", "RESULT_INVALID"),
    ("mkfifo result.json", "RESULT_INVALID"),
    ("echo '{}' > other; ln -s other result.json", "RESULT_INVALID"),
    (f"echo '{RESULT}' > result.json; ln -s /etc/passwd out/x", "RESULT_INVALID"),
    (f"echo '{RESULT}' > result.json; mkdir out/x", "RESULT_INVALID"),
    (f"echo '{RESULT}' > result.json; mkfifo out/x", "RESULT_INVALID"),
    (f"echo '{RESULT}' > result.json; mkdir o; touch o/x; rmdir out; ln -s o out", "RESULT_INVALID"),
    (f"echo '{RESULT}' > result.json; rmdir out; touch out", "RESULT_INVALID"),
    ("printf '\\377\\376' > result.json", "RESULT_INVALID"),
]
REFUSED = '{"code": "NO_BONE", "message": "no bone"}'
ENDS = [
    (f"echo '{REFUSED}' > result.json; exit 10", "NO_BONE", "user_facing"),
    (f"echo '{REFUSED}' > result.json; exit 11", "NO_BONE", "retry_elsewhere"),
    (f"echo '{REFUSED}' > result.json; exit 12", "NO_BONE", "poison"),
    ("exit 13", "CANCELLED", "cancelled"),
    ("exit 10", "ENGINE_CHILD_CRASHED", "retry_elsewhere"),
    ("echo '[]' > result.json; exit 12", "ENGINE_CHILD_CRASHED", "retry_elsewhere"),
    ("exit 3", "ENGINE_CHILD_CRASHED", "retry_elsewhere"),
    ("kill -9 $$", "ENGINE_CHILD_CRASHED", "retry_elsewhere"),
    ("kill -SEGV $$", "ENGINE_CHILD_CRASHED", "retry_elsewhere"),
]


@pytest.fixture
def attempt(tmp_path):
    """Run a shell script as an attempt."""
    trials = []

    def run(script, *, ended=False):
        trials.append(Trial(tmp_path, "command", "", script=script))
        if ended:
            until(lambda: not trials[-1].child.alive, "the program to end")
        return trials[-1].start().end()

    yield run
    for trial in trials:
        trial.close()


def left(attempt, tmp_path, text):
    (tmp_path / "left.json").write_text(text)
    return attempt(f"touch out/x; cp {tmp_path}/left.json result.json")


@pytest.mark.parametrize("text", BAD_JSON, ids=range(len(BAD_JSON)))
def test_result_that_is_not_one(attempt, tmp_path, text):
    error = left(attempt, tmp_path, text).error
    assert (error.code, error.decision) == ("RESULT_INVALID", "poison")
    assert len(str(error)) < 300


@pytest.mark.parametrize("change", BAD_ARTIFACTS, ids=str)
def test_artifact_the_platform_would_not_take(attempt, tmp_path, change):
    error = left(attempt, tmp_path, json.dumps({"artifacts": [GOOD | change]})).error
    assert (error.code, error.decision) == ("RESULT_INVALID", "poison")


def test_two_artifacts_with_one_name(attempt, tmp_path):
    error = left(attempt, tmp_path, json.dumps({"artifacts": [GOOD, GOOD]})).error
    assert "two artifacts are called 'x'" in str(error)


def test_what_is_right_is_taken(attempt, tmp_path):
    done = left(attempt, tmp_path, "\ufeff" + json.dumps({"artifacts": [GOOD], "metrics": {"体": [1, None]}}))
    assert done.error is None
    assert (done.outcome.artifacts[0].name, done.outcome.metrics) == ("x", {"体": [1, None]})


def test_what_a_program_left_that_ended_before_it_was_watched_is_taken(attempt):
    done = attempt(f"touch out/x; echo '{RESULT}' > result.json", ended=True)
    assert done.error is None
    assert done.outcome.artifacts[0].name == "x"


@pytest.mark.parametrize(("script", "code"), FILES)
def test_files_that_are_not_what_they_should_be(attempt, script, code):
    error = attempt(script).error
    assert (error.code, error.decision) == (code, "poison")


@pytest.mark.parametrize(("script", "code", "decision"), ENDS)
def test_exit_code_is_the_decision(attempt, script, code, decision):
    error = attempt(script).error
    assert (error.code, error.decision) == (code, decision)


def test_a_program_that_cannot_be_started(attempt, caplog):
    assert "exit code 127" in str(attempt("exec ./nothing").error)
    assert "nothing" in caplog.text


def test_message_with_anything_in_it_can_be_reported(attempt, tmp_path):
    (tmp_path / "left.json").write_text('{"code": "X", "message": "a\\u0000b\\ud800c\\u001b[31m 体\\n"}')
    error = attempt(f"cp {tmp_path}/left.json result.json; exit 10").error
    assert str(error) == "ab?c[31m 体\n"
    FailRequest(epoch=1, code="X1", message=str(error), decision="poison").model_dump_json()


def test_a_flood_on_standard_output_and_error(attempt):
    done = attempt(
        "head -c 200000000 /dev/zero; yes | head -c 100000000; echo; echo '{\"progress\": 7}'"
        "; yes | head -c 40000000 >&2; echo '{\"artifacts\": []}' > result.json"
    )
    assert done.error is None
    assert done.reports == [(7, "")]


def told(content):
    reports = []
    reader, writer = os.pipe()
    with open(reader, "rb") as end, open(writer, "wb") as sink:
        sink.write(content)
        sink.close()
        follow(end.fileno(), lambda *report: reports.append(report))
    return reports


@pytest.mark.parametrize(
    "line",
    [
        b'{"progress": NaN}',
        b'{"progress": 1e999}',
        b'{"progress": "x"}',
        b'{"progress": null}',
        b'{"message": "x"}',
        b"{" * 4000,
        b'{"progress": ' + b"[" * 3000 + b"]" * 3000 + b"}",
        b'{"progress": ' + b"9" * 4000 + b"}",
        b'{"progress": 1, "message": "' + b"x" * LINE + b'"}',
        b'["progress"]',
        b"\xff\xfe{",
        b"",
    ],
)
def test_other_lines_are_ignored(line):
    assert told(line + b"\n") == []


def test_progress_never_goes_back_and_the_last_of_a_burst_counts(monkeypatch):
    assert told(b'{"progress": 1}\n{"progress": 50, "message": "x"}\nnoise\n') == [(50, "x")]
    blocks = [b'{"progress": 60, "mess', b'age": "a"}\n', b'{"progress": 20, "message": "b"}\n', b""]
    monkeypatch.setattr(os, "read", lambda fd, size: blocks.pop(0))
    reports = []
    follow(0, lambda *report: reports.append(report))
    assert reports == [(60, "a"), (60, "b")]


def test_message_of_progress_can_be_sent_on():
    ((progress, message),) = told(b'{"progress": 5, "message": "\\ud800\\u0000 x"}\n')
    AttemptBeat(task_id="t", epoch=1, progress=progress, message=message).model_dump_json()


def test_a_line_without_an_end_takes_no_memory(monkeypatch):
    blocks = [b"\0" * (1 << 16)] * 2000 + [b'x\n{"progress": 3}\n', b""]
    monkeypatch.setattr(os, "read", lambda fd, size: blocks.pop(0))
    reports = []
    tracemalloc.start()
    follow(0, lambda *report: reports.append(report))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20
    assert reports == [(3, "")]


def test_diagnostics_are_kept_small_and_their_end_is_logged(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(module, "MOST", 1000)
    kept = Diagnostics(tmp_path)
    os.write(kept.fileno(), b"x" * 2000)
    kept.trim()
    os.write(kept.fileno(), b"\xffthe reason\n")
    kept.trim()
    (tmp_path / "stderr.log").rename(tmp_path / "moved")
    (tmp_path / "stderr.log").symlink_to("/etc/passwd")
    kept.log_tail()
    kept.close()
    assert (tmp_path / "moved").read_bytes() == b"\xffthe reason\n"
    assert "the reason" in caplog.text
    assert "root" not in caplog.text
    with pytest.raises(OSError, match="symbolic"):
        Diagnostics(tmp_path)
