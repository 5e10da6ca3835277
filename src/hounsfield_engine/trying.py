"""One attempt on this machine without a platform, held to what the platform would hold it to."""

import json
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import click

from hounsfield_engine.agent.attempt import Attempt, Stop, Stopped
from hounsfield_engine.agent.cache import digest
from hounsfield_engine.agent.child import Child, Limits
from hounsfield_engine.agent.container import Engine
from hounsfield_engine.agent.launch import Launcher
from hounsfield_engine.agent.transfer import MODEL_NAME
from hounsfield_engine.agent.workdir import WorkDir
from hounsfield_engine.manifests import parameter_problems, value_problems
from hounsfield_engine.sdk import Artifact, EngineError, Manifest, Outcome

MOST_RESULT_BYTES = 4 << 30  # of one file, on a platform with its own settings
MEASURED = ("tissue", "triangles", "volume_ml", "area_cm2", "watertight")


class _Shown(Attempt):
    """Shows progress on the terminal instead of reporting it."""

    def report(self, progress: float, message: str) -> None:
        click.echo(f"\r{min(max(progress, 0), 100):5.1f} %  {message:<60.60}", nl=False, err=True)


@dataclass(frozen=True)
class GivenModel:
    """What a platform would send to a runtime."""

    path: Path
    manifest: Mapping[str, Any]

    def place(self, folder: Path) -> None:
        (folder / "model").mkdir()
        shutil.copyfile(self.path, folder / "model" / MODEL_NAME)


@dataclass(frozen=True)
class Trial:
    """An algorithm with an input."""

    manifest: Manifest
    source: Path | None
    out: Path
    parameters: Mapping[str, Any]
    model: GivenModel | None = None

    def run(self, memory_mb: int, container_engine: Engine | None) -> None:
        """Check the parameters, run the algorithm, print what it made, copy its results to `out`.

        Raises
        ------
        click.ClickException
            With everything that does not fit, or the error of the attempt.
        """
        problems = [*parameter_problems(self.manifest)] or value_problems(
            dict(self.manifest.parameters), dict(self.parameters)
        )
        if problems:
            raise click.ClickException("\n".join(["the parameters do not fit", *problems]))
        if self.source is None and self.manifest.input_kind != "none":
            raise click.UsageError(f"{self.manifest.name} needs an input ({self.manifest.input_kind})")
        if self.manifest.runtime and self.model is None:
            raise click.UsageError(f"{self.manifest.name} runs models: give one with --model and --manifest")
        with (
            tempfile.TemporaryDirectory(prefix="hounsfield-engine-") as temporary,
            closing(WorkDir(Path(temporary).resolve())) as workdir,
            workdir.attempt("try", self._task()) as folder,
        ):
            self._place_inputs(folder / "in")
            if self.model:
                self.model.place(folder)
            self._run(folder, memory_mb, Launcher(Child.python, container_engine))

    def _run(self, folder: Path, memory_mb: int, launch: Launcher) -> None:
        attempt = _Shown("try", 1, patience_s=0)
        started = time.monotonic()
        try:
            with _interruptible(attempt):
                child = launch(self.manifest, folder, memory_mb)
                outcome = child.run(folder, Limits(self.manifest.start_to_close_s, memory_mb), attempt)
        except EngineError as error:
            click.echo(err=True)
            raise click.ClickException(f"{error.code}: {error} ({error.decision})") from error
        except Stopped:
            click.echo(err=True)
            raise click.ClickException("cancelled; nothing of it runs any more") from None
        seconds = time.monotonic() - started
        click.echo(err=True)
        self._show(outcome, folder / "out")
        memory = f"{child.peak_mb:.0f} MB of {memory_mb}" if child.peak_mb else "not seen in so short a time"
        click.echo(f"time {seconds:.2f} s, peak memory {memory}")

    def _task(self) -> dict[str, Any]:
        return {
            "task_id": "try",
            "epoch": 1,
            "attempt": 1,
            "task_type": self.manifest.name,
            "algorithm": self.manifest.name,
            "entry": self.manifest.function,
            "parameters": dict(self.parameters),
            "inputs": [{"name": name, "kind": self.manifest.input_kind} for name in self._inputs()],
            "model": self.model
            and {"sha256": digest(self.model.path), "manifest": dict(self.model.manifest)},
        }

    def _inputs(self) -> dict[str, list[Path]]:
        if self.source is None:
            return {}
        if self.manifest.input_kind.endswith("_series"):
            return {"series": _dicom_files(self.source)}
        if any(entry.is_file() for entry in self.source.iterdir()):
            return {"images": _files(self.source)}
        return {entry.name: _files(entry) for entry in sorted(self.source.iterdir())}

    def _place_inputs(self, target: Path) -> None:
        for name, files in self._inputs().items():
            (target / name).mkdir()
            for number, file in enumerate(files):
                # as an engine gets them: numbered, flat and not to be written to
                placed = target / name / f"{number:05d}{file.suffix or '.dcm'}"
                shutil.copyfile(file, placed)
                placed.chmod(0o444)

    def _show(self, outcome: Outcome, made: Path) -> None:
        self.out.mkdir(parents=True, exist_ok=True)
        for artifact in outcome.artifacts:
            shutil.copyfile(made / artifact.name, self.out / artifact.name)
            size = (made / artifact.name).stat().st_size
            told = json.dumps(dict(artifact.metadata), ensure_ascii=False)
            click.echo(f"{self.out / artifact.name}\t{artifact.kind}\t{size} bytes\t{told}")
            for hint in _hints(artifact, size):
                click.echo(f"hint: {artifact.name}: {hint}", err=True)
        click.echo(json.dumps(dict(outcome.metrics), indent=2, ensure_ascii=False))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def _dicom_files(folder: Path) -> list[Path]:
    """Every DICOM file below a folder, whatever else lies there."""
    found = []
    for path in _files(folder):
        with path.open("rb") as file:
            if file.read(132).endswith(b"DICM"):
                found.append(path)
    if not found:
        raise click.ClickException(f"there are no DICOM files in {folder}")
    return found


def _hints(artifact: Artifact, size: int) -> Iterator[str]:
    if size > MOST_RESULT_BYTES:
        yield "the platform takes no file larger than 4 GiB"
    missing = [name for name in MEASURED if name not in artifact.metadata]
    if artifact.kind == "mesh_stl" and missing:
        yield f"the page shows a mesh's {', '.join(missing)} if its metadata has it"


@contextmanager
def _interruptible(attempt: Attempt) -> Iterator[None]:
    """Ctrl-C and SIGTERM cancel the attempt, as a person would on the platform."""

    def stop(_: int, __: FrameType | None) -> None:
        attempt.stop(Stop.CANCELLED)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
