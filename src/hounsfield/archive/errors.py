"""Refusals about exports, projects, the trash and retention."""

from hounsfield.kit.errors import Conflict, Invalid


class ExportTooLarge(Invalid):
    """This is {count} images; at most {limit} go into one export."""

    code = "EXPORT_TOO_LARGE"
    zh = "共 {count} 幅影像，单次导出最多 {limit} 幅。"


class ExportEmpty(Invalid):
    """There are no images in what was chosen."""

    code = "EXPORT_EMPTY"
    zh = "所选内容中没有影像。"


class ExportNotReady(Conflict):
    """This export has no file to download."""

    code = "EXPORT_NOT_READY"
    zh = "该导出没有可下载的文件。"


class CopyNeedsProject(Invalid):
    """A copy in the archive is a de-identified one: name the project."""

    code = "COPY_NEEDS_PROJECT"
    zh = "归档内的副本必须去标识，请指定项目。"


class ProjectKeyLost(Conflict):
    """The secret with which this project was made is not known any more: its aliases cannot be continued."""

    code = "PROJECT_KEY_LOST"
    zh = "创建该项目时使用的密钥已丢失，无法延续其化名。"


class UnderLegalHold(Conflict):
    """This study is under legal hold and cannot be deleted."""

    code = "UNDER_LEGAL_HOLD"
    zh = "该检查处于依法保留状态，不能删除。"


class CheckRunning(Conflict):
    """A check is running already."""

    code = "CHECK_RUNNING"
    zh = "已有检查正在进行。"
