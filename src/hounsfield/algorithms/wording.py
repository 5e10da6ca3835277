"""What engines say, in the reader's language: a manifest brings the translations of its algorithm's sentences.

A sentence may have places for values, `"{tissue} was not found"`. The engine sends it filled in; here it is recognised,
and its values are put into the translation, themselves translated where the manifest has a word for them.
"""

import re
from functools import lru_cache

from hounsfield.algorithms.schemas import Manifest

MAX_PLACES = 4
_PLACE = re.compile(r"\{([a-z_]+)\}")


def translated(manifest: Manifest | None, text: str, language: str) -> str:
    """Return an engine's sentence in a language, or as it is where its manifest does not have it."""
    words = manifest.translations.get(language, {}) if manifest else {}
    if text in words:
        return words[text]
    for template, wording in words.items():
        pattern = _pattern(template)
        if pattern and (found := pattern.fullmatch(text)):
            return _filled(wording, {name: words.get(said, said) for name, said in found.groupdict().items()})
    return text


def _filled(wording: str, values: dict[str, str]) -> str:
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), wording)


@lru_cache(1024)
def _pattern(template: str) -> re.Pattern[str] | None:
    """Return what recognises a filled sentence; None for one without places, or with more than could be told apart."""
    names = _PLACE.findall(template)
    if not names or len(names) > MAX_PLACES or len(set(names)) < len(names):
        return None
    parts = _PLACE.split(template)  # text, name, text, name, … text
    return re.compile(
        "".join(f"(?P<{part}>.+?)" if i % 2 else re.escape(part) for i, part in enumerate(parts)), re.DOTALL
    )
