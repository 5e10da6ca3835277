"""Manifests in folders: the three spellings, and what is said about the wrong ones."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from hounsfield_engine.agent.container import User, remove_argv, run_argv
from hounsfield_engine.cli import main
from hounsfield_engine.manifests import ManifestWrong, read_manifest
from hounsfield_engine.registry import discover
from hounsfield_engine.sdk import Manifest

GOOD = {
    "name": "count",
    "version": "1.0",
    "title": {"en": "Count", "zh-CN": "计数"},
    "description": {"en": "Counts", "zh-CN": "计数"},
    "input_kind": "ct_series",
    "parameters": {"type": "object"},
    "command": ["sh", "./count.sh"],
}
TOML = """
name = "count"
version = "1.0"
title = { en = "Count", zh-CN = "计数" }
description = { en = "Counts", zh-CN = "计数" }
input_kind = "ct_series"
command = ["sh", "./count.sh"]
parameters = { type = "object" }
"""
YAML = """
name: count
version: "1.0"
title: {en: Count, zh-CN: 计数}
description: {en: Counts, zh-CN: 计数}
input_kind: ct_series
command: [sh, ./count.sh]
parameters: {type: object}
"""
WRONG = [
    ({"name": "Count!"}, "name: must be 2 to 64 small letters"),
    ({"version": 1.0}, "version: must be text; put it in quotes"),
    ({"version": None}, "version: must be text"),
    ({"input_kind": "ct"}, "input_kind: must be 'ct_series', 'dicom_series', 'images' or 'none'"),
    ({"titel": {}}, "titel: is not a field of a manifest; did you mean title?"),
    ({"folder": "/"}, "folder: is not a field"),
    ({"entry": "count.py:run"}, "name one of entry, command and image"),
    ({"command": []}, "name one of entry, command and image"),
    ({"command": "sh count.sh"}, "command: must be a list"),
    ({"command": ["./absent"]}, "command: there is no file absent"),
    ({"command": ["./count.sh"]}, "chmod +x"),
    ({"command": ["count.sh"]}, "did you mean ./count.sh?"),
    ({"command": ["no-such-program"]}, "there is no program no-such-program"),
    ({"command": [], "entry": "absent.py:run"}, "there is no file absent.py"),
    ({"command": [], "entry": "count.py"}, 'must be "file.py:function"'),
    ({"command": [], "entry": "../count.py:run"}, "the file being in the folder"),
    ({"command": [], "entry": "count.py:walk"}, "count.py has no function walk"),
    ({"command": [], "entry": "broken.py:run"}, "broken.py is not Python"),
    ({"gpu": True}, "gpu and cpus belong to an image"),
    ({"memory_mb": 0}, "memory_mb: Input should be greater than or equal to 1"),
    ({"start_to_close_s": "1h"}, "start_to_close_s: must be a whole number"),
    ({"parameters": {"type": "array"}}, 'its type must be "object"'),
    ({"parameters": {"type": "objekt"}}, "parameters.type: is not JSON Schema"),
    (
        {"parameters": {"type": "object", "properties": {"n": {"type": "integer", "default": "5"}}}},
        "parameters.properties.n.default: '5' is not of type 'integer'",
    ),
]


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "count"
    folder.mkdir()
    (folder / "count.sh").write_text("exit 3")
    (folder / "count.py").write_text("def run(job): ...")
    (folder / "broken.py").write_text("def run(job:")
    return folder


def checked(folder):
    return CliRunner().invoke(main, ["check", str(folder)])


@pytest.mark.parametrize(("file", "text"), [("toml", TOML), ("yaml", YAML), ("json", json.dumps(GOOD))])
def test_three_spellings(folder, file, text):
    (folder / f"manifest.{file}").write_text(text)
    manifest = read_manifest(folder)
    assert manifest == Manifest(**GOOD, folder=folder)
    assert manifest.located_command() == ["sh", f"{folder}/count.sh"]
    assert checked(folder).output == "count 1.0 can be run\n"


@pytest.mark.parametrize(("change", "said"), WRONG, ids=[said for _, said in WRONG])
def test_what_is_wrong_is_said(folder, change, said):
    (folder / "manifest.json").write_text(json.dumps(GOOD | change))
    done = checked(folder)
    assert done.exit_code == 1
    assert said in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("toml", "name = "),
        ("json", "{"),
        ("yaml", "a: [b"),
        ("yaml", "- a"),
        ("json", "[" * 100_000),
        ("toml", "parameters = 2024-01-01"),
        ("json", "\xff"),
        ("yaml", "x" * (1 << 21)),
    ],
)
def test_unreadable_manifest(folder, file, text):
    (folder / f"manifest.{file}").write_bytes(text.encode("latin-1"))
    with pytest.raises(ManifestWrong):
        read_manifest(folder)


def test_one_manifest_a_folder(folder):
    with pytest.raises(ManifestWrong, match="none found"):
        read_manifest(folder)
    for suffix in ("toml", "json"):
        (folder / f"manifest.{suffix}").touch()
    with pytest.raises(ManifestWrong, match="several"):
        read_manifest(folder)


def test_all_problems_at_once_and_a_missing_language_as_a_hint(folder):
    (folder / "manifest.json").write_text(json.dumps(GOOD | {"name": "1", "input_kind": "ct"}))
    assert len(checked(folder).output.splitlines()) == 3
    (folder / "manifest.json").write_text(json.dumps(GOOD | {"title": {"en": "Count"}}))
    done = checked(folder)
    assert "hint: title: has no text in zh-CN" in done.output
    assert done.exit_code == 0


def test_registry_takes_the_good_of_a_folder_of_folders(tmp_path, folder, caplog):
    (folder / "manifest.json").write_text(json.dumps(GOOD))
    for name, change in (("again", {}), ("wrong", {"name": "!"}), ("other", {"name": "other"})):
        (tmp_path / name).mkdir()
        (tmp_path / name / "count.sh").touch()
        (tmp_path / name / "manifest.json").write_text(json.dumps(GOOD | change))
    (tmp_path / "notes").mkdir()
    (tmp_path / "file").touch()
    assert {"count", "other", "ct_surface"} <= set(discover(folder=tmp_path))
    assert "name-taken" in caplog.text
    assert "small letters" in caplog.text
    assert list(discover(["other", "absent"], tmp_path)) == ["other"]
    assert "not-installed" in caplog.text
    assert discover(["count"], tmp_path / "nowhere") == {}
    done = CliRunner().invoke(main, ["algorithms", "--algorithms-dir", str(tmp_path)])
    assert "count\t1.0\tct_series\tCount" in done.output


CONTAINER = Manifest(
    **(GOOD | {"command": ["--fast"], "image": "registry.example/count:1", "gpu": True, "cpus": 1.5})
)
WORK = Path("/var/lib/engine/task-7")


@pytest.mark.parametrize("engine", ["docker", "podman"])
def test_a_container_has_what_it_needs_and_nothing_else(engine):
    argv = run_argv(engine, CONTAINER, WORK, 512, User(1000, 1001))
    assert argv[:2] == [engine, "run"]
    assert argv[-2:] == ["registry.example/count:1", "--fast"]
    pairs = set(pairwise(argv))
    assert {
        ("--name", "hounsfield-task-7"),
        ("--network", "none"),
        ("--pull", "never"),
        ("--log-driver", "none"),
        ("--cap-drop", "ALL"),
        ("--security-opt", "no-new-privileges"),
        ("--user", "1000:1001"),
        ("--memory", "512m"),
        ("--memory-swap", "512m"),
        ("--pids-limit", "1024"),
        ("--cpus", "1.5"),
        ("--mount", "type=bind,source=/var/lib/engine/task-7,target=/work"),
        ("--mount", "type=bind,source=/var/lib/engine/task-7/in,target=/work/in,readonly"),
        ("--workdir", "/work"),
        ("--gpus", "all") if engine == "docker" else ("--device", "nvidia.com/gpu=all"),
    } <= pairs
    assert {"--read-only", "--rm"} <= set(argv)
    assert "--privileged" not in argv
    assert (("--userns", "keep-id") in pairs) is (engine == "podman")


def test_a_container_without_wishes_gets_no_gpu_and_never_root(monkeypatch):
    plain = CONTAINER.model_copy(update={"gpu": False, "cpus": None})
    argv = run_argv("docker", plain, WORK, 512, User(0, 0))
    assert not {"--gpus", "--cpus"} & set(argv)
    monkeypatch.setattr("os.getuid", lambda: 0)
    assert User.of_this_process() == (65534, 65534)


def test_a_container_is_removed_by_name():
    assert remove_argv("docker", WORK) == ["docker", "rm", "--force", "hounsfield-task-7"]
    assert remove_argv("podman", WORK) == ["podman", "rm", "--force", "--time", "0", "hounsfield-task-7"]
