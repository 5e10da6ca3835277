"""Texts that a person reads, by code and language. Rooms register theirs; nobody formats a sentence inline."""

from collections.abc import Mapping
from typing import Any

LANGUAGES = ("en", "zh-CN")
_texts: dict[str, dict[str, str]] = {}


def register(code: str, texts: Mapping[str, str]) -> None:
    """Add the templates of a code; the same code with other texts is a programming error."""
    known = _texts.setdefault(code, dict(texts))
    if known != dict(texts):
        raise ValueError(f"text {code} is registered twice")


def knows(code: str) -> bool:
    return code in _texts


def codes() -> dict[str, dict[str, str]]:
    """Return every registered text (for the test that no language is missing)."""
    return {code: dict(texts) for code, texts in _texts.items()}


def text(code: str, language: str, params: Mapping[str, Any] | None = None) -> str:
    """Return the text of a code in a language, English where that language is missing, the code where it is unknown."""
    templates = _texts.get(code, {})
    template = templates.get(language) or templates.get("en") or code
    try:
        return template.format(**(params or {}))
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
