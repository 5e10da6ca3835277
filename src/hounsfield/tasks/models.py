"""What a user ordered, every change of it, and the files it produced."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Double,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hounsfield.kit.clock import utc_now
from hounsfield.kit.db import Base, Id
from hounsfield.kit.ids import new_id

SERIAL = BigInteger().with_variant(Integer, "sqlite")


class Task(Base):
    """An order. `status` is written by `tasks.transitions` only; `epoch` fences every try but the current one."""

    __tablename__ = "tasks"
    __table_args__ = (
        Index(None, "status", "lease_until"),
        Index(None, "owner_id", "created_at"),
        Index(None, "organization_id", "created_at"),
        Index(None, "organization_id", "status"),
        Index(None, "status", "runs_on", "queue_rank"),
        Index(None, "assigned_engine_id", "status"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    order_no: Mapped[str] = mapped_column(String(32), unique=True)
    organization_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"))
    owner_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(String(2000), default="")
    category_id: Mapped[str | None] = mapped_column(Id)
    task_type: Mapped[str] = mapped_column(String(64))
    algorithm_version: Mapped[str | None] = mapped_column(String(64))
    runs_on: Mapped[str] = mapped_column(String(64))  # what an engine must support: an algorithm or a runtime
    memory_mb: Mapped[int] = mapped_column(Integer, default=0)  # what an attempt needs of its engine
    shadow_of: Mapped[str | None] = mapped_column(Id, index=True)  # run beside this task, for comparison only
    parameters: Mapped[dict[str, Any]]
    priority: Mapped[int] = mapped_column(SmallInteger, default=4)
    upload_id: Mapped[str | None] = mapped_column(Id, ForeignKey("uploads.id"))
    study_uid: Mapped[str | None] = mapped_column(String(64))
    series_uid: Mapped[str | None] = mapped_column(String(64))
    model_info_id: Mapped[str | None] = mapped_column(Id)
    retry_of: Mapped[str | None] = mapped_column(Id)

    status: Mapped[str] = mapped_column(String(16), default="CREATED")
    progress: Mapped[int] = mapped_column(SmallInteger, default=0)
    progress_message: Mapped[str] = mapped_column(String(200), default="")
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    failure_code: Mapped[str | None] = mapped_column(String(64))
    failure_params: Mapped[dict[str, Any] | None]
    error_message: Mapped[str | None] = mapped_column(Text)

    attempt: Mapped[int] = mapped_column(Integer, default=0)
    requeues: Mapped[int] = mapped_column(Integer, default=0)
    crashed_on: Mapped[list[Any]] = mapped_column(
        default=list
    )  # engines that died of it, for the poison rule
    epoch: Mapped[int] = mapped_column(Integer, default=1)  # the first attempt is number one
    assigned_engine_id: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None]
    queue_rank: Mapped[float] = mapped_column(Double, default=0.0)  # see tasks.fairness
    waiting_reason: Mapped[str | None] = mapped_column(String(64))  # why no engine there can run it
    not_before: Mapped[datetime | None]
    schedule_by: Mapped[datetime | None]
    close_by: Mapped[datetime | None]
    start_to_close_s: Mapped[int] = mapped_column(Integer)
    schedule_to_start_s: Mapped[int] = mapped_column(Integer)

    payment_mode: Mapped[str] = mapped_column(String(16))
    payment_status: Mapped[str] = mapped_column(String(10))
    price_amount: Mapped[int] = mapped_column(BigInteger)
    price_unit: Mapped[str] = mapped_column(String(40))
    price_units: Mapped[list[Any]]

    metrics: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    queued_at: Mapped[datetime | None]  # last
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]

    results: Mapped[list["TaskFile"]] = relationship(
        primaryjoin="and_(TaskFile.task_id == Task.id, TaskFile.final)",
        order_by="TaskFile.name",
        viewonly=True,
    )


class TaskEvent(Base):
    """One change of a task's status: never updated, never deleted."""

    __tablename__ = "task_events"
    __table_args__ = (Index(None, "task_id", "id"),)

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True)
    task_id: Mapped[str] = mapped_column(Id, ForeignKey("tasks.id"))
    from_status: Mapped[str | None] = mapped_column(String(16))
    to_status: Mapped[str] = mapped_column(String(16))
    actor: Mapped[str] = mapped_column(String(100))  # user:<id>, engine:<id>, scheduler, reaper, platform
    reason: Mapped[str] = mapped_column(String(300), default="")
    epoch: Mapped[int] = mapped_column(Integer)
    attempt: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime]


class TaskFile(Base):
    """A file that an attempt uploaded; it is a result once the attempt has completed."""

    __tablename__ = "task_files"
    __table_args__ = (UniqueConstraint("task_id", "epoch", "name"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    task_id: Mapped[str] = mapped_column(Id, ForeignKey("tasks.id"))
    epoch: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(40), default="")
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    content_type: Mapped[str] = mapped_column(String(100))
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    final: Mapped[bool] = mapped_column(default=False)


class FairShare(Base):
    """How far an organization's orders reach in virtual time; the row without a name is the clock (tasks.fairness)."""

    __tablename__ = "fair_shares"

    organization_id: Mapped[str] = mapped_column(Id, primary_key=True)
    tag: Mapped[float] = mapped_column(Double, default=0.0)
