"""Shapes of the API of DICOM nodes."""

from datetime import datetime
from ipaddress import ip_network
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from hounsfield.imaging.models import Study
from hounsfield.patients.models import Patient

# an AE title: 1 to 16 characters of the default repertoire without a backslash, no blanks around (PS3.5 §6.2)
AeTitle = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^[!-\[\]-~]([ -\[\]-~]{0,14}[!-\[\]-~])?$")
]
Uid = Annotated[str, StringConstraints(pattern=r"^[0-9.]{1,64}$")]
_TEXT = r"^[^\x00-\x1f\x7f]*$"


def _network(text: str) -> str:
    return str(ip_network(text, strict=False))


Network = Annotated[str, AfterValidator(_network)]


class NodeWish(BaseModel):
    """A node as an administrator describes it."""

    model_config = ConfigDict(extra="forbid")

    ae_title: AeTitle
    host: str = Field(default="", max_length=255, pattern=r"^[A-Za-z0-9._:-]*$")
    port: int = Field(default=104, ge=1, le=65_535)
    description: str = Field(default="", max_length=200, pattern=_TEXT)
    may_store: bool = True
    may_query: bool = False
    may_retrieve: bool = False
    may_worklist: bool = False
    addresses: list[Network] = Field(
        default_factory=list,
        max_length=32,
        description="From which it may call, as addresses or networks; empty: any",
    )


class NodeView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    ae_title: str
    host: str
    port: int
    description: str
    may_store: bool
    may_query: bool
    may_retrieve: bool
    may_worklist: bool
    addresses: list[str]
    created_at: datetime
    seen_at: datetime | None = Field(description="When it last called")


class OurselvesView(BaseModel):
    """What has to be entered into a scanner."""

    ae_title: str
    host: str = Field(
        description="The address that the port is open on; 0.0.0.0 or :: are all of the machine's"
    )
    port: int


class EchoView(BaseModel):
    """What happened when the node was called."""

    ok: bool
    code: str = Field(description="`OK`, or why not")
    message: str = Field(description="The same in the reader's language")
    seconds: float


class Question(BaseModel):
    """A query, as C-FIND in the study root model has it."""

    model_config = ConfigDict(extra="forbid")

    level: Literal["STUDY", "SERIES", "IMAGE"] = "STUDY"
    keys: dict[str, str] = Field(
        default_factory=dict,
        max_length=50,
        description="DICOM keyword → value; wildcards and ranges as in DICOM",
    )
    limit: int = Field(default=200, ge=1, le=1000)


class Found(BaseModel):
    items: list[dict[str, Any]]
    complete: bool = Field(description="False where the node has more than the limit")
    here: dict[str, int] = Field(
        description="Studies of the answer that are in the archive and may be seen: UID → number of images here"
    )


class RetrieveWish(BaseModel):
    model_config = ConfigDict(extra="forbid")

    study_uid: Uid
    series_uid: Uid | None = None
    method: Literal["auto", "get", "move"] = Field(
        default="auto", description="C-GET, C-MOVE, or C-GET where the node offers it and else C-MOVE"
    )


class SendWish(BaseModel):
    model_config = ConfigDict(extra="forbid")

    study_uid: Uid
    series_uid: Uid | None = None


class StudyOfTransfer(BaseModel):
    """The study that is moved, as it is in the archive."""

    study_uid: str
    patient_name: str
    study_date: str | None
    description: str
    modalities: list[str]

    @classmethod
    def of(cls, study: Study, patient: Patient) -> "StudyOfTransfer":
        return cls(
            study_uid=study.study_uid,
            patient_name=patient.name,
            study_date=study.study_date,
            description=study.description,
            modalities=study.modalities,
        )


class TransferView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    node_id: str
    direction: Literal["SEND", "RETRIEVE"]
    status: Literal["QUEUED", "RUNNING", "DONE", "FAILED"]
    study_uid: str | None
    study: StudyOfTransfer | None = Field(
        default=None, description="Null where it is not in the archive, or not for the reader to see"
    )
    total: int
    completed: int
    warnings: int
    failed: int
    error_code: str | None
    error: str = Field(default="", description="What went wrong, in the reader's language")
    created_at: datetime
    finished_at: datetime | None
