"""Shapes of the 3D models API, as api.md gives them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Color = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]
# DISABLED is what a set is until its meshes are there: PREPARING while they may still come, FAILED once they cannot
GalleryStatus = Literal["ENABLED", "DISABLED", "PREPARING", "FAILED"]
Opacity = Annotated[float, Field(ge=0, le=1)]


class Look(BaseModel):
    """How a part is drawn."""

    model_config = ConfigDict(extra="forbid")

    color: Color
    opacity: Opacity = 1.0
    visible: bool = True


class DisplayConfigView(BaseModel):
    """A person's liking per tissue, applied to new models."""

    model_config = ConfigDict(extra="forbid")

    tissues: dict[Annotated[str, Field(max_length=64)], Look] = Field(default_factory=dict, max_length=200)
    background: Color = "#0B1120"


class CategoryWish(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)


class CategoryView(BaseModel):
    category_id: str
    name: str


class ModelInfoView(BaseModel):
    """A set of meshes in the gallery."""

    model_info_id: str
    task_id: str
    order_no: str
    task_type: str
    task_status: str
    progress: int
    name: str
    description: str
    category_id: str | None
    status: Literal["DISABLED", "ENABLED"]
    payment_status: str
    model_count: int
    thumbnail_url: str | None
    study_uid: str | None
    patient_name: str | None
    created_at: datetime


class Measures(BaseModel):
    """What an engine says of a mesh; it may say more."""

    triangles: int = Field(default=0, ge=0)
    volume_ml: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    area_cm2: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    watertight: bool = False
    color: str | None = None


class ModelView(BaseModel):
    """One mesh. The addresses are null until the task is paid; `volume_ml` is what its surface encloses."""

    model_id: str
    stl_name: str
    tissue: str
    color: str
    opacity: float
    visible: bool
    triangles: int
    volume_ml: float
    area_cm2: float
    watertight: bool
    stl_url: str | None
    glb_url: str | None
    stl_size: int
    glb_size: int


class ModelInfoChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, min_length=1, max_length=200)
    description: str | None = Field(default=None, max_length=2000)
    category_id: str | None = Field(default=None, max_length=32)


class ModelChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    color: Color | None = None
    opacity: Opacity | None = None
    visible: bool | None = None


class ShareWish(BaseModel):
    """How long a link works, in seconds."""

    model_config = ConfigDict(extra="forbid")

    expires_in: int = Field(ge=60, le=90 * 86_400)


class ShareView(BaseModel):
    """A link for somebody without an account; the secret is in this answer only, and never part of an address."""

    share_id: str
    secret: str
    expires_at: datetime


class ShareKey(BaseModel):
    model_config = ConfigDict(extra="forbid")

    secret: str = Field(max_length=100)


class SharedModels(BaseModel):
    """What a share shows."""

    name: str
    expires_at: datetime
    models: list[ModelView]


class StlFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    file_name: str = Field(min_length=1, max_length=128)
    upload_id: str = Field(max_length=32)


class AttachWish(BaseModel):
    """Meshes made elsewhere, to be added to a task's set."""

    model_config = ConfigDict(extra="forbid")

    task_id: str = Field(max_length=32)
    stl_files: list[StlFile] = Field(min_length=1, max_length=50)


class Attached(BaseModel):
    model_info_id: str
    models: list[ModelView]
