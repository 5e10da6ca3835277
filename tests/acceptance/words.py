"""The page's own words in both languages, so that a test says what a person looks for and a rewording breaks nothing."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

WEB = Path(__file__).resolve().parents[2] / "web"
LANGUAGES = ("en", "zh-CN")


@cache
def _texts(language: str, room: str) -> dict[str, Any]:
    text: dict[str, Any] = json.loads((WEB / "src" / "locales" / language / f"{room}.json").read_text())
    return text


class Words:
    """`words("tasks:status.COMPLETED")` in one language; values fill the `{{…}}` of the text."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, key: str, **values: Any) -> str:
        room, _, path = key.rpartition(":")
        text: Any = _texts(self.language, room or "common")
        for step in path.split("."):
            text = text[step]
        assert isinstance(text, str), f"{key} is not a text"
        return re.sub(r"{{(\w+)}}", lambda match: str(values[match.group(1)]), text)
