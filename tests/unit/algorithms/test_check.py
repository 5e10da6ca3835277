"""The process that looks at a model may crash, hang or eat: the platform learns which, and goes on."""

import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tests.factories.onnx_models import manifest, model_of, thresholds
from tests.processes import until

from hounsfield.algorithms import check
from hounsfield.algorithms.check import check_model
from hounsfield.algorithms.errors import ModelRefused
from hounsfield.algorithms.model_manifest import ModelManifest


def checked(folder: Path, model: onnx.ModelProto, seconds: int = 60, **changes: Any) -> dict[str, Any]:
    path = folder / "uploaded"
    path.write_bytes(model.SerializeToString())
    return check_model(path, ModelManifest.model_validate(manifest(**changes)), seconds=seconds)


def test_a_good_model_is_described(tmp_path: Path) -> None:
    facts = checked(tmp_path, thresholds(400))
    assert facts["parameters"] == 4
    assert list(tmp_path.iterdir()) == [tmp_path / "uploaded"]


def test_a_refusal_arrives_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused) as refusal:
        checked(tmp_path, thresholds(400, 500))
    assert refusal.value.code == "MODEL_CHANNELS"
    assert refusal.value.detail("en") == "The model gives 3 channels; by its labels it must give 2."
    assert refusal.value.detail("zh-CN") == "模型输出 3 个通道；按标签数应为 2 个。"
    assert refusal.value.status == 422


def endless() -> onnx.ModelProto:
    """Counts to 2⁶² before it answers."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Identity", ["v"], ["w"])],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("v", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("w", TensorProto.FLOAT, None),
        ],
    )
    weights = {"times": np.array(2**62, np.int64), "true": np.array(True)}
    nodes = [
        helper.make_node("Concat", ["x", "x"], ["two"], axis=1),
        helper.make_node("Loop", ["times", "true", "two"], ["y"], body=body),
    ]
    return model_of(nodes, weights, shape=[1, 1, "a", "b", "c"])


def hungry() -> onnx.ModelProto:
    """Spreads its window over a hundred gigabytes."""
    shape = numpy_helper.from_array(np.array([1, 2, 3000, 3000, 3000], np.int64), "shape")
    nodes = [
        helper.make_node("ReduceMax", ["x"], ["most"]),
        helper.make_node("Expand", ["most", "shape"], ["y"]),
    ]
    model = model_of(nodes, {}, shape=[1, 1, "a", "b", "c"])
    model.graph.initializer.append(shape)
    return model


@pytest.mark.parametrize(
    ("model", "code", "params"),
    [
        (endless(), "MODEL_TOO_SLOW", {"seconds": 4}),
        (hungry(), "MODEL_OUT_OF_MEMORY", {"memory_mb": 512}),
    ],
    ids=["endless", "hungry"],
)
def test_what_has_no_end_is_ended(
    model: onnx.ModelProto, code: str, params: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(ModelRefused) as refusal:
        checked(tmp_path, model, seconds=4, memory_mb=512)
    assert (refusal.value.code, refusal.value.params) == (code, params)


def test_a_patch_too_large_for_the_memory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused) as refusal:
        checked(tmp_path, thresholds(400), patch={"size": [4096, 4096, 4096]})
    assert refusal.value.code == "MODEL_OUT_OF_MEMORY"


@pytest.fixture
def instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a piece of Python in the examiner's place."""

    def put(code: str) -> None:
        script = tmp_path / "python"
        script.write_text(f"#!{check.sys.executable}\n{textwrap.dedent(code)}")
        script.chmod(0o755)
        monkeypatch.setattr(check.sys, "executable", str(script))

    return put


@pytest.mark.parametrize(
    ("code", "expected", "params"),
    [
        ("import os; os.kill(os.getpid(), 11)", "MODEL_CRASHES", {"how": "SIGSEGV"}),
        ("import os; os.abort()", "MODEL_OUT_OF_MEMORY", {"memory_mb": 2048}),
        ("raise SystemExit(3)", "MODEL_CRASHES", {"how": "exit code 3"}),
        ("open('verdict.json', 'w').write('{')", "MODEL_CRASHES", {"how": "exit code 0"}),
        ("import time; time.sleep(600)", "MODEL_TOO_SLOW", {"seconds": 1}),
    ],
)
def test_however_it_breaks_down_the_platform_goes_on(
    code: str, expected: str, params: dict[str, Any], tmp_path: Path, instead: Any
) -> None:
    instead(code)
    with pytest.raises(ModelRefused) as refusal:
        checked(tmp_path, thresholds(400), seconds=1)
    assert (refusal.value.code, refusal.value.params) == (expected, params)


def test_whatever_it_started_ends_with_it(tmp_path: Path, instead: Any) -> None:
    note = tmp_path / "child"
    instead(f"""
        import os, time
        if os.fork():
            time.sleep(600)
        open({str(note)!r}, "w").write(str(os.getpid()))
        time.sleep(600)
    """)
    with pytest.raises(ModelRefused):
        checked(tmp_path, thresholds(400), seconds=1)
    status = Path(f"/proc/{note.read_text()}/stat")
    until(lambda: not status.exists() or status.read_text().split()[2] == "Z", "its child to be gone", 5)


def test_it_sees_no_secrets(tmp_path: Path, instead: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOUNSFIELD_SECRET_KEY", "s3cret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    note = tmp_path / "environment"
    instead(f"import os; open({str(note)!r}, 'w').write(repr(dict(os.environ)))")
    with pytest.raises(ModelRefused):
        checked(tmp_path, thresholds(400))
    assert "s3cret" not in note.read_text()
    assert "PATH" in note.read_text()
