"""What an administrator says of a model. Strict: a field that is misspelt must not be lost. See docs/models.md."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hounsfield.algorithms.schemas import NAME, Manifest

VERSION = r"^[0-9A-Za-z][0-9A-Za-z.+-]{0,63}$"
PARAMETERS = {"type": "object", "additionalProperties": False}  # a model has nothing to choose
_PATIENT_AXIS = {"L": "x", "R": "x", "P": "y", "A": "y", "S": "z", "I": "z"}

_Millimetres = Annotated[float, Field(gt=0, le=1000)]
_Side = Annotated[int, Field(ge=1, le=4096)]
_Hu = Annotated[float, Field(ge=-100_000, le=100_000)]
_Sentence = Annotated[str, Field(min_length=1, max_length=2000)]
Texts = Annotated[dict[Literal["en", "zh-CN"], _Sentence], Field(min_length=2)]  # in both languages


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Normalise(_Part):
    kind: Literal["none", "range", "zscore"] = "none"
    low: float = 0.0
    high: float = 1.0
    mean: float = 0.0
    std: float = Field(default=1.0, gt=0)


class ModelInput(_Part):
    """The network's view of a scan; lists follow the order of its axes."""

    axes: str = Field(default="SPL", pattern=r"^[LRPASI]{3}$")
    spacing_mm: tuple[_Millimetres, _Millimetres, _Millimetres] | None = None
    window_hu: tuple[_Hu, _Hu] | None = None
    normalise: Normalise = Normalise()

    @model_validator(mode="after")
    def _makes_sense(self) -> "ModelInput":
        if len({_PATIENT_AXIS[letter] for letter in self.axes}) != 3:
            raise ValueError("axes must name each direction of the patient once")
        if self.window_hu and self.window_hu[0] >= self.window_hu[1]:
            raise ValueError("window_hu must ascend")
        if self.normalise.kind == "range" and self.window_hu is None:
            raise ValueError("normalise.kind range needs window_hu")
        return self


class Patch(_Part):
    size: tuple[_Side, _Side, _Side]
    overlap: float = Field(default=0.5, ge=0, le=0.9)
    blending: Literal["gaussian", "constant"] = "gaussian"


class ModelOutput(_Part):
    kind: Literal["argmax", "sigmoid", "threshold"] = "argmax"
    threshold: float = 0.5

    @model_validator(mode="after")
    def _is_a_probability(self) -> "ModelOutput":
        if self.kind == "sigmoid" and not 0 < self.threshold < 1:
            raise ValueError("the threshold of a sigmoid lies between 0 and 1")
        return self


class Label(_Part):
    """A structure; its value in the label map is its place in the list, from 1."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")
    title: Texts
    color: str = Field(default="#5DADE2", pattern=r"^#[0-9A-Fa-f]{6}$")
    keep: Literal["all", "largest"] = "all"
    min_volume_ml: float = Field(default=0.0, ge=0, le=1_000_000)


class ModelManifest(_Part):
    """The whole."""

    name: str = Field(pattern=NAME)
    version: str = Field(pattern=VERSION)
    title: Texts
    description: Texts | None = None
    intended_use: Texts
    licence: str = Field(min_length=1, max_length=200)
    input: ModelInput = ModelInput()
    patch: Patch
    output: ModelOutput = ModelOutput()
    labels: list[Label] = Field(min_length=1, max_length=255)
    surfaces: bool = False
    schedule_to_start_s: int = Field(default=6 * 3600, ge=1, le=7 * 86_400)
    start_to_close_s: int = Field(default=3600, ge=1, le=7 * 86_400)
    memory_mb: int = Field(default=2048, ge=256, le=1_000_000)
    memory_mb_per_mvoxel: float = Field(default=6.0, ge=0, le=10_000)

    @model_validator(mode="after")
    def _labels_differ(self) -> "ModelManifest":
        if len({label.name for label in self.labels}) < len(self.labels):
            raise ValueError("two labels have one name")
        return self

    @property
    def channels(self) -> int:
        """Of the network's output; with argmax the first is the background."""
        return len(self.labels) + (self.output.kind == "argmax")

    def as_algorithm(self) -> Manifest:
        """Return what an order needs to know."""
        told = self.model_dump(
            mode="json",
            exclude={"input", "patch", "output", "labels", "surfaces"},
            exclude_none=True,
        )
        return Manifest(**told, input_kind="ct_series", parameters=PARAMETERS)
