"""Names of patients: what a person types becomes a DICOM person name, and a text to search in."""

import re
import unicodedata

from hounsfield.dicom.person_name import groups, is_ideographic, is_valid, join, split_han
from hounsfield.patients.errors import InvalidName
from hounsfield.patients.pinyin import romanized, sounds

MAX_SEARCH, MAX_KEY = 1000, 200
_SEPARATORS = re.compile(r"[\s^=,]+")


def person_name(typed: str) -> str:
    """Return a person name (PS3.5 §6.2.1) for what was typed.

    `张三` becomes `Zhang^San=张^三`, `Lindqvist, Elsa` becomes `Lindqvist^Elsa`; a DICOM name stays as it is, and one without
    letters of the Latin alphabet gets them.

    Raises
    ------
    InvalidName
        Longer than 64 characters a group, or with characters that DICOM does not allow.
    """
    text = unicodedata.normalize("NFC", typed).strip()
    if "^" in text or "=" in text:
        alphabetic, ideographic, phonetic = groups(text)
        if is_ideographic(alphabetic) and not ideographic:
            alphabetic, ideographic = "", alphabetic
        name = join(alphabetic or (romanized(ideographic) if ideographic else ""), ideographic, phonetic)
        if text.count("=") > 2:
            raise InvalidName
    elif is_ideographic(text):
        bare = text.replace(" ", "")
        name = join(romanized(bare), "^".join(split_han(bare)))
    else:
        name = "^".join(part.strip() for part in text.split(",", 1))
    if not name or not is_valid(name):
        raise InvalidName
    return name


def fold(text: str) -> str:
    """Return a text as it is compared: width, case and accents do not tell names apart."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if not unicodedata.combining(character))


def compact(text: str) -> str:
    """Return a folded text without what separates its parts."""
    return "".join(character for character in fold(text) if character.isalnum())


def name_key(name: str) -> str:
    """Return a name as an index keeps it: its folded words, each after a space."""
    return "".join(f" {word}" for word in _SEPARATORS.split(fold(name)) if word)[:MAX_KEY]


def search_text(name: str, mrn: str, phone: str | None) -> str:
    """Return what a search looks into: one form a line, so that nothing is found across two of them."""
    found: dict[str, None] = {}
    for group in groups(name):
        parts = [part for part in fold(group).split("^") if part]
        for form in (" ".join(parts), " ".join(reversed(parts)), compact(group)):
            found.setdefault(form)
        found.update(dict.fromkeys(sorted(sounds(group))))
    for number in (mrn if not mrn.startswith("?") else "", phone or ""):
        found.update({fold(number): None, compact(number): None})
    return "\n".join(form for form in found if form)[:MAX_SEARCH]
