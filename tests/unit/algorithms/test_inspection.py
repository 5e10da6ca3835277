"""What makes a model unusable, each by a real ONNX file that has just this fault."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tests.factories.onnx_models import averaging, model_of, thresholds

from hounsfield.algorithms.errors import REASONS
from hounsfield.algorithms.inspection import Refused, inspect
from hounsfield.kit import i18n

PATCH = [8, 9, 10]


def examined(model: onnx.ModelProto | bytes, folder: Path, **wish: Any) -> dict[str, Any]:
    path = folder / "model.onnx"
    path.write_bytes(model if isinstance(model, bytes) else model.SerializeToString())
    return inspect(path, {"patch": PATCH, "channels": 2, "memory_mb": 512, **wish})


def refusal(model: onnx.ModelProto | bytes, folder: Path, **wish: Any) -> Refused:
    with pytest.raises(Refused) as found:
        examined(model, folder, **wish)
    for language in i18n.LANGUAGES:
        told = i18n.text(found.value.code, language, found.value.params)
        assert told != found.value.code
        assert "{" not in told, told
    assert found.value.code in REASONS
    return found.value


@pytest.mark.parametrize(
    "model",
    [
        thresholds(400),
        thresholds(400, shape=[1, 1, *PATCH]),
        thresholds(400, shape=["n", 1, "z", "y", "x"]),
        thresholds(400, dtype=TensorProto.FLOAT16),
        averaging(100),
    ],
    ids=["open", "fixed", "batch", "float16", "averaging"],
)  # fmt: skip
def test_good_models_pass_and_are_described(model: onnx.ModelProto, tmp_path: Path) -> None:
    facts = examined(model, tmp_path)
    assert facts["opset"] == 20
    assert facts["ir_version"] == 9
    assert facts["parameters"] >= 4
    assert "Conv" in facts["operators"]
    assert facts["window_seconds"] >= 0
    assert facts["onnxruntime"]


def test_networks_of_single_planes_pass_where_the_patch_is_one_plane(tmp_path: Path) -> None:
    planes = thresholds(400, shape=[1, 1, "h", "w"])
    assert examined(planes, tmp_path, patch=[1, 9, 10])["parameters"] == 4
    assert refusal(planes, tmp_path).code == "MODEL_RANK"


def test_functions_of_the_model_itself_are_no_custom_operators(tmp_path: Path) -> None:
    model = thresholds(400)
    body = helper.make_node("Identity", ["a"], ["b"])
    model.functions.append(
        helper.make_function("ours", "Same", ["a"], ["b"], [body], [helper.make_opsetid("", 20)])
    )
    model.opset_import.append(helper.make_opsetid("ours", 1))
    model.graph.node[0].output[0] = "raw"
    model.graph.node.append(helper.make_node("Same", ["raw"], ["y"], domain="ours"))
    assert "Same" in examined(model, tmp_path)["operators"]
    model.functions[0].node[0].domain = "evil.example"
    assert refusal(model, tmp_path).code == "MODEL_CUSTOM_OPS"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04 a zip",
        b"\x00" * 100,
        b"ORTM" * 20,
        TensorProto().SerializeToString(),
        b"\xff" * 4000,
    ],
)
def test_what_is_not_onnx_is_said_to_be_none(data: bytes, tmp_path: Path) -> None:
    assert refusal(data, tmp_path).code == "MODEL_NOT_ONNX"


def test_a_cut_file_is_no_model(tmp_path: Path) -> None:
    data = averaging(1).SerializeToString()
    assert refusal(data[: len(data) // 2], tmp_path).code == "MODEL_NOT_ONNX"


def external(tensor: TensorProto, location: str) -> None:
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)


def in_a_subgraph(model: onnx.ModelProto, tensor: TensorProto) -> None:
    """Hide a tensor in the branch of an If, as an attribute of a Constant."""
    constant = helper.make_node("Constant", [], ["c"])
    constant.attribute.append(helper.make_attribute("value", tensor))
    branch = helper.make_graph(
        [constant], "branch", [], [helper.make_tensor_value_info("c", TensorProto.FLOAT, [1])]
    )
    true = numpy_helper.from_array(np.array(True), "true")
    model.graph.initializer.append(true)
    model.graph.node.append(
        helper.make_node("If", ["true"], ["unused"], then_branch=branch, else_branch=branch)
    )


@pytest.mark.parametrize("location", ["weights.bin", "../../../../etc/passwd", "/etc/passwd", ""])
@pytest.mark.parametrize("where", ["initializer", "subgraph"])
def test_weights_in_other_files_are_refused_wherever_they_are_named(
    location: str, where: str, tmp_path: Path
) -> None:
    model = thresholds(400)
    if where == "initializer":
        external(model.graph.initializer[0], location)
    else:
        tensor = numpy_helper.from_array(np.ones(1, np.float32), "c")
        external(tensor, location)
        in_a_subgraph(model, tensor)
    found = refusal(model, tmp_path)
    assert (found.code, found.params["location"]) == ("MODEL_EXTERNAL_DATA", location)


def test_operators_that_are_not_of_the_standard_are_named(tmp_path: Path) -> None:
    model = thresholds(400, domains=("com.microsoft",))
    model.graph.node[0].output[0] = "raw"
    model.graph.node.append(helper.make_node("FusedGelu", ["raw"], ["y"], domain="com.microsoft"))
    found = refusal(model, tmp_path)
    assert (found.code, found.params) == (
        "MODEL_CUSTOM_OPS",
        {"op": "FusedGelu", "domain": "com.microsoft"},
    )


@pytest.mark.parametrize(("change", "what"), [({"opset": 10_000}, "opset"), ({"ir": 4000}, "IR")])
def test_what_the_runtime_is_too_old_for_says_what_it_knows(
    change: dict[str, Any], what: str, tmp_path: Path
) -> None:
    found = refusal(thresholds(400, **change), tmp_path)
    assert (found.code, found.params["what"]) == ("MODEL_TOO_NEW", what)
    known = found.params["known"]
    assert known >= (20 if what == "opset" else 9)
    key = "opset" if what == "opset" else "ir"
    if what == "opset":
        assert examined(thresholds(400, **{key: known}), tmp_path)["opset"] == known
    assert refusal(thresholds(400, **{key: known + 1}), tmp_path).code == "MODEL_TOO_NEW"


def test_a_graph_that_does_not_hold_together_is_broken(tmp_path: Path) -> None:
    model = thresholds(400)
    model.graph.node[0].input[1] = "nowhere"
    assert refusal(model, tmp_path).code == "MODEL_BROKEN"


def two_inputs() -> onnx.ModelProto:
    model = thresholds(400)
    model.graph.input.append(helper.make_tensor_value_info("z", TensorProto.FLOAT, [1]))
    return model


def two_outputs() -> onnx.ModelProto:
    model = thresholds(400)
    model.graph.node.append(helper.make_node("Relu", ["y"], ["deep"]))
    model.graph.output.append(helper.make_tensor_value_info("deep", TensorProto.FLOAT, [1, 2, "a", "b", "c"]))
    return model


def integers() -> onnx.ModelProto:
    node = helper.make_node("ArgMax", ["x"], ["y"], axis=1)
    return model_of([node], {}, shape=[1, 1, 8, 9, 10], channels=1, out_dtype=TensorProto.INT64)


def of_bytes() -> onnx.ModelProto:
    node = helper.make_node("Cast", ["x"], ["y"], to=TensorProto.FLOAT)
    return model_of([node], {}, shape=[1, 1, 8, 9, 10], dtype=TensorProto.UINT8, out_dtype=TensorProto.FLOAT)


def test_weights_that_old_models_list_as_inputs_are_none(tmp_path: Path) -> None:
    model = thresholds(400)
    for tensor in model.graph.initializer:
        model.graph.input.append(helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims))
    assert examined(model, tmp_path)["parameters"] == 4


@pytest.mark.parametrize(
    ("model", "code", "params"),
    [
        (two_inputs(), "MODEL_INPUTS", {"found": 2}),
        (two_outputs(), "MODEL_OUTPUTS", {"found": 2}),
        (of_bytes(), "MODEL_INPUT_TYPE", {"found": "uint8"}),
        (integers(), "MODEL_OUTPUT_TYPE", {"found": "int64"}),
        (thresholds(400, shape=[1, 1, "x"]), "MODEL_RANK", {"found": 3}),
        (
            thresholds(400, shape=[1, 1, "a", 16, 16]),
            "MODEL_INPUT_SHAPE",
            {"found": "1 × 1 × ? × 16 × 16", "wanted": "1 × 1 × 8 × 9 × 10"},
        ),
        (
            thresholds(400, shape=[4, 1, "a", "b", "c"]),
            "MODEL_INPUT_SHAPE",
            {"found": "4 × 1 × ? × ? × ?", "wanted": "1 × 1 × 8 × 9 × 10"},
        ),
        (thresholds(400, 500), "MODEL_CHANNELS", {"found": 3, "wanted": 2}),
        (
            model_of(
                [
                    helper.make_node("Concat", ["x", "x"], ["two"], axis=1),
                    helper.make_node("MaxPool", ["two"], ["y"], kernel_shape=[2, 1, 1], strides=[2, 1, 1]),
                ],
                {},
                shape=[1, 1, "a", "b", "c"],
                out_shape=[1, 2, None, None, None],
            ),
            "MODEL_OUTPUT_SHAPE",
            {"found": "1 × 2 × 4 × 9 × 10", "wanted": "1 × 2 × 8 × 9 × 10"},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_does_not_fit_the_manifest_is_told_in_numbers(
    model: onnx.ModelProto, code: str, params: dict[str, Any], tmp_path: Path
) -> None:
    found = refusal(model, tmp_path)
    assert (found.code, found.params) == (code, params)


def test_weights_that_are_not_numbers_are_named(tmp_path: Path) -> None:
    model = thresholds(400)
    tensor = model.graph.initializer[0]
    values = numpy_helper.to_array(tensor).copy()
    values.flat[-1] = np.nan
    tensor.CopyFrom(numpy_helper.from_array(values, "w"))
    found = refusal(model, tmp_path)
    assert (found.code, found.params) == ("MODEL_WEIGHTS_NAN", {"tensor": "w"})


def test_answers_that_are_not_numbers_are_refused(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Concat", ["x", "x"], ["two"], axis=1),
        helper.make_node("Log", ["two"], ["y"]),
    ]
    model = model_of(nodes, {}, shape=[1, 1, "a", "b", "c"])
    assert refusal(model, tmp_path).code == "MODEL_OUTPUT_NAN"


def test_a_model_that_fails_while_it_runs_says_so(tmp_path: Path) -> None:
    shape = numpy_helper.from_array(np.array([1, 2, 7, 7, 7], np.int64), "shape")
    model = thresholds(400)
    model.graph.node[0].output[0] = "raw"
    model.graph.initializer.append(shape)
    model.graph.node.append(helper.make_node("Reshape", ["raw", "shape"], ["y"]))
    found = refusal(model, tmp_path)
    assert found.code == "MODEL_NOT_RUN"
    assert "reason" in found.params


def test_every_reason_is_worded_in_both_languages() -> None:
    for code in REASONS:
        texts = i18n.codes()[code]
        assert set(texts) == set(i18n.LANGUAGES)
