"""The same small algorithm in every form an algorithm can have, and attempts of it without a platform."""

import io
import json
import os
import secrets
import shutil
import subprocess
import tarfile
import threading
from functools import cache
from pathlib import Path

import psutil
import pytest

from hounsfield_engine.agent.attempt import Attempt
from hounsfield_engine.agent.child import Child, Limits
from hounsfield_engine.agent.launch import Launcher
from hounsfield_engine.agent.workdir import WorkDir
from hounsfield_engine.manifests import read_manifest

FORMS = ["python", "command", "container"]
IMAGE = "localhost/hounsfield-engine-test"
APPLETS = ["sh", "cat", "sleep", "setsid", "dd", "mkfifo"]

# deaf to SIGTERM: itself, one of its group, and two in sessions of their own whose parents are gone; says when all run
DEAF = """
trap '' TERM
mkfifo gate
exec 3<>gate
one='echo >&3; exec sleep "$1"'
sh -c "$one" sh "$1" &
(setsid sh -c "$one" sh "$1" &)
(setsid setsid sh -c "$one" sh "$1" &) &
read _ <&3; read _ <&3; read _ <&3
echo '{"progress": 10, "message": "ready"}'
while :; do sleep "$1"; done
"""
# $2, the token, is told to every process, so that each can be found wherever it hides
SHELL = """
set -eu
token=$2
case "$1" in
copy)
    echo 'a library prints to standard output'
    echo '{"progress": 40, "message": "half"}'
    cat in/*/* > out/copy.bin
    echo '{"artifacts": [{"name": "copy.bin", "kind": "document", "content_type": "text/plain"}], "metrics": {"n": 1}}' \
        > result.json
    ;;
deaf)
    set -- "$token"
    DEAF
    ;;
hog)
    echo '{"progress": 10, "message": "ready"}'
    dd if=/dev/zero of=/dev/null bs=300M
    ;;
daemon)
    (setsid sleep "$token" &)
    echo '{"artifacts": []}' > result.json
    ;;
esac
""".replace("DEAF", DEAF)

PYTHON = """
import signal, subprocess
from hounsfield_engine.sdk import Artifact, Outcome
from neighbour import HALF

def run(job):
    return globals()[job.parameters["what"]](job, job.parameters["token"])

def copy(job, token):
    print("a library prints to standard output")
    job.report(40, HALF)
    (job.output_dir / "copy.bin").write_bytes(b"".join(p.read_bytes() for p in sorted(job.input_dir.glob("*/*"))))
    return Outcome([Artifact("copy.bin", "document", "text/plain")], {"n": 1})

def deaf(job, token):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen(["sh", "-c", DEAF, "sh", token], stdout=subprocess.PIPE)
    child.stdout.readline()
    job.report(10, "ready")
    child.wait()

def hog(job, token):
    job.report(10, "ready")
    subprocess.run(["dd", "if=/dev/zero", "of=/dev/null", "bs=300M"])

def daemon(job, token):
    subprocess.run(["sh", "-c", '(setsid sleep "$1" &)', "sh", token])
    return Outcome([])
"""


class Trial(Attempt):
    """One attempt of one algorithm, in a thread of its own."""

    def __init__(self, folder: Path, form: str, what: str, memory_mb: int = 600, script: str = SHELL):
        super().__init__("t", 1, 60)
        self.token = str(10**8 + secrets.randbelow(10**8))
        self.told, self.error, self.outcome, self.reports = threading.Event(), None, None, []
        self.manifest = algorithm(
            folder / "algorithm", form, what, self.token, script
        )  # skips before it opens
        self.work = WorkDir(folder / "work")
        task = {"entry": self.manifest.function, "parameters": {"what": what, "token": self.token}}
        self._scope = self.work.attempt("t-1-" + self.token, task)
        self.folder = self._scope.__enter__()
        (self.folder / "in" / "series").mkdir()
        for name in "ab":
            (self.folder / "in" / "series" / f"{name}.dcm").write_bytes(name.encode() * 1000)
        self.limits = Limits(120, memory_mb)
        self.child = Launcher(Child.python)(self.manifest, self.folder, memory_mb)
        self._thread = threading.Thread(target=self._run)

    def report(self, progress, message):
        super().report(progress, message)
        self.reports.append((progress, message))
        self.told.set()

    def start(self):
        self._thread.start()
        return self

    def ready(self):
        assert self.told.wait(30), (self.folder / "stderr.log").read_text()

    def end(self):
        self._thread.join(60)
        assert not self._thread.is_alive()
        return self

    def _run(self):
        try:
            self.outcome = self.child.run(self.folder, self.limits, self)
        except Exception as error:
            self.error = error

    @property
    def living(self):
        """Processes that carry the token, wherever they are."""
        found = []
        for process in psutil.process_iter(["cmdline", "status"]):
            if self.token in (process.info["cmdline"] or ()) and process.info["status"] != "zombie":
                found.append(process)
        return found

    def close(self):
        self.child.kill()
        self._thread.join(60)
        self._scope.__exit__(None, None, None)
        self.work.close()


def algorithm(folder, form, what, token, script):
    folder.mkdir()
    about = {
        "name": f"form_{form}",
        "version": "1",
        "title": {"en": form},
        "input_kind": "images",
        "parameters": {"type": "object"},
    }
    if form == "python":
        (folder / "toy.py").write_text(f"DEAF = {DEAF!r}\n{PYTHON}")
        (folder / "neighbour.py").write_text("HALF = 'half'")
        about["entry"] = "toy.py:run"
    elif form == "command":
        (folder / "toy.sh").write_text(script)
        about["command"] = ["sh", "./toy.sh", what, token]
    else:
        about |= {"image": image(), "command": ["/bin/sh", "-c", script, "sh", what, token], "cpus": 1}
    (folder / "manifest.json").write_text(json.dumps(about))
    return read_manifest(folder)


@cache
def image() -> str:
    """Make a container image of busybox, or skip where containers cannot be run."""
    podman, busybox = shutil.which("podman"), shutil.which("busybox")
    if not (podman and busybox):
        pytest.skip("podman and a static busybox are not on this machine")
    # without privileges the limits that podman asks for cannot be set
    os.environ.setdefault("CONTAINERS_CONF", str(_configuration()))
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name in ("bin", "tmp", "work", "proc", "sys", "dev", "etc"):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(entry)
        tar.add(busybox, "bin/busybox")
        for name in APPLETS:
            entry = tarfile.TarInfo(f"bin/{name}")
            entry.type, entry.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(entry)
    for command, data in (
        (["import", "-", IMAGE], packed.getvalue()),
        (["run", "--rm", "--network", "none", "--memory", "64m", IMAGE, "/bin/sh", "-c", ":"], b""),
    ):
        done = subprocess.run([podman, *command], input=data, capture_output=True, timeout=60)
        if done.returncode:
            pytest.skip(f"podman cannot run containers here: {done.stderr.decode()[-200:]}")
    return IMAGE


def _configuration() -> Path:
    path = Path(os.environ.get("TMPDIR", "/tmp")) / f"hounsfield-test-containers-{os.getuid()}.conf"
    text = '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n'
    if shutil.which("runc"):
        text += '[engine]\nruntime = "runc"\n'
    path.write_text(text)
    return path
