"""What this room refuses. The families say what kind of thing was refused, the code says why."""

from typing import Any

from hounsfield.dicom import messages
from hounsfield.kit.errors import Invalid


class DicomError(Invalid):
    """The DICOM data cannot be used."""

    code = "DICOM_UNUSABLE"
    zh = "无法使用该 DICOM 数据。"

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(**params)
        self.code = code  # type: ignore[misc]  # one class a family: the code belongs to the instance
        self.args = (code, params)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.code, self.params)

    def __str__(self) -> str:
        return f"{self.code}: {self.detail('en')}"

    def title(self, language: str) -> str:
        """Return the headline of the refusal."""
        return messages.describe(self.code, self.params, language)[0]

    def detail(self, language: str) -> str:
        """Return what happened and what to do about it."""
        return messages.describe(self.code, self.params, language)[1]


class ArchiveRefused(DicomError):
    """The uploaded archive is not one that can be taken in."""

    code = "ARCHIVE_REFUSED"
    zh = "无法接收该压缩文件。"


class InvalidInstance(DicomError):
    """A file is not a usable DICOM instance."""

    code = "INSTANCE_INVALID"
    zh = "该文件不是可用的 DICOM 实例。"


class InvalidVolume(DicomError):
    """An image volume cannot be read or written."""

    code = "VOLUME_INVALID"
    zh = "无法读取或写入该影像容积。"


class InvalidObject(DicomError):
    """A report, segmentation, structure set or presentation state cannot be used."""

    code = "OBJECT_INVALID"
    zh = "无法使用该 DICOM 对象。"


class NotDeidentifiable(DicomError):
    """An instance cannot be made free of identity."""

    code = "NOT_DEIDENTIFIABLE"
    zh = "无法对该实例去标识。"


def _rebuild(family: type[DicomError], code: str, params: dict[str, Any]) -> DicomError:
    return family(code, **params)
