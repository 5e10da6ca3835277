"""Texts that a person reads, by code and language. Rooms register theirs; nobody formats a sentence inline.

A template names its values in braces. Where a word depends on a number, both forms stand behind its name:
`{count} {count:slice is|slices are} missing`.
"""

from collections.abc import Mapping
from string import Formatter
from typing import Any

LANGUAGES = ("en", "zh-CN")
_texts: dict[str, dict[str, str]] = {}


class _Writer(Formatter):
    """Chooses between the forms of a word: the first for one, the second for any other number."""

    def format_field(self, value: Any, format_spec: str) -> str:
        one, several, other = format_spec.partition("|")
        if several:
            return one if str(value) == "1" else other
        return str(super().format_field(value, format_spec))


_writer = _Writer()


def register(code: str, texts: Mapping[str, str]) -> None:
    """Add the templates of a code; the same code with other texts is a programming error."""
    known = _texts.setdefault(code, dict(texts))
    if known != dict(texts):
        raise ValueError(f"text {code} is registered twice")


def knows(code: str) -> bool:
    return code in _texts


def fits(code: str, params: Mapping[str, Any]) -> bool:
    """Tell whether a code has a text and these values are all that it names."""
    template = _texts.get(code, {}).get("en")
    return template is not None and all(name in params for _, name, _, _ in _writer.parse(template) if name)


def codes() -> dict[str, dict[str, str]]:
    """Return every registered text (for the test that no language is missing)."""
    return {code: dict(texts) for code, texts in _texts.items()}


def text(code: str, language: str, params: Mapping[str, Any] | None = None) -> str:
    """Return the text of a code in a language, English where that language is missing, the code where it is unknown."""
    templates = _texts.get(code, {})
    template = templates.get(language) or templates.get("en") or code
    try:
        return _writer.vformat(template, (), params or {})
    except (KeyError, IndexError, ValueError):
        return template


def negotiate(accept_language: str | None) -> str:
    """Choose the language for an Accept-Language header (RFC 9110 §12.5.4): any Chinese → zh-CN, else English."""
    choices: list[tuple[float, int, str]] = []
    for position, part in enumerate((accept_language or "").split(",")[:20]):
        tag, _, quality = part.strip().partition(";")
        try:
            weight = float(quality.strip().removeprefix("q=")) if quality else 1.0
        except ValueError:
            weight = 0.0
        if tag and weight > 0:
            choices.append((-weight, position, tag.lower()))
    for _, _, tag in sorted(choices):
        if tag.startswith("zh"):
            return "zh-CN"
        if tag.startswith("en"):
            return "en"
    return "en"
