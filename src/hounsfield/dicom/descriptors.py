"""Free text that may stay: only words that are known to describe images, and small numbers (PS3.15 E.3.5).

What is known is listed in `descriptor_words.txt`; everything else goes, so that a name nobody thought of cannot stay.
"""

import re
from functools import cache
from importlib import resources
from typing import Final

# numbers up to three digits, with or without a unit; kernels (B70f, H31s); series of the kind T1, L5-S1, 4D, C7
_PLAIN: Final = re.compile(
    r"\d{1,3}([.,]\d{1,2})?(mm|cm|ml|kv|kvp|mas|ms|s|sec|min|deg|hu|%)?|[a-z]{1,2}\d{1,2}[a-z]?|\d[a-z]",
    re.IGNORECASE,
)
_TOKENS: Final = re.compile(r"[\u3400-\u9fff]+|[^\W_]+(?:[.,]\d+)?%?", re.UNICODE)
_DATE_LIKE: Final = re.compile(r"\d{1,4}([./-])\d{1,2}\1\d{1,4}")


@cache
def _words() -> frozenset[str]:
    text = resources.files("hounsfield.dicom").joinpath("descriptor_words.txt").read_text("utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


def cleaned(text: str) -> str:
    """Return the words of a description that are known to be harmless, in their order."""
    kept: list[str] = []
    for token in _TOKENS.findall(_DATE_LIKE.sub(" ", text)):
        if "\u3400" <= token[0] <= "\u9fff":
            kept.extend(_known_chinese(token))
        elif token.casefold() in _words() or _PLAIN.fullmatch(token):
            kept.append(token)
    # a row of numbers may be a telephone number or a date
    return re.sub(r"(?<!\S)(\d{1,3} ){2,}\d{1,3}(?!\S)", "", " ".join(kept)).strip()


def _known_chinese(run: str) -> list[str]:
    found, at = [], 0
    while at < len(run):
        word = next((run[at:end] for end in range(len(run), at, -1) if run[at:end] in _words()), None)
        if word:
            found.append(word)
        at += len(word or "x")
    return found
