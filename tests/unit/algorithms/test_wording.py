"""What engines say is shown in the reader's language, with the words that its manifest brought."""

import ast
from pathlib import Path

import pytest

from hounsfield.algorithms.schemas import Manifest
from hounsfield.algorithms.wording import translated

WORDS = {
    "Reading the series": "正在读取序列",
    "{tissue} done": "{tissue}已完成",
    "Bone": "骨骼",
    "needs {count} slices, has {found}": "需要 {count} 层，只有 {found} 层",
    "{a} and {a}": "never",
}
MANIFEST = Manifest(name="cut", version="1", translations={"zh-CN": WORDS})


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Reading the series", "正在读取序列"),
        ("Bone done", "骨骼已完成"),
        ("Liver done", "Liver已完成"),
        ("needs 3 slices, has 2", "需要 3 层，只有 2 层"),
        ("needs 3 slices", "needs 3 slices"),
        ("this and this", "this and this"),
    ],
)
def test_a_sentence_is_recognised_with_its_values(said: str, shown: str) -> None:
    assert translated(MANIFEST, said, "zh-CN") == shown


def test_without_words_it_stays_as_it_is() -> None:
    assert translated(MANIFEST, "Bone done", "en") == "Bone done"
    assert translated(None, "Bone done", "zh-CN") == "Bone done"


def test_every_sentence_of_ct_surface_has_chinese_words() -> None:
    """Read from its source: the platform does not import the engine."""
    root = Path(__file__).resolve().parents[3] / "src" / "hounsfield_engine" / "algorithms"
    table = ast.parse((root / "ct_surface" / "wording.py").read_text("utf-8")).body[-1]
    assert isinstance(table, ast.Assign)
    manifest = Manifest(name="ct_surface", version="1", translations={"zh-CN": ast.literal_eval(table.value)})
    said = {
        text
        for name in ("ct_surface/run.py", "ct_series.py")
        for node in ast.walk(ast.parse((root / name).read_text("utf-8")))
        if isinstance(node, ast.Call)
        and len(node.args) == 2
        and getattr(node.func, "id", getattr(node.func, "attr", "")) in _SPEAKING
        for text in [_sample(node.args[1])]
        if text
    }
    assert said
    untold = {text for text in said if translated(manifest, text, "zh-CN") == text}
    assert not untold


_SPEAKING = {"report", "UserFacing"}


def _sample(argument: ast.expr) -> str:
    """Return a sentence as it may be sent: places are filled with something."""
    if isinstance(argument, ast.Constant):
        return str(argument.value)
    if not isinstance(argument, ast.JoinedStr):
        return ""
    parts = [part.value if isinstance(part, ast.Constant) else "Something" for part in argument.values]
    told = any(str(part).strip(" :") for part in parts if part != "Something")
    return "".join(map(str, parts)) if told else ""
