"""Small algorithms for the tests of the agent; found by ``engine_toys:NAME``."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from hounsfield_engine.sdk import Artifact, Cancelled, Manifest, Outcome, Poison, UserFacing


def _manifest(name, **limits):
    return Manifest(
        name=f"toy_{name}",
        version="1.0",
        title={"en": name, "zh-CN": name},
        input_kind="images",
        parameters={"type": "object"},
        entry=f"engine_toys:{name}",
        **limits,
    )


HERE = Path(__file__).parent
COPY_AGAIN = _manifest("copy")
COPY, REFUSE, BUG, CRASH = (_manifest(name) for name in ("copy", "refuse", "bug", "crash"))
HOG, SLEEP = _manifest("hog", memory_mb=192), _manifest("sleep")
MODEL = _manifest("model", runtime=True)
ALL = ["COPY", "REFUSE", "BUG", "CRASH", "HOG", "SLEEP", "MODEL"]


def copy(job):
    """Write the inputs' concatenation; print rubbish where progress is expected to travel."""
    sys.stdout.write("a library prints to standard output\n")
    subprocess.run([sys.executable, "-c", "print('{\"progress\": 1e9}')"], check=True)
    job.report(50, "half")
    data = b"".join(path.read_bytes() for path in sorted(job.input_dir.rglob("*.*")))
    (job.output_dir / "copy.bin").write_bytes(data)
    (job.output_dir / "secrets.txt").write_text(str("HOUNSFIELD_ENGINE_TOKEN" in os.environ))
    artifacts = [
        Artifact(
            "copy.bin", "document", "application/octet-stream", {"sha256": hashlib.sha256(data).hexdigest()}
        ),
        Artifact("secrets.txt", "document", "text/plain"),
    ]
    return Outcome(artifacts, {"bytes": len(data), "told": job.parameters.get("word")})


def model(job):
    """Write the model it was given, and tell what was said of it."""
    (job.output_dir / "model.bin").write_bytes(job.model.path.read_bytes())
    writable = os.access(job.model.path, os.W_OK) and os.geteuid() != 0
    told = {"sha256": job.model.sha256, "manifest": job.model.manifest, "writable": writable}
    return Outcome([Artifact("model.bin", "document", "application/octet-stream")], told)


def refuse(job):
    raise UserFacing("NO_BONE", "there is no bone in it")


def poison(job):
    raise Poison("BROKEN", "it breaks engines")


def cancelled(job):
    raise Cancelled


def unserializable(job):
    return Outcome([], {"when": object()})


def bug(job):
    raise ValueError("patient Doe")


def crash(job):
    os.kill(os.getpid(), signal.SIGSEGV)


def hog(job):
    blocks = []
    while True:
        blocks.append(b"x" * (16 << 20))
        time.sleep(0.01)


def sleep(job):
    """Sleep together with a grandchild, deaf to SIGTERM if so told; tell both process ids."""
    if job.parameters.get("deaf"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    part = Path(job.parameters["pids"]).with_suffix(".part")
    part.write_text(f"{os.getpid()} {grandchild.pid}")
    part.rename(job.parameters["pids"])
    job.report(10, "asleep")
    for step in range(600 if not job.parameters.get("chatty") else 1 << 20):
        time.sleep(1 if not job.parameters.get("chatty") else 0.05)
        if job.parameters.get("chatty"):
            job.report(10 + step % 80, "still asleep")
    return Outcome([])
