"""The network itself, on onnxruntime."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from hounsfield_engine.sdk import Poison, RetryElsewhere

_ort: Any = onnxruntime  # has no types
_GPU = ("CUDAExecutionProvider", "ROCMExecutionProvider", "CoreMLExecutionProvider")
_TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(double)": np.float64}


class Network:
    """A loaded model with one input and one output.

    Its input is (1, 1, *patch), or (1, 1, *patch[1:]) for a network of single planes; its output has a channel axis second.
    """

    def __init__(self, path: Path) -> None:
        """Load a model.

        Raises
        ------
        RetryElsewhere
            The runtime of this engine cannot load it; a newer one may.
        """
        options = _ort.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = os.cpu_count() or 1
        options.use_deterministic_compute = True
        # idle threads shall sleep: other attempts need the cores
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # the arena keeps the largest of everything it ever held
        options.enable_cpu_mem_arena = False
        installed = _ort.get_available_providers()
        providers = [name for name in _GPU if name in installed] + ["CPUExecutionProvider"]
        try:
            # from memory: a file's folder is where a model could look for further files
            self._session = _ort.InferenceSession(path.read_bytes(), options, providers=providers)
        except Exception as error:  # onnxruntime's own classes, one an error code
            raise RetryElsewhere(
                "MODEL_NOT_LOADED", f"onnxruntime {_ort.__version__} cannot load the model"
            ) from error
        taken = self._session.get_inputs()[0]
        self._name, self._type, self._rank = taken.name, _TYPES.get(taken.type, np.float32), len(taken.shape)

    @property
    def runtime(self) -> dict[str, str]:
        """What it runs on, for the record."""
        return {"onnxruntime": _ort.__version__, "provider": self._session.get_providers()[0]}

    def __call__(self, window: NDArray[np.float32], channels: int) -> NDArray[np.float32]:
        """Return the scores (channels, *patch) of a window (patch) in the network's axes.

        Raises
        ------
        Poison
            The output has not that shape.
        """
        planes = self._rank == 4
        given = np.ascontiguousarray(window[None] if planes else window[None, None], self._type)
        found = self._session.run(None, {self._name: given})[0]
        scores = np.moveaxis(found, 1, 0) if planes else found[0]
        _check(scores.shape, (channels, *window.shape))
        return np.asarray(scores, np.float32)


def _check(shape: Sequence[int], wanted: tuple[int, ...]) -> None:
    if tuple(shape) != wanted:
        raise Poison(
            "MODEL_OUTPUT_SHAPE", f"the model gave an array of {tuple(shape)}, its manifest says {wanted}"
        )
