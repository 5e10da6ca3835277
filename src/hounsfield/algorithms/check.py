"""Whether a model can be used, asked of `examiner` in a process of its own that may crash, hang or be killed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import structlog

from hounsfield.algorithms.errors import CheckUnavailable, ModelRefused
from hounsfield.algorithms.model_manifest import ModelManifest

SECONDS = 120  # of one processor, for reading the model and one window
MOST_MEMORY_MB = 8192  # of this machine, whatever the manifest says
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")
log = structlog.get_logger(__name__)


def check_model(path: Path, manifest: ModelManifest, *, seconds: int = SECONDS) -> dict[str, Any]:
    """Return what there is to know of a model, having run one window of it.

    Raises
    ------
    ModelRefused
        It cannot be used; the code says why.
    CheckUnavailable
        The process could not be started.
    """
    memory_mb = min(manifest.memory_mb, MOST_MEMORY_MB)
    wish = {
        "patch": manifest.patch.size,
        "channels": manifest.channels,
        "memory_mb": memory_mb,
        "seconds": seconds,
    }
    with TemporaryDirectory(prefix="hounsfield-model-") as name:
        folder = Path(name)
        (folder / "wish.json").write_text(json.dumps(wish), "utf-8")
        (folder / "model.onnx").symlink_to(path.resolve())
        status = _run(folder, seconds)
        verdict = _verdict(folder)
        if verdict is None:
            log.warning("model.check-broke-down", status=status, said=_tail(folder))
    if verdict is None:
        raise _broken_down(status, memory_mb, seconds)
    if "code" in verdict:
        raise ModelRefused(verdict["code"], **verdict["params"])
    facts: dict[str, Any] = verdict["facts"]
    return facts


def _run(folder: Path, seconds: int) -> int | None:
    """Run the examiner and return its exit code, or None where it had to be stopped."""
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    try:
        with (folder / "said").open("wb") as said:
            process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-I", "-m", "hounsfield.algorithms.examiner", str(folder)],
                cwd=folder,
                env={**environment, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
    except OSError as error:
        raise CheckUnavailable from error
    try:
        return process.wait(2 * seconds)  # its own clock counts the processor's time; a sleeper needs ours
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _verdict(folder: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads((folder / "verdict.json").read_bytes())
    except (OSError, ValueError):
        return None
    return found


def _tail(folder: Path) -> str:
    return (folder / "said").read_text("utf-8", "replace")[-500:]


def _broken_down(status: int | None, memory_mb: int, seconds: int) -> ModelRefused:
    if status is None or status in (-signal.SIGXCPU, -signal.SIGKILL):
        return ModelRefused("MODEL_TOO_SLOW", seconds=seconds)
    if status == -signal.SIGABRT:  # how C++ says that there was no memory
        return ModelRefused("MODEL_OUT_OF_MEMORY", memory_mb=memory_mb)
    how = signal.Signals(-status).name if status < 0 else f"exit code {status}"
    return ModelRefused("MODEL_CRASHES", how=how)
