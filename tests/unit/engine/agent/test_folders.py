"""Algorithms in folders, served by a whole engine and tried on the command line."""

import json
import signal
import subprocess
import sys

import psutil
import pytest
from click.testing import CliRunner
from engine_forms import FORMS, SHELL, algorithm
from engine_toys import HERE

from hounsfield_engine.cli import main

RUDE = """
case "$1" in
rude) head -c 1000000 /dev/zero; echo '{"progress": 5, "message": "\\\\ud800"}'; ln -s /etc/passwd out/passwd
      echo '{"artifacts": [{"name": "passwd", "kind": "document", "content_type": "text/plain"}]}' > result.json;;
esac
"""


@pytest.fixture
def tried(tmp_path, monkeypatch):
    """Run `try` on an algorithm in a folder."""
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    series = tmp_path / "input"
    series.mkdir()
    for name in "ab":
        (series / f"{name}.bin").write_bytes(name.encode() * 1000)

    def run(form, *options, what="copy", token="123456789", script=SHELL):
        folder = tmp_path / "algorithms" / form
        folder.parent.mkdir(exist_ok=True)
        algorithm(folder, form, what, token, script)
        told = ["-p", f"what={what}", "-p", f"token=t{token}", *options]
        return CliRunner().invoke(
            main, ["try", str(folder), str(series), "--out", str(tmp_path / "o"), *told]
        )

    return run


@pytest.mark.parametrize("form", FORMS)
def test_try_runs_every_form(tried, tmp_path, form):
    done = tried(form)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "o" / "copy.bin").read_bytes() == b"a" * 1000 + b"b" * 1000
    assert "copy.bin\tdocument\t2000 bytes" in done.output
    assert '"n": 1' in done.output
    assert "peak memory" in done.output


def test_try_refuses_what_the_platform_would(tried, tmp_path):
    done = tried("command", what="rude", script=RUDE)
    assert done.exit_code == 1
    assert "RESULT_INVALID: result.json cannot be used: out/passwd cannot be read" in done.output
    assert not (tmp_path / "o").exists()


def test_try_checks_the_parameters(tmp_path):
    done = CliRunner().invoke(main, ["try", "ct_surface", str(tmp_path), "-p", "tissues=[1]", "-p", "x=2"])
    assert done.exit_code == 1
    assert "tissues: [1] is not valid" in done.output
    assert "'x' was unexpected" in done.output


def test_try_needs_dicom_for_a_series(tmp_path):
    (tmp_path / "notes.txt").write_text("no image")
    done = CliRunner().invoke(main, ["try", "ct_surface", str(tmp_path)])
    assert "there are no DICOM files" in done.output
    assert "needs an input" in CliRunner().invoke(main, ["try", "ct_surface"]).output


def test_an_engine_serves_folders_and_outlives_the_rude(engine, tmp_path):
    folders = tmp_path / "algorithms"
    folders.mkdir()
    algorithm(folders / "a", "command", "copy", "1", SHELL)
    algorithm(folders / "b", "python", "copy", "1", SHELL)
    algorithm(folders / "c", "command", "rude", "1", RUDE)
    about = json.loads((folders / "c" / "manifest.json").read_text())
    (folders / "c" / "manifest.json").write_text(json.dumps(about | {"name": "rude"}))
    engine.environment["HOUNSFIELD_ENGINE_ALGORITHMS_DIR"] = str(folders)
    engine.environment["HOUNSFIELD_ENGINE_ALGORITHMS"] = "form_command,form_python,rude"
    engine.start()
    files = {"a.dcm": b"ab", "b.dcm": b"cd"}
    failure = engine.finish(engine.platform.add("rude", files)).failure
    assert (failure["code"], failure["decision"]) == ("RESULT_INVALID", "poison")
    for name in ("form_command", "form_python"):
        done = engine.finish(engine.platform.add(name, files, {"what": "copy", "token": "1"}))
        assert done.status == "COMPLETED", done.failure
        assert done.outputs == {"copy.bin": b"abcd"}
        assert done.completion["metrics"] == {"n": 1}


def test_an_interrupted_try_leaves_nothing(tmp_path):
    """Ctrl-C on a real terminal reaches the command, not the attempt, which has a session of its own."""
    algorithm(tmp_path / "deaf", "command", "deaf", "987650001", SHELL)
    (tmp_path / "in" / "series").mkdir(parents=True)
    command = [sys.executable, "-c", "from hounsfield_engine.cli import main; main()"]
    with subprocess.Popen(
        [*command, "try", str(tmp_path / "deaf"), str(tmp_path / "in")],
        stderr=subprocess.PIPE,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(HERE)},
    ) as process:
        told = b""
        while b"ready" not in told:
            told += process.stderr.read(1)
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait() == 1
    assert b"cancelled; nothing of it runs any more" in rest
    assert not [p for p in psutil.process_iter(["cmdline"]) if "987650001" in (p.info["cmdline"] or ())]
