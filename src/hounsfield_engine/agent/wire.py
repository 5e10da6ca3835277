"""The bodies exchanged with the platform. What we send is strict; in what we receive, added fields are ignored."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from hounsfield_engine.sdk import Decision

EngineId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
TaskId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]  # becomes part of a folder's name
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$")]  # never a path
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Epoch = Annotated[int, Field(ge=1)]
Percent = Annotated[float, Field(ge=0, le=100)]
Code = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,63}$")]

EngineStatus = Literal["AVAILABLE", "BUSY", "DRAINING"]


class Request(BaseModel):
    """Sent by the engine."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Reply(BaseModel):
    """Received by the engine."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Algorithm(Request):
    """A manifest as registered: everything but its entry."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{1,63}$")
    version: str
    title: dict[str, str]
    description: dict[str, str] = Field(default_factory=dict)
    input_kind: Literal["ct_series", "dicom_series", "images", "none"]
    parameters: dict[str, Any]
    schedule_to_start_s: int = Field(gt=0)
    start_to_close_s: int = Field(gt=0)
    memory_mb: int = Field(gt=0)
    memory_mb_per_mvoxel: float = Field(default=0.0, ge=0)
    runtime: bool = False
    translations: dict[str, dict[str, str]] = Field(default_factory=dict)


class RegisterRequest(Request):
    engine_id: EngineId
    boot_id: str = Field(min_length=8, max_length=64)
    hostname: str = Field(min_length=1, max_length=255)
    port: int = Field(ge=0, le=65535)  # 0: the engine listens on none
    capacity: int = Field(ge=1)
    memory_mb: int | None = Field(None, ge=1)  # for all attempts together
    supported_algorithms: list[Algorithm] = Field(min_length=1)


class RegisterReply(Reply):
    engine_id: EngineId
    status: str
    heartbeat_interval_s: float = Field(gt=0)
    heartbeat_timeout_s: float = Field(gt=0)
    exchange: str = Field(min_length=1)
    queues: list[str] = Field(min_length=1)
    queue_arguments: dict[str, JsonValue] = Field(default_factory=dict)  # declared alike by the platform


class AttemptBeat(Request):
    task_id: TaskId
    epoch: Epoch
    progress: Percent
    message: str = Field(max_length=200)


class HeartbeatRequest(Request):
    boot_id: str = Field(min_length=8, max_length=64)
    current_load: int = Field(ge=0)
    status: EngineStatus
    attempts: list[AttemptBeat]


class HeartbeatReply(Reply):
    cancel: list[str]
    drain: bool


class Offer(Reply):
    """The keyword arguments of the broker's ``engine.offer``."""

    task_id: TaskId
    epoch: Epoch


class ClaimRequest(Request):
    task_id: TaskId
    epoch: Epoch
    boot_id: str = Field(min_length=8, max_length=64)


class InputFile(Reply):
    name: FileName
    url: str = Field(min_length=1)
    sha256: Sha256
    size: int = Field(ge=0)


class Input(Reply):
    name: FileName
    kind: str
    series_uid: str | None = None
    files: list[InputFile]


class Model(Reply):
    """What a runtime is to run; the manifest is for the runtime to read."""

    url: str = Field(min_length=1)
    sha256: Sha256
    size: int = Field(ge=1)
    manifest: dict[str, JsonValue]


class ClaimReply(Reply):
    task_id: TaskId
    order_no: str
    task_type: str
    algorithm: str
    epoch: Epoch
    attempt: int = Field(ge=1)
    lease_until: AwareDatetime
    start_to_close_s: float = Field(gt=0)
    memory_mb: int | None = Field(None, gt=0)  # what the attempt may use
    parameters: dict[str, Any]
    inputs: list[Input]
    model: Model | None = None  # where a runtime is claimed for
    output_url_prefix: str = Field(pattern=r"/$")


class UploadReply(Reply):
    name: FileName
    sha256: Sha256
    size: int = Field(ge=0)


class ProgressRequest(Request):
    epoch: Epoch
    progress: Percent
    message: str = Field(max_length=200)


class ProgressReply(Reply):
    cancel: bool


class Result(Request):
    name: FileName
    kind: str = Field(min_length=1)
    sha256: Sha256
    size: int = Field(ge=0)
    content_type: str = Field(min_length=3)
    metadata: dict[str, JsonValue] = Field(default_factory=dict)


class CompleteRequest(Request):
    epoch: Epoch
    results: list[Result]
    metrics: dict[str, JsonValue] = Field(default_factory=dict)


class FailRequest(Request):
    epoch: Epoch
    code: Code
    message: str = Field(max_length=2000)
    decision: Decision


class WaitRequest(Request):
    """The attempt ends here for now: a person must answer the form (a JSON Schema) first."""

    epoch: Epoch
    message: str = Field(max_length=2000)
    form: dict[str, JsonValue]


class TaskReply(Reply):
    """Answer to complete, fail and wait."""

    task_id: TaskId
    status: str


class Problem(Reply):
    """RFC 9457 body of an error; tolerant, for a proxy may answer in the platform's place."""

    code: str = ""
    detail: str = ""
