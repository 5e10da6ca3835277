"""Shapes of the engine registry API. Bodies from engines tolerate fields that a newer engine may add."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from hounsfield.algorithms.schemas import Manifest

ENGINE_ID = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


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
