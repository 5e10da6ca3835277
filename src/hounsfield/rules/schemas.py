"""Shapes of the rules API."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, StrictInt, model_validator

from hounsfield.accounts.models import ClinicalRole, Tier

Id = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
Pattern = Annotated[str, Field(max_length=100)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Conditions(Strict):
    """What a series must be; what is left out does not matter. Texts take `*` and `?`, whatever their case."""

    modality: list[Annotated[str, Field(pattern=r"^[A-Z0-9_]{1,16}$")]] = Field(default=[], max_length=20)
    body_part: Pattern = ""
    description: Pattern = ""
    min_slices: StrictInt | None = Field(default=None, ge=1, le=1_000_000)
    max_slices: StrictInt | None = Field(default=None, ge=1, le=1_000_000)
    source: Pattern = Field(default="", description="`upload`, `stow`, `dimse:AETITLE`, …")
    sop_class: list[Annotated[str, Field(pattern=r"^[0-9.]{1,64}$")]] = Field(default=[], max_length=20)

    @model_validator(mode="after")
    def _ordered(self) -> "Conditions":
        if self.min_slices and self.max_slices and self.min_slices > self.max_slices:
            raise ValueError("min_slices is above max_slices")
        return self


class OrderTask(Strict):
    """Order a task on the series, on the points of a named person."""

    kind: Literal["order_task"]
    task_type: str = Field(min_length=1, max_length=64)
    parameters: dict[str, Any] = {}
    priority: StrictInt = Field(default=4, ge=0, le=9)
    payer_id: Id


class Notify(Strict):
    """Tell people of the organization, by name or by what they are."""

    kind: Literal["notify"]
    user_ids: list[Id] = Field(default=[], max_length=100)
    roles: list[Literal[Tier.ADMIN, ClinicalRole.DOCTOR, ClinicalRole.TECHNICIAN, ClinicalRole.NURSE]] = []

    @model_validator(mode="after")
    def _somebody(self) -> "Notify":
        if not self.user_ids and not self.roles:
            raise ValueError("name somebody to tell")
        return self


class ForwardToNode(Strict):
    """Send the series to a DICOM node (C-STORE)."""

    kind: Literal["forward_node"]
    node_id: Id


class ForwardToPeer(Strict):
    """Send the series to a DICOMweb server."""

    kind: Literal["forward_web"]
    peer_id: Id


class Deidentify(Strict):
    """Put a de-identified copy of the series into the organization's own archive."""

    kind: Literal["deidentify"]
    project_id: Id


Action = Annotated[
    OrderTask | Notify | ForwardToNode | ForwardToPeer | Deidentify, Field(discriminator="kind")
]


class RuleWish(Strict):
    name: str = Field(min_length=1, max_length=100)
    enabled: bool = True
    conditions: Conditions = Conditions()
    actions: list[Action] = Field(min_length=1, max_length=10)


class RuleView(BaseModel):
    rule_id: str
    name: str
    position: int
    enabled: bool
    version: int
    conditions: Conditions
    actions: list[Action]
    created_at: datetime
    updated_at: datetime


class Rules(BaseModel):
    items: list[RuleView]


class Order(Strict):
    """The rules of an organization in the order in which they are looked at."""

    rule_ids: list[Id] = Field(max_length=500)


class DryRunWish(Strict):
    """A rule that need not be saved, on the newest series."""

    rule: RuleWish
    limit: int = Field(default=100, ge=1, le=500)


class Would(BaseModel):
    """What would be done, and what would stand in its way."""

    kind: str
    what: str
    problem_code: str | None = None
    problem: str | None = None


class Tried(BaseModel):
    series_uid: str
    study_uid: str
    modality: str
    body_part: str
    description: str
    slices: int
    source: str
    received_at: datetime
    matched: bool
    why_not: list[str] = Field(description="The conditions that it does not meet")
    already_run: bool = Field(
        description="This version of the rule was carried out on it: nothing would be done"
    )
    would: list[Would]


class DryRun(BaseModel):
    looked_at: int
    matched: int
    items: list[Tried]


class StepView(BaseModel):
    kind: str
    status: str
    what: str
    code: str | None
    message: str | None
    result: dict[str, Any]


class RunView(BaseModel):
    run_id: str
    rule_id: str
    rule_name: str
    rule_version: int
    study_uid: str
    series_uid: str
    status: str
    steps: list[StepView]
    created_at: datetime
    finished_at: datetime | None


class PeerWish(Strict):
    name: str = Field(min_length=1, max_length=100)
    url: HttpUrl
    token: str | None = Field(
        default=None, max_length=4000, description="Sent as a bearer token; never shown again"
    )


class PeerView(BaseModel):
    peer_id: str
    name: str
    url: str
    has_token: bool
    created_at: datetime


class Peers(BaseModel):
    items: list[PeerView]
