"""The child process of one attempt: ``python -m hounsfield_engine.runner FOLDER`` (the contract is in README.md).

With ``--warm MODULE…`` it imports those modules first and then waits for the folder's path on standard input, so that an
attempt starts in milliseconds. Standard input is held by the agent: when it closes, the agent is gone and so are we.
"""

import contextlib
import faulthandler
import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any, TextIO

from hounsfield_engine.sdk import Decision, EngineError, Job, Model, Outcome, RetryElsewhere

EXIT_CODES: Mapping[Decision, int] = {"user_facing": 10, "retry_elsewhere": 11, "poison": 12, "cancelled": 13}


def main(argv: Sequence[str]) -> int:
    """Run one attempt and return the exit code that says what became of it."""
    if argv[:1] == ["--warm"]:
        for module in argv[1:]:
            # an algorithm that cannot be imported fails its own attempts, not those of the others
            with contextlib.suppress(Exception):
                importlib.import_module(module)
        line = sys.stdin.readline().strip()
        if not line:
            return 0
        folder = Path(line)
    else:
        folder = Path(argv[0])
    with _private_stdout(folder) as progress:
        return execute(folder, progress)


def execute(folder: Path, progress: TextIO) -> int:
    """Run the attempt described by ``task.json`` and leave ``result.json`` beside it."""
    try:
        task = json.loads((folder / "task.json").read_text("utf-8"))
        result = _run(task, folder, progress)
    except EngineError as error:
        _write(folder, json.dumps({"code": error.code, "message": str(error), "decision": error.decision}))
        return EXIT_CODES[error.decision]
    _write(folder, result)
    return 0


def _run(task: Mapping[str, Any], folder: Path, progress: TextIO) -> str:
    def report(percent: float, message: str) -> None:
        progress.write(json.dumps({"progress": percent, "message": message}) + "\n")
        progress.flush()

    job = Job(folder / "in", folder / "out", task["parameters"], report, _model(task, folder))
    try:
        outcome: Outcome = _resolve(task["entry"])(job)
        return json.dumps(
            {"artifacts": [asdict(item) for item in outcome.artifacts], "metrics": dict(outcome.metrics)}
        )
    except EngineError:
        raise
    except MemoryError as error:
        raise RetryElsewhere("OUT_OF_MEMORY", "not enough memory on this engine") from error
    except Exception as error:
        sys.excepthook(type(error), error, error.__traceback__)
        # the text may quote the patient's data, so only the kind of error leaves this machine
        raise RetryElsewhere("ALGORITHM_ERROR", f"the algorithm failed ({type(error).__name__})") from error


def _model(task: Mapping[str, Any], folder: Path) -> Model | None:
    told = task.get("model")
    return Model(folder / "model" / "model.onnx", told["sha256"], told["manifest"]) if told else None


def _resolve(entry: str) -> Callable[[Job], Any]:
    module, _, name = entry.rpartition(":")
    loaded = _load(Path(module)) if module.endswith(".py") else importlib.import_module(module)
    function: Callable[[Job], Any] = getattr(loaded, name)
    return function


def _load(file: Path) -> ModuleType:
    """Import a folder's file, its neighbours within its reach."""
    sys.path.insert(0, str(file.parent))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file.name} cannot be imported")
    module = sys.modules[file.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _write(folder: Path, result: str) -> None:
    temporary = folder / "result.json.part"
    temporary.write_text(result, "utf-8")
    temporary.replace(folder / "result.json")


@contextlib.contextmanager
def _private_stdout(folder: Path) -> Iterator[TextIO]:
    """Keep standard output for progress; whatever libraries print goes to ``stderr.log`` in the work folder."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    with (folder / "stderr.log").open("ab") as diagnostics, channel:
        os.dup2(diagnostics.fileno(), 1)
        os.dup2(diagnostics.fileno(), 2)
        faulthandler.enable(diagnostics)
        yield channel
        sys.stdout.flush()
        sys.stderr.flush()
        faulthandler.disable()


if __name__ == "__main__":
    status = main(sys.argv[1:])
    # the outcome is on disk; tearing down VTK and the like can only lose time or crash
    os._exit(status)
