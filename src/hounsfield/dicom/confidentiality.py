"""What becomes of each attribute (PS3.15 Table E.1-1), read from `confidentiality.txt`, for a profile and its options."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Final


class Option(StrEnum):
    """An option beside the Basic Profile (PS3.15 E.3); the value is its column in the table."""

    UIDS = "uids"
    DEVICE = "device"
    INSTITUTION = "institution"
    PATIENT = "patient"
    DATES = "dates"
    DESCRIPTORS = "descriptors"
    CONTENT = "content"
    PIXELS = "pixels"
    SAFE_PRIVATE = "safe_private"


BASIC_PROFILE: Final = ("113100", "Basic Application Confidentiality Profile")
# CID 7050
CODES: Final[dict[Option, tuple[str, str]]] = {
    Option.PIXELS: ("113101", "Clean Pixel Data Option"),
    Option.CONTENT: ("113104", "Clean Structured Content Option"),
    Option.DESCRIPTORS: ("113105", "Clean Descriptors Option"),
    Option.DATES: ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
    Option.PATIENT: ("113108", "Retain Patient Characteristics Option"),
    Option.DEVICE: ("113109", "Retain Device Identity Option"),
    Option.UIDS: ("113110", "Retain UIDs Option"),
    Option.SAFE_PRIVATE: ("113111", "Retain Safe Private Option"),
    Option.INSTITUTION: ("113112", "Retain Institution Identity Option"),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table: the Basic Profile's action, and that of each option which has one of its own."""

    basic: str
    options: dict[str, str]

    def action(self, options: Collection[Option]) -> str:
        """Return the action code: an option that cleans or keeps goes before the Basic Profile."""
        own = {self.options[option] for option in options if option in self.options}
        # two options at once: what one says may stay as it is, the other still wants cleaned
        return "C" if "C" in own else "K" if "K" in own else self.basic


@cache
def table() -> dict[int, Rule]:
    """Return the table by tag (0xggggeeee)."""
    text = resources.files("hounsfield.dicom").joinpath("confidentiality.txt").read_text("utf-8")
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        tag, basic, *options, _keyword = line.split()
        found[int(tag.replace(",", ""), 16)] = Rule(basic, dict(option.split("=") for option in options))
    return found


# Table E.3.10-1, those whose meaning is public: creator → group and last byte of the element
_SAFE_PRIVATE: Final[dict[str, frozenset[tuple[int, int]]]] = {
    "Philips PET Private Group": frozenset({(0x7053, 0x00), (0x7053, 0x09)}),
    "Philips Imaging DD 001": frozenset({(0x2001, 0x03), (0x2001, 0x04)}),
    "ELSCINT1": frozenset(
        {(0x00E1, 0x21), (0x01E1, 0x26), (0x01E1, 0x50), (0x01F1, 0x01), (0x01F1, 0x07), (0x01F1, 0x26), (0x01F1, 0x27)}
    ),
    "GEMS_ACQU_01": frozenset({(0x0019, 0x23), (0x0019, 0x24), (0x0019, 0x27), (0x0019, 0x9E)}),
    "GEMS_PARM_01": frozenset({(0x0043, 0x27), (0x0043, 0x39), (0x0043, 0x6F)}),
    "GEMS_HELIOS_01": frozenset({(0x0045, 0x01), (0x0045, 0x02)}),
    "SIEMENS MR HEADER": frozenset({(0x0019, 0x0C), (0x0019, 0x0D), (0x0019, 0x0E), (0x0019, 0x27)}),
}  # fmt: skip


def is_safe_private(creator: str, group: int, element: int) -> bool:
    """Tell whether a private element is known to carry no identity (PS3.15 E.3.10)."""
    return (group, element & 0xFF) in _SAFE_PRIVATE.get(creator.strip(), ())
