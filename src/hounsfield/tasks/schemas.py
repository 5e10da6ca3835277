"""Shapes of the tasks API, as api.md gives them."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt

RESULT_NAME = r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$"  # never a path
TASK_ID = Field(max_length=32)
MAX_MESSAGE = 2000


class OrderWish(BaseModel):
    """What to compute on what."""

    model_config = ConfigDict(extra="forbid")

    task_type: str = Field(min_length=1, max_length=64)
    study_uid: str | None = Field(default=None, max_length=64)
    series_uid: str | None = Field(default=None, max_length=64)
    upload_id: str | None = Field(default=None, max_length=32)
    parameters: dict[str, Any] = Field(default_factory=dict)
    priority: StrictInt = Field(default=4, ge=0, le=9)
    name: str = Field(default="", max_length=200)
    description: str = Field(default="", max_length=2000)
    category_id: str | None = Field(default=None, max_length=32)


class Ordered(BaseModel):
    """The answer to an order by upload."""

    task_id: str
    order_no: str
    status: str
    message: str


class TaskEventView(BaseModel):
    at: datetime
    from_status: str | None = Field(serialization_alias="from")
    to_status: str = Field(serialization_alias="to")
    actor: str
    reason_code: str | None = Field(description="Stable; null where a person or an engine gave words")
    reason: str = Field(description="In the reader's language")
    epoch: int
    attempt: int


class ResultView(BaseModel):
    """A file of a completed task; `url` is null until it is paid."""

    name: str
    kind: str
    size: int
    content_type: str
    sha256: str
    metadata: dict[str, Any]
    url: str | None


class PriceTag(BaseModel):
    amount: int
    unit: str


class Can(BaseModel):
    """What the reader may do with this task now."""

    cancel: bool
    retry: bool
    pay: bool
    delete: bool


class TaskView(BaseModel):
    """A task as its owner sees it."""

    task_id: str
    order_no: str
    name: str
    description: str
    task_type: str
    algorithm_version: str | None = Field(description="Fixed when it was ordered")
    status: str
    progress: int
    progress_message: str
    payment_mode: str
    payment_status: str
    price: PriceTag
    priority: int
    assigned_engine_id: str | None
    attempt: int
    error_message: str | None
    failure_code: str | None
    parameters: dict[str, Any]
    upload_id: str | None
    study_uid: str | None
    series_uid: str | None
    retry_of: str | None
    model_info_id: str | None
    result_count: int
    can: Can
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None


class TaskDetail(TaskView):
    results: list[ResultView]
    events: list[TaskEventView]
    metrics: dict[str, Any] | None


class StatusWish(BaseModel):
    model_config = ConfigDict(extra="forbid")

    new_status: str = Field(max_length=16)
    message: str = Field(default="", max_length=300)


# --- what engines say; they may say more than this version knows ---


class Attempt(BaseModel):
    task_id: str = TASK_ID
    epoch: int = Field(ge=1)
    progress: float = Field(default=0, ge=0, le=100)
    message: str = Field(default="", max_length=MAX_MESSAGE)


class Heartbeat(BaseModel):
    boot_id: str = Field(max_length=64)
    current_load: int = Field(ge=0, le=100_000)
    status: Literal["AVAILABLE", "BUSY", "DRAINING"] = "AVAILABLE"
    attempts: list[Attempt] = Field(default_factory=list, max_length=1024)


class HeartbeatReply(BaseModel):
    cancel: list[str]
    drain: bool


class ClaimWish(BaseModel):
    task_id: str = TASK_ID
    epoch: int = Field(ge=1)
    boot_id: str | None = Field(default=None, max_length=64)


class InputFile(BaseModel):
    name: str
    url: str
    sha256: str
    size: int


class TaskInput(BaseModel):
    name: str
    kind: str
    series_uid: str | None = None
    files: list[InputFile]


class ClaimedModel(BaseModel):
    url: str
    sha256: str
    size: int
    manifest: dict[str, Any]


class Claimed(BaseModel):
    """Everything an engine needs to run an attempt."""

    task_id: str
    order_no: str
    task_type: str
    algorithm: str
    epoch: int
    attempt: int
    lease_until: datetime
    start_to_close_s: int
    memory_mb: int = Field(description="What the attempt may use of its engine")
    parameters: dict[str, Any]
    inputs: list[TaskInput]
    model: ClaimedModel | None = Field(default=None, description="What a runtime is to run")
    output_url_prefix: str


class ProgressReport(BaseModel):
    epoch: int = Field(ge=1)
    progress: float = Field(ge=0, le=100)
    message: str = Field(default="", max_length=MAX_MESSAGE)


class ProgressReply(BaseModel):
    cancel: bool


class StoredFile(BaseModel):
    name: str
    sha256: str
    size: int


class ResultClaim(BaseModel):
    name: str = Field(pattern=RESULT_NAME)
    kind: str = Field(min_length=1, max_length=40)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=0)
    content_type: str = Field(default="application/octet-stream", max_length=100)
    metadata: dict[str, Any] = Field(default_factory=dict)


class CompletionReport(BaseModel):
    epoch: int = Field(ge=1)
    results: list[ResultClaim] = Field(max_length=1000)
    metrics: dict[str, Any] = Field(default_factory=dict)


class FailureReport(BaseModel):
    epoch: int = Field(ge=1)
    code: str = Field(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")
    message: str = Field(default="", max_length=MAX_MESSAGE)
    decision: str = Field(pattern=r"^(user_facing|retry_elsewhere|poison|cancelled)$")


class WaitReport(BaseModel):
    """What a person is asked: `form` is the JSON Schema of the answer."""

    epoch: int = Field(ge=1)
    message: str = Field(default="", max_length=MAX_MESSAGE)
    form: dict[str, Any] = Field(default_factory=dict)


class Moved(BaseModel):
    task_id: str
    status: str
