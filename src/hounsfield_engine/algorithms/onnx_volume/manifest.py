"""What a model says of itself, as far as running it needs it; docs/models.md describes every field."""

from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from hounsfield_engine.sdk import RetryElsewhere

LETTERS = {"L": (0, 1), "R": (0, -1), "P": (1, 1), "A": (1, -1), "S": (2, 1), "I": (2, -1)}
"""Direction → (patient axis in LPS, sign along it)."""

_Positive = Annotated[float, Field(gt=0, le=1000)]
_Side = Annotated[int, Field(ge=1, le=4096)]
_FileStem = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]  # becomes the name of a mesh's file


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")  # a newer platform may say more


class Normalise(_Part):
    """How HU become what the network saw in training."""

    kind: Literal["none", "range", "zscore"] = "none"
    low: float = 0.0
    high: float = 1.0
    mean: float = 0.0
    std: float = Field(1.0, gt=0)


class Input(_Part):
    """The network's view of a scan; lists follow the order of its axes."""

    axes: str = Field("SPL", pattern=r"^[LRPASI]{3}$")
    spacing_mm: tuple[_Positive, _Positive, _Positive] | None = None  # None: as scanned
    window_hu: tuple[float, float] | None = None
    normalise: Normalise = Normalise()

    @model_validator(mode="after")
    def _makes_sense(self) -> "Input":
        if len({LETTERS[letter][0] for letter in self.axes}) != 3:
            raise ValueError("axes must name each direction of the patient once")
        if self.window_hu and self.window_hu[0] >= self.window_hu[1]:
            raise ValueError("window_hu must ascend")
        if self.normalise.kind == "range" and self.window_hu is None:
            raise ValueError("normalise.kind range needs window_hu")
        return self


class Patch(_Part):
    """The window that slides over the scan, in voxels of the network's axes."""

    size: tuple[_Side, _Side, _Side]
    overlap: float = Field(0.5, ge=0, le=0.9)
    blending: Literal["gaussian", "constant"] = "gaussian"


class Output(_Part):
    """What a channel means: a class against the others (argmax), or one of its own (sigmoid, threshold)."""

    kind: Literal["argmax", "sigmoid", "threshold"] = "argmax"
    threshold: float = 0.5

    @model_validator(mode="after")
    def _is_a_probability(self) -> "Output":
        if self.kind == "sigmoid" and not 0 < self.threshold < 1:
            raise ValueError("the threshold of a sigmoid lies between 0 and 1")
        return self


class Label(_Part):
    """A structure that the network finds; its value in the label map is its place in the list, from 1."""

    name: _FileStem
    color: str = Field("#5DADE2", pattern=r"^#[0-9A-Fa-f]{6}$")
    keep: Literal["all", "largest"] = "all"
    min_volume_ml: float = Field(0.0, ge=0)


class ModelManifest(_Part):
    """The whole."""

    name: str
    version: str
    input: Input = Input()
    patch: Patch
    output: Output = Output()
    labels: list[Label] = Field(min_length=1, max_length=255)
    surfaces: bool = False

    @model_validator(mode="after")
    def _labels_differ(self) -> "ModelManifest":
        names = sorted(label.name for label in self.labels)
        if any(one == next_ for one, next_ in pairwise(names)):
            raise ValueError("two labels have one name")
        return self

    @property
    def channels(self) -> int:
        """Of the network's output; with argmax the first is the background."""
        return len(self.labels) + (self.output.kind == "argmax")


def read_manifest(told: Any) -> ModelManifest:
    """Read what the platform sent.

    Raises
    ------
    RetryElsewhere
        This engine does not understand it; a newer one may.
    """
    try:
        return ModelManifest.model_validate(told)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RetryElsewhere(
            "MODEL_MANIFEST_UNKNOWN", f"the model's manifest is not understood: {where}: {first['msg']}"
        ) from error
