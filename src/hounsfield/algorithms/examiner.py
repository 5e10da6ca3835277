"""Looks a model over in a process of its own: ``python -I -m hounsfield.algorithms.examiner FOLDER``.

A model is a program of somebody else's, and its file is parsed by libraries written in C++. So this runs with limits on
memory, time and files, without the platform's secrets, and tells what it found in ``verdict.json``.
"""

import contextlib
import json
import resource
import sys
from pathlib import Path
from typing import Any

MB = 1 << 20
LIBRARIES_MB = 256  # what the libraries take before they see a model
_VERDICT_BYTES = MB


def main(folder: Path) -> None:
    """Read ``wish.json``, look at ``model.onnx`` beside it and write the verdict."""
    wish = json.loads((folder / "wish.json").read_text("utf-8"))
    _limit(wish)
    # not before: the libraries, too, shall live within the limits
    from hounsfield.algorithms.inspection import Refused, inspect

    verdict: dict[str, Any]
    try:
        verdict = {"facts": inspect(folder / "model.onnx", wish)}
    except Refused as refusal:
        verdict = {"code": refusal.code, "params": refusal.params}
    except MemoryError:
        verdict = {"code": "MODEL_OUT_OF_MEMORY", "params": {"memory_mb": wish["memory_mb"]}}
    except Exception as error:  # whatever else the libraries make of it
        verdict = {"code": "MODEL_BROKEN", "params": {"reason": type(error).__name__}}
    (folder / "verdict.json").write_text(json.dumps(verdict), "utf-8")


def _limit(wish: dict[str, Any]) -> None:
    memory = (LIBRARIES_MB + wish["memory_mb"]) * MB
    for kind, most in (
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_AS, memory + 2048 * MB),  # files that are mapped, and threads' unused stacks
        (resource.RLIMIT_CPU, wish["seconds"]),
        (resource.RLIMIT_FSIZE, _VERDICT_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # not every system has every limit
            resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
