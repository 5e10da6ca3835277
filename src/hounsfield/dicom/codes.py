"""The coded concepts that the product writes and recognises: one place, in both languages (PS3.16).

The meaning that goes into objects is English, as the code's owner gives it; `zh` is what a Chinese reader is shown.
"""

from dataclasses import dataclass
from typing import Final

from pydicom.sr.coding import Code


@dataclass(frozen=True, slots=True)
class Concept:
    """A coded concept: value, coding scheme, meaning; two are the same concept when value and scheme are."""

    value: str
    scheme: str
    meaning: str
    zh: str

    @property
    def code(self) -> Code:
        return Code(self.value, self.scheme, self.meaning)

    @property
    def key(self) -> tuple[str, str]:
        return self.value, self.scheme

    def text(self, language: str) -> str:
        """Return what a person reads."""
        return self.zh if language == "zh-CN" else self.meaning


def _sct(value: str, meaning: str, zh: str) -> Concept:
    return Concept(value, "SCT", meaning, zh)


def _dcm(value: str, meaning: str, zh: str) -> Concept:
    return Concept(value, "DCM", meaning, zh)


# what is measured (CID 7469, 7470, 218) and how it was derived (CID 7464)
LENGTH: Final = _sct("410668003", "Length", "长度")
ANGLE: Final = _sct("1483009", "Angle", "角度")
AREA: Final = _sct("42798000", "Area", "面积")
VOLUME: Final = _sct("118565006", "Volume", "体积")
ATTENUATION: Final = _dcm("112031", "Attenuation Coefficient", "衰减系数")
SIGNAL: Final = _dcm("110852", "MR signal intensity", "MR 信号强度")
MEAN: Final = _sct("373098007", "Mean", "平均值")
DEVIATION: Final = _sct("386136009", "Standard Deviation", "标准差")
MINIMUM: Final = _sct("255605001", "Minimum", "最小值")
MAXIMUM: Final = _sct("56851009", "Maximum", "最大值")

# units (UCUM, CID 82)
MM: Final = Concept("mm", "UCUM", "millimeter", "毫米")
MM2: Final = Concept("mm2", "UCUM", "square millimeter", "平方毫米")
DEGREE: Final = Concept("deg", "UCUM", "degree", "度")
HOUNSFIELD: Final = Concept("[hnsf'U]", "UCUM", "Hounsfield unit", "亨氏单位")
NO_UNIT: Final = Concept("1", "UCUM", "no units", "无单位")

# the structure of a measurement report (TID 1500)
MEASUREMENT_GROUP: Final = _dcm("125007", "Measurement Group", "测量组")
TRACKING_IDENTIFIER: Final = _dcm("112039", "Tracking Identifier", "跟踪标识")
TRACKING_UID: Final = _dcm("112040", "Tracking Unique Identifier", "跟踪唯一标识")
FINDING: Final = _dcm("121071", "Finding", "所见")
FINDING_SITE: Final = _sct("363698007", "Finding Site", "部位")
IMAGE_REGION: Final = _dcm("111030", "Image Region", "图像区域")
REFERENCED_SEGMENT: Final = _dcm("121191", "Referenced Segment", "引用的分割")
SOURCE_SERIES: Final = _dcm("121232", "Source series for segmentation", "分割的源序列")
COMMENT: Final = _dcm("121106", "Comment", "备注")
PERSON: Final = _dcm("121006", "Person", "人员")
DEVICE: Final = _dcm("121007", "Device", "设备")
PERSON_NAME: Final = _dcm("121008", "Person Observer Name", "观察者姓名")
DERIVATION: Final = _dcm("121401", "Derivation", "导出方式")
KEY_DESCRIPTION: Final = _dcm("113012", "Key Object Description", "关键对象说明")

# what was done (CID 100 is extensible): by Modality
PROCEDURES: Final[dict[str, Concept]] = {
    "CT": _sct("77477000", "Computed tomography", "计算机断层扫描"),
    "MR": _sct("113091000", "Magnetic resonance imaging", "磁共振成像"),
    "US": _sct("16310003", "Ultrasonography", "超声检查"),
    "PT": _sct("82918005", "Positron emission tomography", "正电子发射断层扫描"),
    "MG": _sct("71651007", "Mammography", "乳腺 X 线摄影"),
    "NM": _sct("371572003", "Nuclear medicine procedure", "核医学检查"),
}
RADIOGRAPHY: Final = _sct("168537006", "Plain radiography", "X 线摄影")
IMAGING: Final = _sct("363679005", "Imaging", "影像检查")
PROCEDURES.update(dict.fromkeys(("CR", "DX", "RG", "XA", "RF"), RADIOGRAPHY))

# why images were selected (CID 7010)
KEY_TITLES: Final[dict[str, Concept]] = {
    "of_interest": _dcm("113000", "Of Interest", "值得关注"),
    "for_referring_provider": _dcm("113002", "For Referring Provider", "供申请医师"),
    "for_surgery": _dcm("113003", "For Surgery", "供手术"),
    "for_teaching": _dcm("113004", "For Teaching", "供教学"),
    "for_conference": _dcm("113005", "For Conference", "供会诊"),
    "for_therapy": _dcm("113006", "For Therapy", "供治疗"),
    "for_patient": _dcm("113007", "For Patient", "供患者"),
    "for_peer_review": _dcm("113008", "For Peer Review", "供同行评议"),
    "for_research": _dcm("113009", "For Research", "供科研"),
    "quality_issue": _dcm("113010", "Quality Issue", "质量问题"),
}

# what a segment is: category (CID 7150) and type (CID 7151, 7166, 7192)
ANATOMY: Final = _sct("123037004", "Anatomical Structure", "解剖结构")
TISSUE: Final = _sct("85756007", "Tissue", "组织")
MORPHOLOGY: Final = _sct("49755003", "Morphologically Altered Structure", "病变结构")
SEGMENT_TYPES: Final[dict[str, tuple[Concept, Concept]]] = {
    name: (category, _sct(value, meaning, zh))
    for name, category, value, meaning, zh in (
        ("tissue", TISSUE, "85756007", "Tissue", "组织"),
        ("bone", ANATOMY, "272673000", "Bone", "骨"),
        ("skin", ANATOMY, "39937001", "Skin", "皮肤"),
        ("muscle", TISSUE, "71616004", "Skeletal muscle", "骨骼肌"),
        ("fat", TISSUE, "55603005", "Adipose tissue", "脂肪组织"),
        ("lung", ANATOMY, "39607008", "Lung", "肺"),
        ("liver", ANATOMY, "10200004", "Liver", "肝"),
        ("spleen", ANATOMY, "78961009", "Spleen", "脾"),
        ("kidney", ANATOMY, "64033007", "Kidney", "肾"),
        ("aorta", ANATOMY, "15825003", "Aorta", "主动脉"),
        ("heart", ANATOMY, "80891009", "Heart", "心脏"),
        ("brain", ANATOMY, "12738006", "Brain", "脑"),
        ("colon", ANATOMY, "71854001", "Colon", "结肠"),
        ("vertebra", ANATOMY, "51282000", "Vertebra", "椎骨"),
        ("l3", ANATOMY, "36470004", "L3 vertebra", "第三腰椎"),
        ("hip", ANATOMY, "29836001", "Hip", "髋"),
        ("rib", ANATOMY, "113197003", "Rib", "肋骨"),
        ("trachea", ANATOMY, "44567001", "Trachea", "气管"),
        ("lesion", MORPHOLOGY, "52988006", "Lesion", "病灶"),
        ("tumor", MORPHOLOGY, "108369006", "Neoplasm", "肿瘤"),
    )
}

# codes of older documents (SRT) for the concepts above, as they still arrive
_OLDER: Final[dict[tuple[str, str], tuple[str, str]]] = {
    ("G-D7FE", "SRT"): LENGTH.key,
    ("M-02550", "SRT"): LENGTH.key,
    ("G-A166", "SRT"): AREA.key,
    ("G-D705", "SRT"): VOLUME.key,
    ("R-00317", "SRT"): MEAN.key,
    ("R-10047", "SRT"): DEVIATION.key,
    ("R-404FB", "SRT"): MINIMUM.key,
    ("G-A437", "SRT"): MAXIMUM.key,
    ("G-C0E3", "SRT"): FINDING_SITE.key,
}
_KNOWN: Final[dict[tuple[str, str], Concept]] = {
    concept.key: concept
    for concept in (
        *(value for value in list(globals().values()) if isinstance(value, Concept)),
        *KEY_TITLES.values(),
        *PROCEDURES.values(),
        *(kind for _, kind in SEGMENT_TYPES.values()),
    )
}


def modern(value: str, scheme: str) -> tuple[str, str]:
    """Return the key of a code, that of its successor where it is an older one that we know."""
    return _OLDER.get((value, scheme), (value, scheme))


def meaning(value: str, scheme: str, written: str, language: str) -> str:
    """Return what a person reads for a code: ours where we know it, else what the document says."""
    known = _KNOWN.get(modern(value, scheme))
    return known.text(language) if known else written
