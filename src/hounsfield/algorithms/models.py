"""What can be ordered, its versions, and every change that was made to them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from hounsfield.kit.clock import utc_now
from hounsfield.kit.db import Base, Id

ENGINE, ONNX = "engine", "onnx"
ENABLED, DISABLED = "ENABLED", "DISABLED"


class Algorithm(Base):
    """Something with a name that people order by."""

    __tablename__ = "algorithms"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    source: Mapped[str] = mapped_column(String(8))  # engine: compiled into engines; onnx: a model kept here
    enabled: Mapped[bool] = mapped_column(default=True)
    engine_version: Mapped[str | None] = mapped_column(String(64))  # what the last engine to register offers
    updated_at: Mapped[datetime] = mapped_column(default=utc_now, onupdate=utc_now)


class AlgorithmVersion(Base):
    """One version: its manifest, for a model its file, and which orders it gets."""

    __tablename__ = "algorithm_versions"

    name: Mapped[str] = mapped_column(String(64), ForeignKey("algorithms.name"), primary_key=True)
    version: Mapped[str] = mapped_column(String(64), primary_key=True)
    source: Mapped[str] = mapped_column(String(8))
    manifest: Mapped[dict[str, Any]]
    model_sha256: Mapped[str | None] = mapped_column(String(64))
    model_size: Mapped[int | None] = mapped_column(BigInteger)
    facts: Mapped[dict[str, Any] | None]  # what the check of the model found out
    state: Mapped[str] = mapped_column(String(8), default=DISABLED)
    canary_percent: Mapped[int] = mapped_column(SmallInteger, default=0)
    shadow: Mapped[bool] = mapped_column(default=False)  # runs beside orders, for comparison; never charged
    created_by: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class AlgorithmChange(Base):
    """Who changed what and when: never updated, never deleted."""

    __tablename__ = "algorithm_changes"
    __table_args__ = (Index(None, "name", "id"),)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    version: Mapped[str | None] = mapped_column(String(64))
    actor: Mapped[str] = mapped_column(String(100))  # user:<id> or engine:<id>
    change: Mapped[dict[str, Any]]  # field → [before, after]
    at: Mapped[datetime]
