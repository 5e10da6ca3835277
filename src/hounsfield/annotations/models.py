"""What readers leave on a study: measurements and the images they marked."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hounsfield.kit.clock import utc_now
from hounsfield.kit.db import Base, Id
from hounsfield.kit.ids import new_id

Uid = String(64)


class Measurement(Base):
    """One mark on a study. `key` is the client's own id: a request that is sent again makes no second mark."""

    __tablename__ = "measurements"
    __table_args__ = (UniqueConstraint("study_id", "key"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    organization_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"))
    study_id: Mapped[str] = mapped_column(Id, ForeignKey("studies.id"))
    key: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(Integer, default=1)
    tool: Mapped[str] = mapped_column(String(16))
    series_uid: Mapped[str] = mapped_column(Uid)
    sop_uid: Mapped[str | None] = mapped_column(Uid)
    frame: Mapped[int | None] = mapped_column(Integer)
    frame_of_reference_uid: Mapped[str | None] = mapped_column(Uid)
    points: Mapped[list[Any]]  # [x, y, z] each, LPS millimetres
    label: Mapped[str] = mapped_column(String(200), default="")
    text: Mapped[str] = mapped_column(String(2000), default="")
    stats: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_by: Mapped[str] = mapped_column(Id, ForeignKey("users.id"))
    updated_by: Mapped[str] = mapped_column(Id, ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now)


class KeyImage(Base):
    """An image that somebody found worth showing; frames count from 1, as in DICOM."""

    __tablename__ = "key_images"
    __table_args__ = (UniqueConstraint("study_id", "sop_uid", "frame"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    organization_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"))
    study_id: Mapped[str] = mapped_column(Id, ForeignKey("studies.id"))
    series_uid: Mapped[str] = mapped_column(Uid)
    sop_uid: Mapped[str] = mapped_column(Uid)
    frame: Mapped[int] = mapped_column(Integer, default=1)
    note: Mapped[str] = mapped_column(String(1000), default="")
    created_by: Mapped[str] = mapped_column(Id, ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now)
