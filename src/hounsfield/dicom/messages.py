"""What this room tells people, by code: a headline and what to do about it, in English and Chinese."""

from collections.abc import Mapping
from typing import Any, Final

from hounsfield.dicom import messages_objects, messages_privacy, messages_series
from hounsfield.kit import i18n

_GIB, _MIB, _KIB = 1 << 30, 1 << 20, 1 << 10

ARCHIVE: Final = {
    "NOT_A_ZIP": {
        "en": ("Not a ZIP archive", "The file is not a ZIP archive ({kind}). Pack the DICOM files of the study into a .zip file and upload that."),
        "zh-CN": ("不是 ZIP 压缩包", "该文件不是 ZIP 压缩包({kind})。请将检查的 DICOM 文件打包为 .zip 文件后再上传。"),
    },
    "ZIP_EMPTY": {
        "en": ("Empty archive", "The ZIP archive contains no files."),
        "zh-CN": ("压缩包为空", "该 ZIP 压缩包中没有文件。"),
    },
    "ZIP_TRUNCATED": {
        "en": ("Archive is cut off", "The end of the ZIP archive is missing: it was not copied or uploaded completely. Upload it again; if that does not help, export it again."),
        "zh-CN": ("压缩包不完整", "该 ZIP 压缩包缺少结尾部分，可能未完整复制或上传。请重新上传；如仍失败，请重新导出。"),
    },
    "ZIP_CORRUPT": {
        "en": ("Archive is damaged", "The ZIP archive contradicts itself at {name} and cannot be trusted. Export it again."),
        "zh-CN": ("压缩包已损坏", "该 ZIP 压缩包在 {name} 处内容自相矛盾，无法信任。请重新导出。"),
    },
    "ZIP_ENCRYPTED": {
        "en": ("Archive is protected by a password", "{count} {count:file in the archive is|files in the archive are} encrypted, for example {name}. Upload an archive without a password."),
        "zh-CN": ("压缩包已加密", "压缩包中有 {count} 个加密文件，例如 {name}。请上传未设密码的压缩包。"),
    },
    "ZIP_UNSAFE_NAME": {
        "en": ("Unsafe file name", "The archive contains a file name that points outside of it: {name}. Nothing was taken from it."),
        "zh-CN": ("文件名不安全", "压缩包中含有指向压缩包之外的文件名：{name}。未读取其中任何内容。"),
    },
    "ZIP_BOMB": {
        "en": ("Archive expands too much", "{name} would expand {ratio} times, more than the {limit} times that medical images reach. Nothing was taken from it."),
        "zh-CN": ("压缩包膨胀比例过高", "{name} 解压后将膨胀 {ratio} 倍，超过医学影像可能达到的 {limit} 倍。未读取其中任何内容。"),
    },
    "ZIP_TOO_MANY_MEMBERS": {
        "en": ("Too many files", "The archive contains more than {limit} files. Split it by study."),
        "zh-CN": ("文件过多", "压缩包中的文件超过 {limit} 个。请按检查拆分后上传。"),
    },
    "ZIP_TOO_LARGE": {
        "en": ("Archive too large when unpacked", "Unpacked, the archive would take {size_bytes}; {limit_bytes} are allowed. Split it by study."),
        "zh-CN": ("解压后过大", "解压后将占用 {size_bytes}，上限为 {limit_bytes}。请按检查拆分后上传。"),
    },
    "ZIP_MEMBER_TOO_LARGE": {
        "en": ("File in the archive too large", "{name} takes {size_bytes}; {limit_bytes} are allowed for one file."),
        "zh-CN": ("压缩包中的文件过大", "{name} 大小为 {size_bytes}，单个文件上限为 {limit_bytes}。"),
    },
    "ZIP_OVERLAP": {
        "en": ("Archive is not trustworthy", "Files in the archive overlap ({name}), as in archives made to do harm. Nothing was taken from it."),
        "zh-CN": ("压缩包不可信", "压缩包中的文件相互重叠({name})，常见于恶意压缩包。未读取其中任何内容。"),
    },
    "ZIP_METHOD": {
        "en": ("Unusual compression", "{name} is compressed with a method ({method}) that is not supported. Use ordinary ZIP compression (deflate)."),
        "zh-CN": ("压缩方式不受支持", "{name} 使用了不受支持的压缩方式({method})。请使用普通 ZIP 压缩(deflate)。"),
    },
    "ZIP_MULTIPART": {
        "en": ("Archive in several parts", "This is one part of a ZIP archive in several parts. Pack the files into a single archive."),
        "zh-CN": ("分卷压缩包", "这是分卷 ZIP 压缩包的其中一卷。请将文件打包为单个压缩包。"),
    },
    "NO_DICOM_IMAGE": {
        "en": ("No DICOM image found", "{count:The only file in the archive is not|None of the {count} files in the archive is} a DICOM image. Archives inside the archive ({nested}) are not opened."),
        "zh-CN": ("未找到 DICOM 影像", "压缩包中的 {count} 个文件都不是 DICOM 影像。压缩包内嵌套的压缩包({nested} 个)不会被打开。"),
    },
    "NO_READABLE_IMAGE": {
        "en": ("No readable image", "None of the DICOM files in the archive can be read. The first is {name}: {reason}."),
        "zh-CN": ("没有可读取的影像", "压缩包中的 DICOM 文件均无法读取。第一个为 {name}：{reason}。"),
    },
}  # fmt: skip

INSTANCE: Final = {
    "NOT_DICOM": {
        "en": ("Not a DICOM file", "The file is not a DICOM file."),
        "zh-CN": ("不是 DICOM 文件", "该文件不是 DICOM 文件。"),
    },
    "IS_DICOMDIR": {
        "en": ("Directory of a medium", "The file is the directory of a DICOM medium (DICOMDIR), not an image."),
        "zh-CN": ("介质目录文件", "该文件是 DICOM 介质目录(DICOMDIR)，不是影像。"),
    },
    "UNREADABLE_DICOM": {
        "en": ("Unreadable DICOM file", "The file looks like DICOM, but its contents break the encoding rules."),
        "zh-CN": ("DICOM 文件无法读取", "该文件形似 DICOM，但内容不符合编码规则。"),
    },
    "INSTANCE_TRUNCATED": {
        "en": ("DICOM file is cut off", "The end of the file is missing: it was not copied completely. Export it again."),
        "zh-CN": ("DICOM 文件不完整", "该文件缺少结尾部分，可能未完整复制。请重新导出。"),
    },
    "PIXEL_DATA_BROKEN": {
        "en": ("Broken pixel data", "The pixel data are not encoded as the transfer syntax of the file says."),
        "zh-CN": ("像素数据损坏", "像素数据的编码与文件声明的传输语法不符。"),
    },
    "NOT_AN_IMAGE": {
        "en": ("Not an image", "The object has no pixel data, or not that frame."),
        "zh-CN": ("不是影像", "该对象没有像素数据，或没有该帧。"),
    },
    "NOT_THERE": {
        "en": ("No such value", "The object has no such element, or none that holds binary data."),
        "zh-CN": ("没有该值", "该对象没有此数据元素，或其中没有二进制数据。"),
    },
    "SYNTAX_UNSUPPORTED": {
        "en": ("Transfer syntax not supported", "Images in or into the transfer syntax {syntax} cannot be converted; they are kept and sent as they are."),
        "zh-CN": ("传输语法不受支持", "无法转换传输语法 {syntax} 的影像；影像按原样保存和发送。"),
    },
    "PIXEL_DATA_SHORT": {
        "en": ("Pixel data incomplete", "The image needs {expected} bytes of pixel data, the file has {found}."),
        "zh-CN": ("像素数据不完整", "该影像需要 {expected} 字节像素数据，文件中只有 {found} 字节。"),
    },
    "TOO_MANY_ELEMENTS": {
        "en": ("DICOM header too long", "The file has more than {limit} data elements before its pixel data."),
        "zh-CN": ("DICOM 头过长", "该文件在像素数据之前的数据元素超过 {limit} 个。"),
    },
    "NESTED_TOO_DEEP": {
        "en": ("DICOM header too deep", "The sequences of the file are nested more than {limit} deep."),
        "zh-CN": ("DICOM 头嵌套过深", "该文件的序列嵌套超过 {limit} 层。"),
    },
    "TOO_LARGE_INFLATED": {
        "en": ("DICOM file expands too much", "The deflated data set of the file is too large."),
        "zh-CN": ("DICOM 文件膨胀过大", "该文件的压缩数据集解压后过大。"),
    },
    "MISSING_UID": {
        "en": ("UID missing", "The file has no {keyword}, so it cannot be told which image it is."),
        "zh-CN": ("缺少 UID", "该文件没有 {keyword}，无法确定是哪一幅影像。"),
    },
    "INVALID_UID": {
        "en": ("UID not valid", "The {keyword} of the file is not a valid UID."),
        "zh-CN": ("UID 无效", "该文件的 {keyword} 不是有效的 UID。"),
    },
}  # fmt: skip

VOLUME: Final = {
    "NIFTI_INVALID": {
        "en": ("Not a readable NIfTI file", "The file is not a NIfTI-1 volume that can be read ({reason})."),
        "zh-CN": ("无法读取 NIfTI 文件", "该文件不是可读取的 NIfTI-1 容积({reason})。"),
    },
    "VOLUME_UNFIT": {
        "en": ("Volume cannot be written", "The volume cannot be written as a CT series ({reason})."),
        "zh-CN": ("无法写出容积", "该容积无法写为 CT 序列({reason})。"),
    },
}  # fmt: skip

MESSAGES: Final[dict[str, dict[str, tuple[str, str]]]] = {
    **ARCHIVE,
    **INSTANCE,
    **VOLUME,
    **messages_series.SERIES,
    **messages_objects.OBJECTS,
    **messages_privacy.PRIVACY,
}

_KINDS: Final = {
    "empty": {"en": "it is empty", "zh-CN": "文件为空"},
    "dicom": {"en": "it is a single DICOM file", "zh-CN": "这是单个 DICOM 文件"},
    "rar": {"en": "it is a RAR archive", "zh-CN": "这是 RAR 压缩包"},
    "7z": {"en": "it is a 7-Zip archive", "zh-CN": "这是 7-Zip 压缩包"},
    "gzip": {"en": "it is a gzip file", "zh-CN": "这是 gzip 文件"},
    "pdf": {"en": "it is a PDF document", "zh-CN": "这是 PDF 文档"},
    "unknown": {"en": "its contents are of another kind", "zh-CN": "内容为其他类型"},
}

_REASONS: Final = {
    "format": {"en": "another format", "zh-CN": "格式不符"},
    "truncated": {"en": "it is cut off", "zh-CN": "文件不完整"},
    "shape": {"en": "not three-dimensional, or of impossible size", "zh-CN": "不是三维数据或尺寸不合理"},
    "spacing": {"en": "impossible voxel size", "zh-CN": "体素间距不合理"},
    "direction": {"en": "axes that are not at right angles", "zh-CN": "坐标轴不互相垂直"},
    "type": {"en": "a type of values that is not supported", "zh-CN": "数值类型不受支持"},
    "range": {"en": "values beyond 16 bits", "zh-CN": "数值超出 16 位范围"},
}

for _code, _texts in MESSAGES.items():
    i18n.register(_code, {language: detail for language, (_, detail) in _texts.items()})
    i18n.register(f"title.{_code}", {language: title for language, (title, _) in _texts.items()})


def describe(code: str, params: Mapping[str, Any], language: str) -> tuple[str, str]:
    """Return headline and detail of a code in a language, with its parameters written out."""
    shown = {name: _written(name, value, language) for name, value in params.items()}
    return i18n.text(f"title.{code}", language), i18n.text(code, language, shown)


def _written(name: str, value: Any, language: str) -> str:
    if name == "gaps":
        return messages_series.gaps(value, language)
    if name.endswith("_bytes"):
        return _size(value)
    if name == "kind":
        return _KINDS[value][language]
    if name == "reason":
        return _REASONS[value][language] if value in _REASONS else i18n.text(f"title.{value}", language)
    if value is None:
        return "?"
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    if isinstance(value, (list, tuple)):
        return ("、" if language == "zh-CN" else ", ").join(_written("", part, language) for part in value)
    return str(value)


def _size(value: int) -> str:
    for unit, name in ((_GIB, "GiB"), (_MIB, "MiB"), (_KIB, "KiB")):
        if value >= unit:
            return f"{value / unit:.1f} {name}"
    return f"{value} B"
