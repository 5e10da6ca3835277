"""Refusals about models."""

from hounsfield.kit.errors import Conflict, Invalid, NotFound


class CategoryExists(Conflict):
    """There is a category of this name."""

    code = "CATEGORY_EXISTS"
    zh = "已有同名分类。"


class ShareInvalid(NotFound):
    """This link does not exist or has expired."""

    code = "SHARE_INVALID"
    zh = "该链接不存在或已过期。"


class InvalidMeasures(Invalid):
    """What is said of the mesh {name} does not make sense: {reason}"""

    code = "INVALID_MEASURES"
    zh = "网格 {name} 的测量值无效：{reason}"


class InvalidStl(Invalid):
    """{file_name} is not a binary STL file."""

    code = "INVALID_STL"
    zh = "{file_name} 不是二进制 STL 文件。"
