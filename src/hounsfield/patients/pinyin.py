"""Chinese names by their sound: in full (`zhangsan`) and by initials (`zs`), in every reading that a name may have."""

import os
from itertools import islice, product

# its dictionary of phrases takes a second of every start and says little of names
os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")

from pypinyin import Style, pinyin

from hounsfield.dicom.person_name import is_ideographic, split_han

MOST_READINGS = 12
# readings that only surnames have
_SURNAMES = {
    "单": "shan", "曾": "zeng", "解": "xie", "仇": "qiu", "朴": "piao", "查": "zha", "区": "ou", "盖": "ge", "尉": "wei",
    "乐": "yue", "翟": "zhai", "缪": "miao", "覃": "qin", "召": "shao", "任": "ren", "华": "hua", "宁": "ning",
}  # fmt: skip


def syllables(name: str) -> list[str]:
    """Return the usual reading of a name, the surname read as a surname."""
    read = [found[0] for found in pinyin(name, style=Style.NORMAL, v_to_u=False)]
    if read and name[0] in _SURNAMES:
        read[0] = _SURNAMES[name[0]]
    return read


def readings(name: str) -> list[list[str]]:
    """Return the readings of a name, the usual one first, at most twelve."""
    usual = syllables(name)
    every = pinyin(name, style=Style.NORMAL, heteronym=True, v_to_u=False)
    others = [list(reading) for reading in islice(product(*every), MOST_READINGS)]
    return [usual, *(reading for reading in others if reading != usual)][:MOST_READINGS]


def romanized(han: str) -> str:
    """Return the alphabetic group for a Chinese name: `张三` → `Zhang^San`, `张^三` likewise."""
    family, given = han.split("^", 1) if "^" in han else split_han(han)
    parts = ["".join(syllables(part)).capitalize() for part in (family, given.replace("^", ""))]
    return "^".join(parts).rstrip("^")


def sounds(han: str) -> set[str]:
    """Return what a person may type to find a Chinese name: full readings and initials."""
    letters = "".join(character for character in han if is_ideographic(character))
    if not letters:
        return set()
    found = readings(letters)
    return {"".join(reading) for reading in found} | {"".join(s[0] for s in r if s) for r in found}
