"""What an algorithm is to the engine: a manifest (data) and one function from a job to an outcome, or a program.

The manifest is read by the agent, which stays light; `run` is named as ``"module:function"`` and imported only in the
child process that executes an attempt.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Decision = Literal["user_facing", "retry_elsewhere", "poison", "cancelled"]
WEEK_S = 7 * 24 * 3600


class Manifest(BaseModel):
    """An algorithm as the platform sees it, and how it is executed here; the latter is not sent at registration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{1,63}$")
    version: str = Field(min_length=1, max_length=64)
    title: Mapping[str, str]  # language tag → text
    description: Mapping[str, str] = Field(default_factory=dict)
    input_kind: Literal["ct_series", "dicom_series", "images", "none"]
    parameters: Mapping[str, Any]  # JSON Schema (draft 2020-12) of the task's parameters
    schedule_to_start_s: int = Field(600, ge=1, le=WEEK_S)
    start_to_close_s: int = Field(3600, ge=1, le=WEEK_S)
    memory_mb: int = Field(2048, ge=1, le=4_000_000)  # of any attempt
    memory_mb_per_mvoxel: float = Field(0.0, ge=0, le=10_000)  # and for each million voxels of the series
    runtime: bool = False  # runs models that the platform keeps; never ordered by its own name
    # language tag → what it reports and fails with in English, with {places} for values → the same in that language
    translations: Mapping[str, Mapping[str, str]] = Field(default_factory=dict)

    # one of the three; an image may have a command to be run in it
    entry: str = Field("", exclude=True)  # "package.module:function", in a folder "file.py:function"
    command: tuple[str, ...] = Field((), exclude=True)  # argv; "./x" is a file of the folder
    image: str = Field("", exclude=True)  # of a container
    gpu: bool = Field(False, exclude=True)  # the container sees the machine's GPUs
    cpus: float | None = Field(None, exclude=True, gt=0)  # cores the container may keep busy
    folder: Path | None = Field(None, exclude=True)  # where the manifest was read, if not from a package

    @model_validator(mode="after")
    def _one_way_to_run(self) -> "Manifest":
        if bool(self.entry) + bool(self.command or self.image) != 1:
            raise ValueError("name one of entry, command and image: what is to be run")
        if (self.gpu or self.cpus) and not self.image:
            raise ValueError("gpu and cpus belong to an image")
        return self

    @property
    def function(self) -> str:
        """The entry as the runner finds it from anywhere; empty for programs."""
        return str(self.folder / self.entry) if self.folder and self.entry else self.entry

    @property
    def module(self) -> str | None:
        """What may be imported ahead of an attempt: a package's module, never a folder's file, which may change."""
        return self.entry.partition(":")[0] if self.entry and not self.folder else None

    def located_command(self) -> list[str]:
        """The command with the folder's own files by their full names."""
        return [
            str(self.folder / part) if self.folder and part.startswith("./") else part
            for part in self.command
        ]


@dataclass(frozen=True)
class Model:
    """A model of the platform's, for the runtime that executes it."""

    path: Path  # its file, verified by SHA-256 and read-only
    sha256: str
    manifest: Mapping[str, Any]


@dataclass(frozen=True)
class Job:
    """One attempt, as its algorithm sees it."""

    input_dir: Path  # one folder per input, named as in the claim; a CT series is in `series/*.dcm`
    output_dir: Path  # artifacts are written here, flat
    parameters: Mapping[str, Any]
    report: Callable[[float, str], None]  # (per cent 0–100, short message in English)
    model: Model | None = None  # what a runtime is to run


@dataclass(frozen=True)
class Artifact:
    """A file in the output folder that becomes a result of the task."""

    name: str  # file name in `output_dir`
    kind: str  # "mesh_stl", "mesh_glb", "thumbnail", "document", …
    content_type: str
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What an algorithm returns."""

    artifacts: list[Artifact]
    metrics: Mapping[str, Any] = field(default_factory=dict)


class EngineError(Exception):
    """Base of errors named by the decision they ask the platform to take."""

    decision: Decision

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class UserFacing(EngineError):
    """The input or the parameters cannot work; the person must know why. Never retried."""

    decision: Decision = "user_facing"


class RetryElsewhere(EngineError):
    """This engine cannot do it now (disk, memory, network); another one may."""

    decision: Decision = "retry_elsewhere"


class Poison(EngineError):
    """This task breaks engines; it must not be handed out again by itself."""

    decision: Decision = "poison"


class Cancelled(EngineError):
    """The attempt was told to stop."""

    decision: Decision = "cancelled"

    def __init__(self) -> None:
        super().__init__("CANCELLED", "cancelled")
