"""Shapes of the engine registry API. Bodies from engines tolerate fields that a newer engine may add."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

ENGINE_ID = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


class Manifest(BaseModel):
    """An algorithm as its engine describes it."""

    model_config = ConfigDict(extra="allow")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{1,63}$")
    version: str = Field(min_length=1, max_length=64)
    title: dict[str, str] = Field(default_factory=dict)
    description: dict[str, str] = Field(default_factory=dict)
    input_kind: Literal["ct_series", "dicom_series", "images", "none"] = "none"
    parameters: dict[str, Any] = Field(default_factory=lambda: {"type": "object"})
    schedule_to_start_s: int = Field(default=600, ge=1, le=7 * 86_400)
    start_to_close_s: int = Field(default=3600, ge=1, le=7 * 86_400)
    memory_mb: int = Field(default=2048, ge=1, le=4_000_000, description="What every attempt needs at least")
    memory_mb_per_mvoxel: float = Field(
        default=0.0, ge=0, le=10_000, description="And beyond that for each million voxels of its series"
    )


class Registration(BaseModel):
    engine_id: str = Field(pattern=ENGINE_ID)
    boot_id: str = Field(min_length=1, max_length=64)
    hostname: str = Field(min_length=1, max_length=255)
    port: int = Field(default=0, ge=0, le=65_535)
    capacity: int = Field(ge=1, le=1024)
    memory_mb: int | None = Field(default=None, ge=1, description="For all its attempts together")
    supported_algorithms: list[Manifest] = Field(max_length=500)


class Registered(BaseModel):
    """How the platform wants this engine to behave, and where its offers arrive."""

    engine_id: str
    status: str
    heartbeat_interval_s: float
    heartbeat_timeout_s: float
    exchange: str
    queues: list[str]
    queue_arguments: dict[str, Any] = Field(
        default_factory=dict, description="How the queues are declared: platform and engine must do it alike"
    )


class EngineView(BaseModel):
    engine_id: str
    hostname: str
    port: int
    status: Literal["AVAILABLE", "BUSY", "DRAINING", "OFFLINE"]
    capacity: int
    current_load: int
    memory_mb: int | None
    heartbeat_age_s: float
    boot_id: str
    supported_algorithms: list[dict[str, str]]
    draining: bool
    registered_at: datetime


class DrainWish(BaseModel):
    model_config = ConfigDict(extra="forbid")

    drain: bool = True


class TokenWish(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)


class TokenView(BaseModel):
    token_id: str
    name: str
    created_at: datetime
    revoked_at: datetime | None
    token: str | None = Field(default=None, description="Shown once, when it is made")
