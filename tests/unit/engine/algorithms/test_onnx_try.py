"""A model is tried without a platform, as docs/models.md says."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from click.testing import CliRunner, Result

from hounsfield_engine.cli import main

DOCUMENT = Path(__file__).resolve().parents[4] / "docs" / "models.md"
AFFINE = np.array([[1.5, 0, 0, -20.0], [0, 1.5, 0, 30.0], [0, 0, 1.5, 500.0], [0, 0, 0, 1]])


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files that a reader of the document has after its first step."""
    text = DOCUMENT.read_text("utf-8")
    blocks = dict(re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "manifest.json").write_text(blocks["json"])
    exec(compile(blocks["python"], "make_model.py", "exec"), {})
    assert (tmp_path / "model.onnx").stat().st_size < 1000
    return tmp_path


def attempt(*arguments: Any) -> Result:
    return CliRunner().invoke(main, ["try", "onnx", *map(str, arguments)])


def test_the_documents_example_finds_what_it_says(example: Path, write_series: Callable[..., Path]) -> None:
    z, y, x = np.indices((20, 30, 30))
    ball = (z - 9) ** 2 + (y - 14) ** 2 + (x - 15) ** 2 <= 8**2
    series = write_series(np.where(ball, np.int16(700), np.int16(-50)), AFFINE) / "series"
    made = attempt(
        series, "--model", "model.onnx", "--manifest", "manifest.json", "--out", example / "result"
    )
    assert made.exit_code == 0, made.output
    labels = np.asarray(nibabel.load(example / "result" / "labels.nii.gz").dataobj)
    np.testing.assert_array_equal(labels.transpose(2, 1, 0), ball)
    assert {path.name for path in (example / "result").iterdir()} == {
        "labels.nii.gz", "bone.stl", "bone.glb", "thumbnail.png",
    }  # fmt: skip
    assert '"volume_ml"' in made.output


def test_both_files_are_needed_and_the_manifest_is_json(
    example: Path, write_series: Callable[..., Path]
) -> None:
    series = write_series(np.zeros((3, 4, 4), np.int16), AFFINE) / "series"
    assert "belong together" in attempt(series, "--model", "model.onnx").output
    assert "runs models" in attempt(series).output
    (example / "manifest.json").write_text("{")
    refused = attempt(series, "--model", "model.onnx", "--manifest", "manifest.json")
    assert "not JSON" in refused.output
    (example / "manifest.json").write_text(json.dumps({"name": "x"}))
    refused = attempt(series, "--model", "model.onnx", "--manifest", "manifest.json")
    assert "MODEL_MANIFEST_UNKNOWN" in refused.output
