"""Shapes of the measurements and key images API. Coordinates are LPS millimetres, frames count from 1."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

Tool = Literal["length", "angle", "area", "ellipse", "rectangle", "arrow", "text", "probe"]
# how many points each tool has; an angle of four points is between two lines (Cobb), an ellipse is given by the ends
# of its long, then of its short axis, a rectangle by its corners in order, an arrow begins at its head
POINTS: dict[str, tuple[int, int]] = {
    "length": (2, 2),
    "angle": (3, 4),
    "area": (3, 2000),
    "ellipse": (4, 4),
    "rectangle": (4, 4),
    "arrow": (2, 2),
    "text": (1, 1),
    "probe": (1, 1),
}

_CONTROL = frozenset(map(chr, (*range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0))))


def _printable(text: str) -> str:
    if not _CONTROL.isdisjoint(text):
        raise ValueError("control characters are not allowed")
    return text


Uid = Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)+$", max_length=64)]
# lower case: one database compares letters regardless of case, another does not
MarkKey = Annotated[str, StringConstraints(pattern=r"^[0-9a-z][0-9a-z._-]{0,63}$")]
Coordinate = Annotated[float, Field(ge=-100_000, le=100_000, allow_inf_nan=False)]
Point = Annotated[list[Coordinate], Field(min_length=3, max_length=3)]
Value = Annotated[float, Field(ge=-1e12, le=1e12, allow_inf_nan=False)]
Size = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
Label = Annotated[str, StringConstraints(max_length=200), AfterValidator(_printable)]
Text = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_printable)]
Note = Annotated[str, StringConstraints(max_length=1000), AfterValidator(_printable)]


class Stats(BaseModel):
    """What was measured; grey values in the unit of the image (HU in CT)."""

    model_config = ConfigDict(extra="forbid")

    mean: Value | None = None
    std: Size | None = None
    min: Value | None = None
    max: Value | None = None
    area_mm2: Size | None = None
    length_mm: Size | None = None
    angle_deg: Annotated[float, Field(ge=0, le=360, allow_inf_nan=False)] | None = None


class MeasurementContent(BaseModel):
    """A mark, wherever it comes from. Images without a place in space (X-ray) count from their first pixel."""

    tool: Tool
    series_uid: Uid
    sop_uid: Uid | None = None
    frame: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    frame_of_reference_uid: Uid | None = None
    points: Annotated[list[Point], Field(min_length=1, max_length=2000)]
    label: Label = ""
    text: Text = ""
    stats: Stats = Field(default_factory=Stats)


class MeasurementWish(MeasurementContent):
    """`version` is that of the mark that this one replaces; without it the mark is new."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=0, le=2_000_000_000)] | None = None

    @model_validator(mode="after")
    def _counted(self) -> Self:
        least, most = POINTS[self.tool]
        if not least <= len(self.points) <= most:
            raise ValueError(f"{self.tool} has {least} to {most} points")
        if self.tool == "text" and not self.text:
            raise ValueError("a text says something")
        if self.sop_uid is None and (self.frame is not None or self.frame_of_reference_uid is None):
            raise ValueError("a mark belongs to an image or to a frame of reference")
        return self


class Source(BaseModel):
    """The document that a mark was read from."""

    kind: Literal["SR", "KOS"]
    sop_uid: str
    series_uid: str
    description: str
    manufacturer: str


class NumberView(BaseModel):
    """A number of a report in its own words and unit (UCUM)."""

    name: str
    value: float
    unit: str
    derivation: str | None


class SegmentReference(BaseModel):
    """The segment that numbers are about."""

    sop_uid: str
    number: int


class MeasurementView(BaseModel):
    """A mark as it is kept, or as a structured report of the study has it (then `read_only`).

    `segment` as a tool: numbers about a segment, without points. `values` are all numbers of a report's measurement.
    """

    tool: Tool | Literal["segment"]
    series_uid: str | None
    sop_uid: str | None
    frame: int | None
    frame_of_reference_uid: str | None
    points: list[list[float]]
    label: str
    text: str
    stats: Stats
    values: list[NumberView] = []
    segment: SegmentReference | None = None
    id: str
    version: int
    tracking_uid: str
    created_by: str | None
    created_by_name: str
    created_at: datetime | None
    updated_at: datetime | None
    read_only: bool = False
    source: Source | None = None


class MeasurementList(BaseModel):
    """All marks of a study; `unreadable` names the documents that could not be read and why."""

    items: list[MeasurementView]
    total: int
    unreadable: list["Unreadable"] = []


class Unreadable(BaseModel):
    """A document of the study that could not be used."""

    sop_uid: str
    code: str
    message: str


class ReportWish(BaseModel):
    """Which measurements go into the report; all of the study without `measurement_ids`."""

    model_config = ConfigDict(extra="forbid")

    measurement_ids: Annotated[list[MarkKey], Field(min_length=1, max_length=2000)] | None = None


class Written(BaseModel):
    """An object that the archive has now, and how many marks or segments are in it."""

    sop_uid: str
    series_uid: str
    count: int


KeyTitle = Literal[
    "of_interest",
    "for_referring_provider",
    "for_surgery",
    "for_teaching",
    "for_conference",
    "for_therapy",
    "for_patient",
    "for_peer_review",
    "for_research",
    "quality_issue",
]


class SelectionWish(BaseModel):
    """Why the key images are selected (CID 7010)."""

    model_config = ConfigDict(extra="forbid")

    title: KeyTitle = "of_interest"


class KeyImageWish(BaseModel):
    model_config = ConfigDict(extra="forbid")

    note: Note = ""


class KeyImageView(BaseModel):
    """An image worth showing."""

    series_uid: str
    sop_uid: str
    frame: int
    note: str
    created_by: str | None
    created_by_name: str
    created_at: datetime | None
    read_only: bool = False
    source: Source | None = None


class KeyImageList(BaseModel):
    items: list[KeyImageView]
    total: int
    unreadable: list[Unreadable] = []


class OverlayView(BaseModel):
    """Something that can be laid over the images of a study; `id` is its SOPInstanceUID, or that of a set of models."""

    kind: Literal["SEG", "RTSTRUCT", "PR", "MODELS"]
    id: str
    series_uid: str | None
    label: str
    description: str
    referenced_series_uid: str | None
    parts: int | None
    created_at: datetime
    unreadable: Unreadable | None = None


class OverlayList(BaseModel):
    items: list[OverlayView]
    total: int


class CodedView(BaseModel):
    """A code and what a person reads for it."""

    value: str
    scheme: str
    meaning: str


class SegmentView(BaseModel):
    """A segment; in its layer, voxels of it have its number as value. An empty one has no layer."""

    number: int
    label: str
    description: str
    color: str
    algorithm_type: str
    algorithm_name: str
    category: CodedView | None
    type: CodedView | None
    tracking_uid: str
    layer: int | None
    voxels: int
    volume_ml: float


class GeometryView(BaseModel):
    """A grid: columns, rows, slices; mm; centre of the first voxel and the three unit vectors, LPS."""

    size: list[int]
    spacing: list[float]
    origin: list[float]
    direction: list[float]


class SegmentationView(BaseModel):
    """A segmentation: its segments, and the grid that its label maps are on.

    `aligned`: the grid is that of `referenced_series_uid`, slices ascending along their normal (`slices` names them).
    """

    kind: str
    label: str
    description: str
    referenced_series_uid: str
    aligned: bool
    geometry: GeometryView
    slices: list[str]
    dtype: Literal["uint8", "uint16"]
    layers: int
    segments: list[SegmentView]


class SegmentWish(BaseModel):
    """What one value of a label map means; `type` is a name of the product's vocabulary."""

    model_config = ConfigDict(extra="forbid")

    value: Annotated[int, Field(ge=1, le=65_535)]
    label: Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_printable)]
    color: Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$")] = "#E6194B"
    type: Annotated[str, StringConstraints(max_length=32)] = "tissue"


class SegmentationWish(BaseModel):
    """The fields of the form with which a segmentation is made: of a label map, or of a task's."""

    model_config = ConfigDict(extra="forbid")

    series_uid: Uid
    description: Label = "Segmentation"
    task_id: Annotated[str, StringConstraints(max_length=32)] | None = None
    segments: Annotated[list[SegmentWish], Field(max_length=1000)] = []

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if len({segment.value for segment in self.segments}) != len(self.segments):
            raise ValueError("each value is one segment")
        return self
