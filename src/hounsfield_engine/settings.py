"""What an engine is told: environment variables, or the options of ``hounsfield-engine run`` of the same name."""

import os
import re
import socket
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal

import psutil
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def default_engine_id() -> str:
    """The host name, in the letters an engine id may have."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", socket.gethostname()).strip("-._")[:64] or "engine"


class EngineSettings(BaseSettings):
    """Every field is read from ``HOUNSFIELD_ENGINE_<FIELD>``, the two shared addresses from their own names."""

    model_config = SettingsConfigDict(env_prefix="HOUNSFIELD_ENGINE_", populate_by_name=True, extra="ignore")

    token: SecretStr = Field(min_length=1)
    api_url: str = Field("http://127.0.0.1:8080", validation_alias="HOUNSFIELD_API_URL")
    broker_url: SecretStr = Field(validation_alias="HOUNSFIELD_BROKER_URL")
    id: str = Field(default_factory=default_engine_id, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    capacity: int = Field(1, ge=1, le=256)
    work_dir: Path | None = None
    memory_mb: int | None = Field(None, ge=64)  # of one attempt; None: as the platform says
    node_memory_mb: int | None = Field(None, ge=64)  # of all attempts; None: most of what the machine has
    cache_mb: int = Field(2048, ge=0)
    algorithms: Annotated[tuple[str, ...], NoDecode] = ()  # names or module:ATTRIBUTE; empty: all there are
    algorithms_dir: Path | None = None  # a folder of folders, each with a manifest
    container_engine: Literal["docker", "podman"] | None = None  # None: whichever is there
    patience_s: float = Field(900.0, gt=0)  # silence of the platform after which a lease is assumed lost
    shutdown_grace_s: float = Field(2.0, ge=0, le=6)
    parent_pid: int | None = None  # for --exit-with-parent: closes the gap in which the parent may die unseen
    log_level: str = "INFO"

    @field_validator("api_url")
    @classmethod
    def _root_of_the_platform(cls, value: str) -> str:
        if not re.match(r"https?://[^/]", value):
            raise ValueError("must be an http:// or https:// address")
        return value.rstrip("/").removesuffix("/api/v1")

    @field_validator("algorithms", mode="before")
    @classmethod
    def _comma_separated(cls, value: object) -> object:
        return (
            [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
        )

    @field_validator("log_level")
    @classmethod
    def _upper(cls, value: str) -> str:
        return value.upper()

    def node_memory(self) -> int:
        """What all attempts together may use, in MB: four fifths of the machine, or of the container's limit."""
        if self.node_memory_mb is not None:
            return self.node_memory_mb
        total = psutil.virtual_memory().total
        with suppress(OSError, ValueError):
            total = min(total, int(Path("/sys/fs/cgroup/memory.max").read_text("ascii")))
        return max(total * 4 // 5 >> 20, 64)

    def work_folder(self) -> Path:
        """Where attempts and cached inputs live; one engine process at a time."""
        if self.work_dir is not None:
            return self.work_dir.absolute()
        cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        return Path(cache) / "hounsfield-engine" / self.id
