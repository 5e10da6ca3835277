"""Whatever the audit log notes has words in both languages of the page."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src" / "hounsfield").rglob("*.py"))
# a call that notes something, up to the action that it names
NOTED = re.compile(
    r"\b(?:_?note(?:_read|_attempt)?|Attempt|(?:own_|managed_)?study_for|about)\("
    r"(?:[^()]|\([^()]*\))*?\"([a-z]+\.[a-z_]+)\""
)
ACTIONS = {action for path in SOURCES for action in NOTED.findall(path.read_text())}


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_action_has_a_word(language: str) -> None:
    assert len(ACTIONS) > 30
    words = json.loads((ROOT / "web" / "src" / "locales" / language / "audit.json").read_text())["actions"]
    assert {action for action in ACTIONS if action.replace(".", "_") not in words} == set()
