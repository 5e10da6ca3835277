"""Shapes of the archive's API."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from hounsfield.dicom.confidentiality import Option

Id = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
Uid = Annotated[str, Field(pattern=r"^[0-9.]{1,64}$")]
Form = Literal["dicomdir", "zip", "copy"]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ExportWish(Strict):
    """Which studies, in which form, and de-identified by which project."""

    study_uids: list[Uid] = Field(min_length=1, max_length=200)
    series_uids: list[Uid] = Field(default=[], max_length=2000, description="Only these of their series")
    form: Form = "zip"
    project_id: Id | None = None
    name: str = Field(default="", max_length=200)


class Skipped(BaseModel):
    sop_uid: str
    code: str
    message: str


class ExportView(BaseModel):
    export_id: str
    name: str
    form: Form
    project_id: str | None
    project_name: str | None
    study_uids: list[str]
    status: str
    total: int
    done: int
    skipped: list[Skipped]
    size: int
    failure_code: str | None
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None


class RegionWish(Strict):
    """An area to blank in images that fit; 0 and an empty text fit all."""

    x: int = Field(ge=0, le=65_535)
    y: int = Field(ge=0, le=65_535)
    width: int = Field(ge=1, le=65_535)
    height: int = Field(ge=1, le=65_535)
    modality: str = Field(default="", max_length=16)
    manufacturer: str = Field(default="", max_length=64)
    model: str = Field(default="", max_length=64)
    rows: int = Field(default=0, ge=0, le=65_535)
    columns: int = Field(default=0, ge=0, le=65_535)


class ProjectWish(Strict):
    name: str = Field(min_length=1, max_length=100)
    prefix: str = Field(default="ANON", pattern=r"^[A-Z0-9]{1,8}$")
    options: list[Option] = [Option.DATES, Option.PATIENT, Option.DESCRIPTORS, Option.CONTENT]
    regions: list[RegionWish] = Field(default=[], max_length=100)


class ProjectView(BaseModel):
    project_id: str
    name: str
    prefix: str
    options: list[Option]
    regions: list[RegionWish]
    created_at: datetime


class Projects(BaseModel):
    items: list[ProjectView]


class HoldWish(Strict):
    hold: bool
    reason: str = Field(default="", max_length=300)


class TrashedStudy(BaseModel):
    study_uid: str
    patient_name: str
    mrn: str
    study_date: str | None
    description: str
    modalities: list[str]
    instance_count: int
    size_bytes: int
    deleted_at: datetime
    deleted_by: str | None
    purge_at: datetime | None
    legal_hold: bool


class Hold(BaseModel):
    study_uid: str
    legal_hold: bool
    hold_reason: str


class Policy(Strict):
    modality: str = Field(
        default="", pattern=r"^[A-Z0-9_]{0,16}$", description="Empty: all that have no line"
    )
    days: int = Field(ge=1, le=36_500)


class Retention(Strict):
    """For how many days studies are kept; without a line nothing is ever deleted."""

    policies: list[Policy] = Field(max_length=50)


class RetentionView(Retention):
    warn_days: int
    due_soon: int = Field(description="Studies that go to the trash within the days of the warning")
    held: int


class StorageLine(BaseModel):
    organization_id: str
    organization: str
    studies: int
    instances: int
    size_bytes: int
    trash_bytes: int
    by_modality: dict[str, int]
    growth_30_days: int | None


class Storage(BaseModel):
    items: list[StorageLine]
    total_bytes: int


class CheckView(BaseModel):
    check_id: str
    status: str
    total: int
    checked: int
    repaired: int
    lost: int
    bad: list[dict[str, Any]]
    created_at: datetime
    finished_at: datetime | None


class Checks(BaseModel):
    has_copy: bool
    items: list[CheckView]
