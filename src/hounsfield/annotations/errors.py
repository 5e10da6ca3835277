"""Refusals about marks and overlays."""

from hounsfield.kit.errors import Conflict, Invalid


class MeasurementChanged(Conflict):
    """Somebody changed this measurement meanwhile; it is at version {version} now. Load it again."""

    code = "MEASUREMENT_CHANGED"
    zh = "该测量已被他人修改，当前版本为 {version}，请重新加载。"


class MeasurementGone(Conflict):
    """Somebody deleted this measurement meanwhile."""

    code = "MEASUREMENT_GONE"
    zh = "该测量已被他人删除。"


class NotInStudy(Invalid):
    """The study has no such series, image or frame."""

    code = "NOT_IN_STUDY"
    zh = "该检查中没有此序列、图像或帧。"


class TooManyMarks(Conflict):
    """A study holds at most {limit} of these."""

    code = "TOO_MANY_MARKS"
    zh = "一个检查最多可保存 {limit} 个标记。"


class NothingToExport(Invalid):
    """There is nothing here that could be exported."""

    code = "NOTHING_TO_EXPORT"
    zh = "没有可导出的内容。"


class NoSuchSlice(Invalid):
    """There are {count} slices in this direction, numbered from 0."""

    code = "NO_SUCH_SLICE"
    zh = "该方向共有 {count} 层，从 0 开始编号。"


class InvalidWindow(Invalid):
    """A window is a centre and a width: `40,400`."""

    code = "INVALID_WINDOW"
    zh = "窗口由窗位和窗宽组成，例如 `40,400`。"
