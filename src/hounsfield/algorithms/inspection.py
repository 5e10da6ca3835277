"""What is looked at in a model, the cheap and harmless things first. Only for `examiner`: see there."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from google.protobuf import message as protobuf
from onnx import TensorProto, helper, numpy_helper

_ort: Any = onnxruntime  # has no types
_STANDARD = ("", "ai.onnx", "ai.onnx.ml")


class Refused(Exception):
    """The model cannot be used; `code` says why."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


def inspect(path: Path, wish: dict[str, Any]) -> dict[str, Any]:
    """Look a model over and run one window of it.

    Parameters
    ----------
    wish
        `patch` (three sides in voxels, by the model's axes), `channels` of the output, `memory_mb` for what is told.

    Returns
    -------
    dict
        What there is to know of the model.

    Raises
    ------
    Refused
        It cannot be used.
    """
    model = _parsed(path.read_bytes())
    _check_data(model)
    _check_operators(model)
    _check_age(model)
    try:
        onnx.checker.check_model(model)
    except onnx.checker.ValidationError as error:
        raise Refused("MODEL_BROKEN", reason=_line(error)) from None
    _check_interface(model.graph, wish["patch"])
    facts = {
        "producer": f"{model.producer_name} {model.producer_version}".strip()[:100],
        "ir_version": model.ir_version,
        "opset": _opset(model),
        "operators": sorted({node.op_type for node in model.graph.node})[:200],
        "parameters": _check_weights(model),
    }
    del model  # the runtime reads the file itself; both together would need twice the memory
    return {**facts, "window_seconds": round(_run(path, wish), 3), "onnxruntime": _ort.__version__}


def _parsed(data: bytes) -> Any:
    model = onnx.ModelProto()
    try:
        model.ParseFromString(data)
    except protobuf.DecodeError:
        raise Refused("MODEL_NOT_ONNX") from None
    if not model.ir_version or not model.graph.node or not model.opset_import:
        raise Refused("MODEL_NOT_ONNX")
    return model


def _messages(message: Any) -> Iterator[Any]:
    """Yield a protobuf message and all that are within it, wherever the standard lets them be."""
    waiting = [message]
    while waiting:
        found = waiting.pop()
        yield found
        for field, value in found.ListFields():
            if field.message_type is not None:
                waiting += [value] if hasattr(value, "DESCRIPTOR") else value


def _check_data(model: Any) -> None:
    """Weights elsewhere are refused whatever their path: here and on engines there is nothing beside the model."""
    for found in _messages(model):
        if found.DESCRIPTOR.name == "TensorProto" and (found.external_data or found.data_location == 1):
            places = [entry.value for entry in found.external_data if entry.key == "location"]
            raise Refused("MODEL_EXTERNAL_DATA", location=(places or ["?"])[0][:100])


def _check_operators(model: Any) -> None:
    own = {(function.domain, function.name) for function in model.functions}
    for found in _messages(model):
        if found.DESCRIPTOR.name != "NodeProto" or found.domain in _STANDARD:
            continue
        if (found.domain, found.op_type) not in own:
            raise Refused("MODEL_CUSTOM_OPS", op=found.op_type[:60], domain=found.domain[:60])


def _opset(model: Any) -> int:
    versions = [entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")]
    return max(versions, default=0)


def _check_age(model: Any) -> None:
    """Ask the runtime what it knows, by models that do nothing but have that age."""
    opset, ir = _opset(model), int(model.ir_version)
    if not _loads(opset=opset):
        known = _newest(range(min(opset, onnx.defs.onnx_opset_version()), 0, -1), "opset")
        raise Refused("MODEL_TOO_NEW", what="opset", found=opset, known=known, runtime=_ort.__version__)
    if not _loads(ir=ir):
        known = _newest(range(min(ir, onnx.IR_VERSION), 0, -1), "ir")
        raise Refused("MODEL_TOO_NEW", what="IR", found=ir, known=known, runtime=_ort.__version__)


def _newest(candidates: range, what: str) -> int:
    return next((number for number in candidates if _loads(**{what: number})), 0)


def _loads(opset: int = 13, ir: int = 7) -> bool:
    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "age", value[:1], value[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir)
    try:
        _session(model.SerializeToString())
    except Exception:  # onnxruntime has a class for each of its codes
        return False
    return True


def _session(model: bytes | str) -> Any:
    options = _ort.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    return _ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _check_interface(graph: Any, patch: list[int]) -> None:
    weights = {tensor.name for tensor in graph.initializer}  # old models list them as inputs too
    inputs = [value for value in graph.input if value.name not in weights]
    if len(inputs) != 1:
        raise Refused("MODEL_INPUTS", found=len(inputs))
    if len(graph.output) != 1:
        raise Refused("MODEL_OUTPUTS", found=len(graph.output))
    _check_type(inputs[0], "MODEL_INPUT_TYPE")
    _check_type(graph.output[0], "MODEL_OUTPUT_TYPE")
    sides = [side.dim_value or None for side in inputs[0].type.tensor_type.shape.dim]
    if len(sides) != 5 and not (len(sides) == 4 and patch[0] == 1):
        raise Refused("MODEL_RANK", found=len(sides))
    wanted = _input_shape(len(sides), patch)
    if any(side not in (None, want) for side, want in zip(sides, wanted, strict=True)):
        raise Refused(
            "MODEL_INPUT_SHAPE",
            found=" × ".join("?" if side is None else str(side) for side in sides),
            wanted=" × ".join(map(str, wanted)),
        )


def _check_type(value: Any, code: str) -> None:
    kind = value.type.tensor_type.elem_type
    if kind not in (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE):
        known = kind in TensorProto.DataType.values()
        raise Refused(code, found=TensorProto.DataType.Name(kind).lower() if known else str(kind))


def _input_shape(rank: int, patch: list[int]) -> list[int]:
    return [1, 1, *patch] if rank == 5 else [1, 1, *patch[1:]]


def _check_weights(model: Any) -> int:
    """Refuse weights that are not numbers; return how many weights there are."""
    count = 0
    for found in _messages(model):
        if found.DESCRIPTOR.name != "TensorProto" or found.data_type == 8:  # texts
            continue
        values = numpy_helper.to_array(found)
        count += values.size
        if values.dtype.kind == "f" and np.isnan(values).any():
            raise Refused("MODEL_WEIGHTS_NAN", tensor=found.name[:100])
    return count


def _run(path: Path, wish: dict[str, Any]) -> float:
    """Run one window of zeros and return its seconds."""
    try:
        session = _session(str(path))
    except MemoryError:
        raise
    except Exception as error:
        raise _runtime_error("MODEL_NOT_LOADED", error, wish) from None
    taken = session.get_inputs()[0]
    kind = {"tensor(float16)": np.float16, "tensor(double)": np.float64}.get(taken.type, np.float32)
    window = np.zeros(_input_shape(len(taken.shape), wish["patch"]), kind)
    begin = time.monotonic()
    try:
        answer = session.run(None, {taken.name: window})[0]
    except MemoryError:
        raise
    except Exception as error:
        raise _runtime_error("MODEL_NOT_RUN", error, wish) from None
    seconds = time.monotonic() - begin
    wanted = (1, wish["channels"], *window.shape[2:])
    if answer.ndim == window.ndim and answer.shape[1] != wanted[1]:
        raise Refused("MODEL_CHANNELS", found=answer.shape[1], wanted=wanted[1])
    if answer.shape != wanted:
        raise Refused(
            "MODEL_OUTPUT_SHAPE",
            found=" × ".join(map(str, answer.shape)),
            wanted=" × ".join(map(str, wanted)),
        )
    if not np.isfinite(answer).all():
        raise Refused("MODEL_OUTPUT_NAN")
    return seconds


def _runtime_error(code: str, error: Exception, wish: dict[str, Any]) -> Refused:
    text = _line(error)
    if any(word in text.lower() for word in ("bad_alloc", "failed to allocate", "out of memory")):
        return Refused("MODEL_OUT_OF_MEMORY", memory_mb=wish["memory_mb"])
    return Refused(code, runtime=_ort.__version__, reason=text)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
