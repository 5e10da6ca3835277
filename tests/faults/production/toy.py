"""An algorithm that does as it is told: waits, writes, dies. Engines load it as `tests.faults.production.toy:TOY`."""

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

from hounsfield_engine.sdk import Artifact, Job, Manifest, Outcome

TOY = Manifest(
    name="toy",
    version="1.0",
    title={"en": "Toy", "zh-CN": "玩具"},
    input_kind="none",
    parameters={"type": "object"},
    memory_mb=256,
    entry="tests.faults.production.toy:run",
)
# the same on images: what it does with them is to be given them
LOOKER = TOY.model_copy(update={"name": "looker", "input_kind": "ct_series"})
_pause = threading.Event().wait  # libfaketime 0.9.10 answers EINVAL to Python's time.sleep


def run(job: Job) -> Outcome:
    """Do what the parameters say.

    `hold`: say so in `<hold>.<engine>` (with the process id) and wait until `<hold>.<engine>.go` or `<hold>.go` is there;
    `deaf`: meanwhile say nothing and do not hear SIGTERM; `crash`: die; `seconds`: take so long, busy with nothing;
    `bytes`: how large a result to write (it begins with engine and attempt).
    """
    told = job.parameters
    folder = job.output_dir.parent
    engine, attempt = folder.parent.name, folder.name.rpartition("-")[2]
    if told.get("crash"):
        os.kill(os.getpid(), signal.SIGSEGV)
    _pause(told.get("seconds", 0))
    if told.get("deaf"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if hold := told.get("hold"):
        report = _say_nothing if told.get("deaf") else job.report
        _wait(report, f"{hold}.{engine}", [f"{hold}.{engine}.go", f"{hold}.go"])
    result = f"{engine}:{attempt}".encode().ljust(told.get("bytes", 0), b".")
    (job.output_dir / "result.bin").write_bytes(result)
    return Outcome([Artifact("result.bin", "document", "application/octet-stream")])


def _say_nothing(_progress: float, _message: str) -> None:
    pass


def _wait(report: Callable[[float, str], None], mark: str, gates: list[str]) -> None:
    staged = Path(f"{mark}.part")
    staged.write_text(str(os.getpid()))
    staged.rename(mark)
    step = 0
    while not any(Path(gate).exists() for gate in gates):
        _pause(0.02)
        step += 1
        report(step % 90, "held")
