"""User names: any script, one spelling each."""

import unicodedata

from hounsfield.accounts.errors import InvalidUsername

SHORTEST, LONGEST = 2, 64
_PUNCTUATION = frozenset("._-+@")
_LOOKALIKE_SCRIPTS = frozenset({"LATIN", "CYRILLIC", "GREEK"})


def fold(username: str) -> str:
    """Return the key under which a user name is unique: width, compatibility and case do not tell names apart."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", username).casefold())


def checked(username: str) -> str:
    """Return a new user's name as it is kept (NFC).

    Raises
    ------
    InvalidUsername
        Too short or long, or holds spaces, invisible characters, or letters of look-alike alphabets.
    """
    name = unicodedata.normalize("NFC", username)
    for text in (name, fold(name)):
        if not SHORTEST <= len(text) <= LONGEST or not all(map(_allowed, text)):
            raise InvalidUsername
    scripts = {unicodedata.name(character, "").partition(" ")[0] for character in name if character.isalpha()}
    if len(scripts & _LOOKALIKE_SCRIPTS) > 1 or not any(map(str.isalnum, name)):
        raise InvalidUsername
    return name


def _allowed(character: str) -> bool:
    return character in _PUNCTUATION or unicodedata.category(character)[0] in "LMN"
