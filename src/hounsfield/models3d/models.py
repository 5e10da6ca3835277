"""3D models: a result set per task, one mesh per tissue, how each person likes to see them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Double, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hounsfield.kit.clock import utc_now
from hounsfield.kit.db import Base, Id
from hounsfield.kit.ids import new_id
from hounsfield.tasks.models import Task


class ModelCategory(Base):
    """A drawer that an organization sorts its models into."""

    __tablename__ = "model_categories"
    __table_args__ = (UniqueConstraint("organization_id", "name"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    organization_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"))
    name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class ModelInfo(Base):
    """A set of meshes: DISABLED until its task has completed, then ENABLED."""

    __tablename__ = "model_infos"
    __table_args__ = (Index(None, "owner_id", "created_at"), Index(None, "organization_id", "created_at"))

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    organization_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"))
    owner_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id"))
    task_id: Mapped[str] = mapped_column(Id, ForeignKey("tasks.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(String(2000), default="")
    category_id: Mapped[str | None] = mapped_column(Id, ForeignKey("model_categories.id"))
    status: Mapped[str] = mapped_column(String(10), default="DISABLED")
    thumbnail_sha256: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    deleted_at: Mapped[datetime | None]
    # a set is made with its order, in one flush: without this the session may write it before the task that it names
    task: Mapped[Task] = relationship(lazy="raise")


class Model(Base):
    """One mesh, in millimetres and DICOM patient coordinates (LPS)."""

    __tablename__ = "models"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    model_info_id: Mapped[str] = mapped_column(Id, ForeignKey("model_infos.id"), index=True)
    tissue: Mapped[str] = mapped_column(String(64))
    stl_name: Mapped[str] = mapped_column(String(128))
    stl_sha256: Mapped[str | None] = mapped_column(String(64))
    stl_size: Mapped[int] = mapped_column(BigInteger, default=0)
    glb_sha256: Mapped[str | None] = mapped_column(String(64))
    glb_size: Mapped[int] = mapped_column(BigInteger, default=0)
    triangles: Mapped[int] = mapped_column(BigInteger, default=0)
    volume_ml: Mapped[float] = mapped_column(Double, default=0.0)
    area_cm2: Mapped[float] = mapped_column(Double, default=0.0)
    watertight: Mapped[bool] = mapped_column(default=False)
    color: Mapped[str] = mapped_column(String(7))
    opacity: Mapped[float] = mapped_column(Double, default=1.0)
    visible: Mapped[bool] = mapped_column(default=True)


class DisplayConfig(Base):
    """How a person likes new models to look."""

    __tablename__ = "display_configs"

    user_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id"), primary_key=True)
    config: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime] = mapped_column(default=utc_now, onupdate=utc_now)


class ModelShare(Base):
    """A link that shows one set to whoever holds its secret, until a time."""

    __tablename__ = "model_shares"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    model_info_id: Mapped[str] = mapped_column(Id, ForeignKey("model_infos.id"), index=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_by: Mapped[str] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime]
