"""The DICOM applications that an organization talks to, and what is moved between them and us."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from hounsfield.kit.clock import utc_now
from hounsfield.kit.db import Base, Id
from hounsfield.kit.ids import new_id

AeTitle = String(16)


class DicomNode(Base):
    """A DICOM application entity of one organization: a scanner, a workstation, another archive.

    Whoever calls us is told apart by nothing but this title, so no two organizations may have the same.
    """

    __tablename__ = "dicom_nodes"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    organization_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"), index=True)
    ae_title: Mapped[str] = mapped_column(AeTitle, unique=True)
    host: Mapped[str] = mapped_column(String(255), default="")  # empty: it only calls us
    port: Mapped[int] = mapped_column(Integer, default=104)
    description: Mapped[str] = mapped_column(String(200), default="")
    # what it may ask of us
    may_store: Mapped[bool] = mapped_column(default=True)
    may_query: Mapped[bool] = mapped_column(default=False)
    may_retrieve: Mapped[bool] = mapped_column(default=False)
    may_worklist: Mapped[bool] = mapped_column(default=False)
    addresses: Mapped[list[Any]] = mapped_column(default=list)  # from which it may call; empty: from anywhere
    created_by: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    seen_at: Mapped[datetime | None]  # when it last called


class DicomTransfer(Base):
    """Objects that a job sends to a node or fetches from it."""

    __tablename__ = "dicom_transfers"
    __table_args__ = (Index(None, "organization_id", "created_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    organization_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"))
    node_id: Mapped[str] = mapped_column(Id, ForeignKey("dicom_nodes.id", ondelete="CASCADE"), index=True)
    direction: Mapped[str] = mapped_column(String(8))  # SEND | RETRIEVE
    wanted: Mapped[dict[str, Any]]  # SEND: instance ids and their study; RETRIEVE: UIDs and the way
    # QUEUED → RUNNING → DONE | FAILED, and back to QUEUED where it is tried again
    status: Mapped[str] = mapped_column(String(8), default="QUEUED")
    total: Mapped[int] = mapped_column(Integer, default=0)
    completed: Mapped[int] = mapped_column(Integer, default=0)
    warnings: Mapped[int] = mapped_column(Integer, default=0)
    failed: Mapped[int] = mapped_column(Integer, default=0)
    error_code: Mapped[str | None] = mapped_column(String(40))
    error_params: Mapped[dict[str, Any] | None]
    created_by: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    finished_at: Mapped[datetime | None]

    @property
    def study_uid(self) -> str | None:
        """The study that is moved, or some of it."""
        return self.wanted.get("study_uid")
