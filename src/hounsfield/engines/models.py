"""Compute engines and the tokens they sign in with."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from hounsfield.kit.clock import utc_now
from hounsfield.kit.db import Base, Id
from hounsfield.kit.ids import new_id


class EngineToken(Base):
    """A credential for engines, made by an administrator; only its hash is kept."""

    __tablename__ = "engine_tokens"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(100))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_by: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    revoked_at: Mapped[datetime | None]


class Engine(Base):
    """A compute node as it last described itself."""

    __tablename__ = "engines"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    token_id: Mapped[str] = mapped_column(Id, ForeignKey("engine_tokens.id"))
    boot_id: Mapped[str] = mapped_column(String(64))
    hostname: Mapped[str] = mapped_column(String(255))
    port: Mapped[int] = mapped_column(Integer)
    capacity: Mapped[int] = mapped_column(Integer)
    memory_mb: Mapped[int | None] = mapped_column(Integer)  # for all attempts together; None: it did not say
    reported_load: Mapped[int] = mapped_column(Integer, default=0)
    draining: Mapped[bool] = mapped_column(default=False)
    algorithms: Mapped[list[Any]]
    registered_at: Mapped[datetime] = mapped_column(default=utc_now)
    heartbeat_at: Mapped[datetime]
