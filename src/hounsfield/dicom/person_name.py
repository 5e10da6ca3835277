"""Person names as DICOM writes them (PS3.5 §6.2.1): `Family^Given^Middle^Prefix^Suffix=ideographic=phonetic`."""

from typing import Final

GROUP_LENGTH: Final = 64  # characters a group may have
_GROUPS, _COMPONENTS = 3, 5
# the surnames of two characters that a person would not split
_LONG_SURNAMES: Final = frozenset(
    [
        "欧阳",
        "太史",
        "端木",
        "上官",
        "司马",
        "东方",
        "独孤",
        "南宫",
        "万俟",
        "闻人",
        "夏侯",
        "诸葛",
        "尉迟",
        "公羊",
        "赫连",
        "澹台",
        "皇甫",
        "宗政",
        "濮阳",
        "公冶",
        "太叔",
        "申屠",
        "公孙",
        "慕容",
        "仲孙",
        "钟离",
        "长孙",
        "宇文",
        "司徒",
        "鲜于",
        "司空",
        "闾丘",
        "子车",
        "亓官",
        "司寇",
        "巫马",
        "公西",
        "颛孙",
        "壤驷",
        "公良",
        "漆雕",
        "乐正",
        "宰父",
        "谷梁",
        "拓跋",
        "夹谷",
        "轩辕",
        "令狐",
        "段干",
        "百里",
        "呼延",
        "东郭",
        "南门",
        "羊舌",
        "微生",
        "梁丘",
        "左丘",
        "东门",
        "西门",
        "南荣",
        "第五",
        "歐陽",
        "司馬",
        "東方",
        "諸葛",
        "尉遲",
        "長孫",
        "鍾離",
        "赫連",
        "軒轅",
        "鮮于",
    ]
)


def groups(name: str) -> list[str]:
    """Return the alphabetic, ideographic and phonetic group of a name; a group that is not there is empty."""
    found = [group.strip("^ ") for group in name.split("=")[:_GROUPS]]
    return found + [""] * (_GROUPS - len(found))


def is_ideographic(text: str) -> bool:
    """Tell whether a text holds a Han character (ideographs, extensions A to H, compatibility ideographs)."""
    return any("㐀" <= c <= "鿿" or "豈" <= c <= "﫿" or "\U00020000" <= c <= "\U000323af" for c in text)


def split_han(name: str) -> tuple[str, str]:
    """Return surname and given name of a Chinese name that is written without a space."""
    cut = 2 if len(name) > 2 and name[:2] in _LONG_SURNAMES else 1
    return name[:cut], name[cut:]


def join(alphabetic: str, ideographic: str = "", phonetic: str = "") -> str:
    """Return the name of these groups; trailing empty components and groups are left out."""
    parts = [group.rstrip("^ ") for group in (alphabetic, ideographic, phonetic)]
    return "=".join(parts).rstrip("=")


def is_valid(name: str) -> bool:
    """Tell whether a name may be written: groups, components and lengths as the standard has them, nothing invisible."""
    found = name.split("=")
    return len(found) <= _GROUPS and all(
        len(group) <= GROUP_LENGTH
        and group.count("^") < _COMPONENTS
        and "\\" not in group
        and group.isprintable()
        for group in found
    )
