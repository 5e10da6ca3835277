"""Small real networks with weights set by hand, and their manifests, for all suites."""

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET, IR = 20, 9
Shape = list[int | str | None]


def model_of(
    nodes: list[onnx.NodeProto],
    weights: dict[str, NDArray[Any]],
    *,
    shape: Shape,
    channels: int | str = 2,
    out_shape: Shape | None = None,
    dtype: int = TensorProto.FLOAT,
    out_dtype: int | None = None,
    opset: int = OPSET,
    ir: int = IR,
    domains: tuple[str, ...] = (),
) -> onnx.ModelProto:
    """Put a network together whose input is `x` and whose output is `y`."""
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("x", dtype, shape)],
        [
            helper.make_tensor_value_info(
                "y", dtype if out_dtype is None else out_dtype, out_shape or [shape[0], channels, *shape[2:]]
            )
        ],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    imports = [helper.make_opsetid("", opset), *(helper.make_opsetid(name, 1) for name in domains)]
    return helper.make_model(graph, opset_imports=imports, ir_version=ir)


def thresholds(
    *levels: float,
    shape: Shape | None = None,
    background: bool = True,
    dtype: int = TensorProto.FLOAT,
    **more: Any,
) -> onnx.ModelProto:
    """A 1×1×1 convolution that finds what lies above each level: the highest level passed wins.

    With a background the first channel is it, for argmax; else a channel is positive above its level.
    """
    shape = shape or [1, 1, "a", "b", "c"]
    kind = np.float16 if dtype == TensorProto.FLOAT16 else np.float32
    # channel k has slope k: where channels k and k + 1 meet is level k
    slope = np.arange(1, len(levels) + 1, dtype=np.float64) if background else np.ones(len(levels))
    offset = -np.cumsum(levels) if background else -np.array(levels, np.float64)
    if background:
        slope, offset = np.insert(slope, 0, 0), np.insert(offset, 0, 0)
    weights = {
        "w": slope.reshape(-1, *[1] * (len(shape) - 1)).astype(kind),
        "b": offset.astype(kind),
    }
    node = helper.make_node("Conv", ["x", "w", "b"], ["y"])
    return model_of([node], weights, shape=shape, channels=len(slope), dtype=dtype, **more)


def averaging(level: float, **more: Any) -> onnx.ModelProto:
    """A 3×3×3 mean, then one level: finds what lies above it on average. Beyond a window it takes the window's rim."""
    weights = {
        "pads": np.array([0, 0, 1, 1, 1, 0, 0, 1, 1, 1], np.int64),
        "mean": np.full((1, 1, 3, 3, 3), 1 / 27, np.float32),
        "w": np.array([0, 1], np.float32).reshape(2, 1, 1, 1, 1),
        "b": np.array([0, -level], np.float32),
    }
    nodes = [
        helper.make_node("Pad", ["x", "pads"], ["wide"], mode="edge"),
        helper.make_node("Conv", ["wide", "mean"], ["smooth"]),
        helper.make_node("Conv", ["smooth", "w", "b"], ["y"]),
    ]
    return model_of(nodes, weights, shape=[1, 1, "a", "b", "c"], **more)


def manifest(name: str = "dense_tissue", version: str = "1.0.0", **changes: Any) -> dict[str, Any]:
    """The manifest of a model with one label, HU as they are, windows of 16³."""
    return {
        "name": name,
        "version": version,
        "title": {"en": "Dense tissue", "zh-CN": "致密组织"},
        "description": {"en": "Everything above a level.", "zh-CN": "高于某一数值的所有组织。"},
        "intended_use": {"en": "Tests.", "zh-CN": "测试。"},
        "licence": "Apache-2.0",
        "input": {"axes": "SPL", "spacing_mm": None, "window_hu": None, "normalise": {"kind": "none"}},
        "patch": {"size": [16, 16, 16], "overlap": 0.5, "blending": "gaussian"},
        "output": {"kind": "argmax"},
        "labels": [{"name": "dense", "title": {"en": "Dense", "zh-CN": "致密"}, "color": "#E3DAC9"}],
        "surfaces": False,
        **changes,
    }
