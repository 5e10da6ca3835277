"""Whatever the audit log notes has words in both languages of the page."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTED = re.compile(
    r'"((?:patient|visit|study|image|upload|task|model|measurement|key_image|overlay|retention|audit)\.[a-z_]+)"'
)
# texts of the same form that are names of logged events and files
OTHERS = {"audit.chain", "audit.counts_wait", "audit.denial_lost", "audit.sealed", "model.onnx"}
ACTIONS = {
    found
    for path in (ROOT / "src" / "hounsfield").rglob("*.py")
    for found in NOTED.findall(path.read_text())
    if found not in OTHERS
}


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_action_has_a_word(language: str) -> None:
    assert len(ACTIONS) > 50
    words = json.loads((ROOT / "web" / "src" / "locales" / language / "audit.json").read_text())["actions"]
    assert {action for action in ACTIONS if action.replace(".", "_") not in words} == set()
