"""An algorithm as its engine describes it."""

import math
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Sentence = Annotated[str, Field(max_length=300)]
NAME = r"^[a-z][a-z0-9_]{1,63}$"


class Manifest(BaseModel):
    """What an order of an algorithm needs to be known. Engines may say more than this version knows."""

    model_config = ConfigDict(extra="allow")

    name: str = Field(pattern=NAME)
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
    runtime: bool = Field(
        default=False, description="It runs models that the platform keeps and is not ordered by its own name"
    )
    translations: dict[str, dict[Sentence, Sentence]] = Field(
        default_factory=dict,
        description="Language → the English sentences of its progress and failures → theirs",
    )
    intended_use: dict[str, str] = Field(default_factory=dict)
    licence: str = ""

    def memory_for(self, voxels: int) -> int:
        """Return what an attempt on a series of so many voxels needs, in MB."""
        return self.memory_mb + math.ceil(self.memory_mb_per_mvoxel * voxels / 1e6)
