"""The audit trail: rows that are written once, and the chain that shows when one was changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hounsfield.kit.clock import utc_now
from hounsfield.kit.db import Base, Id
from hounsfield.kit.ids import new_id


class AuditEntry(Base):
    """Who did what to what, when, from where and how it ended.

    It refers to nothing: what it tells of may be gone one day. `number`, `hash`, `mark` and `key_id` are empty until the
    sealer has put it into its organization's chain.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        UniqueConstraint("organization_id", "number"),
        Index(None, "number"),
        Index(None, "organization_id", "at"),
        Index(None, "patient_id", "at"),
        Index(None, "actor_id", "at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    organization_id: Mapped[str] = mapped_column(Id)  # whose data it was, not who the actor belongs to
    at: Mapped[datetime] = mapped_column(default=utc_now)
    until: Mapped[datetime | None]  # of the last of several reads that this row stands for
    count: Mapped[int] = mapped_column(Integer, default=1)
    actor_kind: Mapped[str] = mapped_column(String(10))  # user | engine | device | link | system
    actor_id: Mapped[str] = mapped_column(String(64))
    actor_name: Mapped[str] = mapped_column(String(64))
    actor_roles: Mapped[str] = mapped_column(String(40))
    actor_organization_id: Mapped[str] = mapped_column(String(32))
    action: Mapped[str] = mapped_column(String(40))
    object_type: Mapped[str] = mapped_column(String(24))
    object_id: Mapped[str] = mapped_column(String(128))
    patient_id: Mapped[str | None] = mapped_column(Id)
    outcome: Mapped[str] = mapped_column(String(10))  # success | denied | failed
    reason: Mapped[str] = mapped_column(String(500))
    source: Mapped[str] = mapped_column(String(16))
    address: Mapped[str] = mapped_column(String(64))
    details: Mapped[dict[str, Any]]

    number: Mapped[int | None] = mapped_column(BigInteger)
    hash: Mapped[str | None] = mapped_column(String(64))
    mark: Mapped[str | None] = mapped_column(String(64))
    key_id: Mapped[str | None] = mapped_column(String(8))


class AuditHead(Base):
    """The last link of an organization's chain."""

    __tablename__ = "audit_heads"

    organization_id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, default=0)
    hash: Mapped[str] = mapped_column(String(64), default="")
