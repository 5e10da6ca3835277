"""What is said of reports, segmentations, structure sets and presentation states that cannot be used (see `messages`)."""

from typing import Final

OBJECTS: Final = {
    "OBJECT_UNREADABLE": {
        "en": (
            "Damaged object",
            "The object's content is not what the DICOM standard prescribes ({detail}), so it is not shown.",
        ),
        "zh-CN": ("对象已损坏", "该对象的内容不符合 DICOM 标准({detail})，因此不予显示。"),
    },
    "OBJECT_UNSUPPORTED": {
        "en": ("Not supported", "The object is valid, but of a kind that is not shown here: {detail}."),
        "zh-CN": ("不支持", "该对象有效，但其类型此处无法显示：{detail}。"),
    },
    "OVERLAY_TOO_LARGE": {
        "en": (
            "Too large",
            "The object would take {size_bytes} of memory, more than the {limit_bytes} that are allowed.",
        ),
        "zh-CN": ("过大", "该对象将占用 {size_bytes} 内存，超过允许的 {limit_bytes}。"),
    },
    "REFERENCE_MISSING": {
        "en": ("Images are missing", "The object refers to an image that is not in the archive: {uid}."),
        "zh-CN": ("缺少影像", "该对象引用的影像不在存档中：{uid}。"),
    },
    "SEGMENTATION_UNFIT": {
        "en": (
            "Segmentation does not fit",
            "The segmentation does not lie on the slices of its series: {detail}.",
        ),
        "zh-CN": ("分割不匹配", "该分割与其序列的层面不一致：{detail}。"),
    },
    "MARK_UNFIT": {
        "en": ("Mark cannot be written", "A measurement cannot be written as DICOM: {detail}."),
        "zh-CN": ("标记无法写入", "测量无法写为 DICOM：{detail}。"),
    },
}
