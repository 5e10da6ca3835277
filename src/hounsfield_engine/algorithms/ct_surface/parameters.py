"""What a person may set for one `ct_surface` task, and the JSON Schema made from it."""

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

Tissue = Literal["bone", "skin", "lungs", "airway"]
TISSUES: tuple[Tissue, ...] = get_args(Tissue)
Hu = Annotated[int, Field(ge=-1024, le=32767)]
HuRange = tuple[Hu, Hu]


def _texts(title: str, title_zh: str, description: str = "", description_zh: str = "") -> JsonDict:
    texts: JsonDict = {"x-title": {"en": title, "zh-CN": title_zh}}
    if description:
        texts["x-description"] = {"en": description, "zh-CN": description_zh}
    return texts


class HuRanges(BaseModel):
    """Lowest and highest HU of each tissue."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bone: HuRange = Field((200, 32767), json_schema_extra=_texts("Bone", "骨骼"))
    skin: HuRange = Field((-300, 32767), json_schema_extra=_texts("Skin", "皮肤"))
    lungs: HuRange = Field((-1024, -400), json_schema_extra=_texts("Lungs", "肺"))
    airway: HuRange = Field((-1024, -500), json_schema_extra=_texts("Airway", "气道"))

    @model_validator(mode="after")
    def _ascending(self) -> "HuRanges":
        for tissue in TISSUES:
            low, high = getattr(self, tissue)
            if low >= high:
                raise ValueError(f"the HU range of {tissue} must ascend")
        return self


class Parameters(BaseModel):
    """Parameters of a task; every one has a default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tissues: Literal["auto"] | Annotated[list[Tissue], Field(min_length=1)] = Field(
        "auto",
        json_schema_extra=_texts(
            "Tissues",
            "组织",
            "“Automatic” makes bone and skin, and lungs and airway where the thorax is in view.",
            "“自动”生成骨骼与皮肤；视野包含胸部时另生成肺与气道。",
        ),
    )
    hu_ranges: HuRanges = Field(
        default_factory=HuRanges,
        json_schema_extra=_texts(
            "HU ranges", "CT 值范围", "Lowest and highest HU per tissue.", "各组织 CT 值的下限与上限。"
        ),
    )
    smoothing: float = Field(
        0.5,
        ge=0,
        le=1,
        json_schema_extra=_texts(
            "Smoothing",
            "平滑程度",
            "0 keeps every step of the voxels, 1 is smoothest; the volume is kept.",
            "0 保留体素台阶，1 最平滑；体积保持不变。",
        ),
    )
    max_triangles: int = Field(
        300_000,
        ge=1_000,
        le=5_000_000,
        json_schema_extra=_texts(
            "Triangles per mesh",
            "每个网格的三角形数",
            "Upper bound for each mesh; kept unless the surface would break.",
            "每个网格的上限；除非会破坏表面，否则不超过。",
        ),
    )
    min_component_ml: float = Field(
        1.0,
        ge=0,
        le=1_000,
        json_schema_extra=_texts(
            "Smallest part (ml)",
            "最小部分（毫升）",
            "Connected parts of bone smaller than this are left out.",
            "小于此体积的骨骼连通部分将被忽略。",
        ),
    )

    @property
    def wanted(self) -> tuple[Tissue, ...]:
        """The tissues to look for, in the order of delivery."""
        return TISSUES if self.tissues == "auto" else tuple(t for t in TISSUES if t in self.tissues)


PARAMETERS_SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **Parameters.model_json_schema(),
}
