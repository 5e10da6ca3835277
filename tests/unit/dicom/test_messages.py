import ast
import pickle
import re
import string
from pathlib import Path

import pytest

import hounsfield.dicom
from hounsfield.dicom import messages
from hounsfield.dicom.errors import ArchiveRefused, InvalidInstance
from hounsfield.kit import i18n
from hounsfield.kit.errors import Invalid

_LEFT_OUT = (
    "DUPLICATE_INSTANCE",
    "SECONDARY_CAPTURE",
    "NOT_CT",
    "ENHANCED_MULTIFRAME",
    "LOCALIZER_ONLY",
    "DERIVED_IMAGES",
)
_RAISED = {"ArchiveRefused", "InvalidInstance", "InvalidObject", "InvalidVolume", "Refused", "Finding"}


def _codes_in_source() -> set[str]:
    """Return every code that is written as the first argument of a refusal or a finding."""
    codes = set()
    for path in Path(hounsfield.dicom.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in _RAISED
                and node.args
            ):
                for constant in ast.walk(node.args[0]):
                    if isinstance(constant, ast.Constant) and str(constant.value)[0].isupper():
                        codes.add(constant.value)
    return codes


def test_every_code_has_a_text():
    codes = _codes_in_source()
    assert len(codes) > 40
    assert codes - set(messages.MESSAGES) == set()
    assert {f"{code}_EXCLUDED" for code in _LEFT_OUT} <= set(messages.MESSAGES)


def _fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("code", messages.MESSAGES)
def test_both_languages_say_the_same(code):
    texts = messages.MESSAGES[code]
    assert set(texts) == {"en", "zh-CN"}
    assert _fields(texts["en"][1]) == _fields(texts["zh-CN"][1])
    assert any("\u4e00" <= character <= "\u9fff" for character in texts["zh-CN"][1])


def test_parameters_are_written_for_people():
    def detail(code, language="en", **params):
        return messages.describe(code, params, language)[1]

    assert "2.0 GiB; 512.0 MiB are allowed" in detail(
        "ZIP_TOO_LARGE", size_bytes=2 << 30, limit_bytes=512 << 20
    )
    assert "1.5 KiB; 9 B" in detail("ZIP_MEMBER_TOO_LARGE", name="a", size_bytes=1536, limit_bytes=9)
    assert "0.7 to 1.25 mm" in detail("UNEVEN_SPACING", smallest=0.7, largest=1.25, axis="z", at=3.0)
    assert "(Rows, Columns missing" in detail("MISSING_GEOMETRY", count=1, keywords=["Rows", "Columns"])
    assert "(Rows、Columns 缺失" in detail("MISSING_GEOMETRY", "zh-CN", count=1, keywords=["Rows", "Columns"])
    assert "image ?" in detail("MIXED_ORIENTATION", instance=None)
    assert "another format" in detail("NIFTI_INVALID", reason="format")
    assert "不是三维" in detail("NIFTI_INVALID", "zh-CN", reason="shape")


def test_many_gaps_are_cut_short():
    gap = {"first": 2, "last": 2, "count": 1, "axis": "z", "from_mm": 1.0, "to_mm": 3.0}
    detail = messages.describe("SLICES_MISSING", {"count": 5, "gaps": [gap] * 5}, "en")[1]
    assert detail.count("slice 2 between z = 1 mm and 3 mm") == 3
    assert "and more" in detail


def test_an_error_is_an_invalid_request_with_its_own_code_and_survives_a_process():
    error = InvalidInstance("MISSING_UID", keyword="StudyInstanceUID")
    assert isinstance(error, Invalid)
    assert (error.code, InvalidInstance.code) == ("MISSING_UID", "INSTANCE_INVALID")
    assert (error.title("en"), error.title("zh-CN")) == ("UID missing", "缺少 UID")
    assert "StudyInstanceUID" in error.detail("zh-CN")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.code, again.params, str(again)) == (
        type(error),
        error.code,
        error.params,
        str(error),
    )
    assert i18n.knows(ArchiveRefused.code)


_GAP = {"first": 1, "last": 1, "count": 1, "axis": "z", "from_mm": 1.0, "to_mm": 3.0}
_VALUES = {"gaps": [_GAP], "kind": "empty", "reason": "format", "name": "a.dcm", "count": 1, "total": 1}
_ALWAYS_SEVERAL = ("MULTIPLE_ACQUISITIONS", "MIXED_MATRIX")


@pytest.mark.parametrize("code", [code for code in messages.MESSAGES if code not in _ALWAYS_SEVERAL])
def test_one_thing_is_not_called_many(code):
    names = _fields(messages.MESSAGES[code]["en"][1])
    detail = messages.describe(code, {name: _VALUES.get(name, 7) for name in names}, "en")[1]
    assert "{" not in detail
    assert (
        re.search(r"\b1 ([\w()-]+ )*?(slices|images|files|captures|objects|are|were|do|have)\b", detail)
        is None
    ), detail


def test_several_things_are_called_many():
    assert (
        "3 slices are missing" in messages.describe("SLICES_MISSING", {"count": 3, "gaps": [_GAP]}, "en")[1]
    )
    none = messages.describe("NO_DICOM_IMAGE", {"count": 12, "nested": 0}, "en")[1]
    assert none.startswith("None of the 12 files in the archive is a DICOM image.")


@pytest.mark.parametrize("code", messages.MESSAGES)
def test_no_headline_waits_for_a_value(code):
    assert all("{" not in title for title, _ in messages.MESSAGES[code].values())
