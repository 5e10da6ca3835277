"""What travels about visits and the examinations planned in them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from hounsfield.patients.schemas import Request

VisitType = Literal["OUTPATIENT", "INPATIENT", "EMERGENCY", "CHECKUP"]
VisitStatus = Literal["SCHEDULED", "ARRIVED", "COMPLETED", "CANCELLED", "NO_SHOW"]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64, pattern=r"^[^\\\x00-\x1f]*$")]
AeTitle = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=16, pattern=r"^[\x20-\x5b\x5d-\x7e]*$")
]
Modality = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9_]{1,16}$")]
Accession = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=16, pattern=r"^[^\\\x00-\x1f]+$")
]


class StepWish(Request):
    """An examination that a modality shall find in its worklist; without an accession number it gets one."""

    modality: Modality
    station_ae: AeTitle = ""
    starts_at: AwareDatetime
    accession_number: Accession | None = None
    description: Line = ""
    physician: Line = ""


class StepChange(Request):
    modality: Modality | None = None
    station_ae: AeTitle | None = None
    starts_at: AwareDatetime | None = None
    description: Line | None = None
    physician: Line | None = None
    status: Literal["SCHEDULED", "PERFORMED", "CANCELLED"] | None = None


class StepView(BaseModel):
    step_id: str
    modality: str
    station_ae: str
    starts_at: datetime
    accession_number: str
    description: str
    physician: str
    study_uid: str
    status: str


class VisitWish(Request):
    """A visit; without a number it gets one. One that lies ahead is SCHEDULED."""

    number: Line | None = None
    type: VisitType
    status: VisitStatus | None = None
    department: Line = ""
    doctor: Line = ""
    reason: str = Field(default="", max_length=1000)
    starts_at: AwareDatetime
    ends_at: AwareDatetime | None = None
    steps: list[StepWish] = Field(default_factory=list, max_length=20)


class VisitChange(Request):
    type: VisitType | None = None
    status: VisitStatus | None = None
    department: Line | None = None
    doctor: Line | None = None
    reason: str | None = Field(default=None, max_length=1000)
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None


class VisitView(BaseModel):
    visit_id: str
    patient_id: str
    number: str
    type: str
    status: str
    department: str
    doctor: str
    reason: str
    starts_at: datetime
    ends_at: datetime | None
    steps: list[StepView]
    created_at: datetime
