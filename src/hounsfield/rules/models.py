"""What an organization wants done with what arrives, where it may be sent, and what was done."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hounsfield.kit.clock import utc_now
from hounsfield.kit.db import Base, Id
from hounsfield.kit.ids import new_id


class Rule(Base):
    """Conditions on a series, and what is done with one that meets them all. Every change is a new version."""

    __tablename__ = "rules"
    __table_args__ = (Index(None, "organization_id", "position"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    organization_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"))
    name: Mapped[str] = mapped_column(String(100))
    position: Mapped[int] = mapped_column(Integer, default=0)
    enabled: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(Integer, default=1)
    conditions: Mapped[dict[str, Any]]
    actions: Mapped[list[Any]]
    created_by: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now, onupdate=utc_now)
    deleted_at: Mapped[datetime | None]


class RuleRun(Base):
    """One rule on one series. The unique key is why nothing is ordered twice, however often the news is delivered."""

    __tablename__ = "rule_runs"
    __table_args__ = (
        UniqueConstraint("rule_id", "rule_version", "series_id"),
        Index(None, "organization_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    organization_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"))
    rule_id: Mapped[str] = mapped_column(Id, ForeignKey("rules.id"))
    rule_version: Mapped[int] = mapped_column(Integer)
    rule_name: Mapped[str] = mapped_column(String(100))
    series_id: Mapped[str] = mapped_column(Id)
    study_uid: Mapped[str] = mapped_column(String(64))
    series_uid: Mapped[str] = mapped_column(String(64))
    # PENDING → DONE | FAILED; a retry makes what failed PENDING again
    status: Mapped[str] = mapped_column(String(8), default="PENDING")
    steps: Mapped[list[Any]]  # of each action: kind, status, what came of it or why not
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    finished_at: Mapped[datetime | None]


class DicomwebPeer(Base):
    """A DICOMweb server to which series are sent; its token is sealed with the installation's secret."""

    __tablename__ = "dicomweb_peers"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    organization_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    url: Mapped[str] = mapped_column(String(500))
    token: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    deleted_at: Mapped[datetime | None]
