"""What came in: uploads as they arrive, and the studies, series and instances found in them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hounsfield.kit.clock import utc_now
from hounsfield.kit.db import Base, Id
from hounsfield.kit.errors import Invalid
from hounsfield.kit.ids import new_id

Uid = String(64)


class UploadIncomplete(Invalid):
    """This upload is not complete: {offset} of {size} bytes have arrived."""

    code = "UPLOAD_INCOMPLETE"
    zh = "上传尚未完成：已收到 {offset} / {size} 字节。"


class UploadRejected(Invalid):
    """This upload was refused before and its content was not kept. Upload it again."""

    code = "UPLOAD_REJECTED"
    zh = "该上传已被拒绝，内容未保留，请重新上传。"


class Upload(Base):
    """A file on its way in. Its bytes lie in the spool (`imaging.spool`) until they are ingested."""

    __tablename__ = "uploads"
    __table_args__ = (Index(None, "owner_id", "created_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    organization_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"))
    owner_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id"))
    filename: Mapped[str] = mapped_column(String(255), default="")  # shown to people, never used as a path
    size: Mapped[int] = mapped_column(BigInteger)
    offset: Mapped[int] = mapped_column(BigInteger, default=0)
    # RECEIVING → RECEIVED → INGESTING → DONE | REJECTED
    status: Mapped[str] = mapped_column(String(12), default="RECEIVING")
    outcome: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime]

    def must_be_complete(self) -> None:
        if self.status == "REJECTED":
            raise UploadRejected
        if self.status == "RECEIVING":
            raise UploadIncomplete(offset=self.offset, size=self.size)


class UploadPart(Base):
    """Some bytes of an upload, as an object of their own: where API and workers share a bucket and no disk."""

    __tablename__ = "upload_parts"

    upload_id: Mapped[str] = mapped_column(Id, ForeignKey("uploads.id", ondelete="CASCADE"), primary_key=True)
    start: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str] = mapped_column(String(128))


class Study(Base):
    """A DICOM study of one organization."""

    __tablename__ = "studies"
    __table_args__ = (
        UniqueConstraint("organization_id", "study_uid"),
        Index(None, "organization_id", "study_date"),
        Index(None, "organization_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    organization_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"))
    patient_id: Mapped[str] = mapped_column(Id, ForeignKey("patients.id"), index=True)
    study_uid: Mapped[str] = mapped_column(Uid)
    study_date: Mapped[str | None] = mapped_column(String(8))
    study_time: Mapped[str | None] = mapped_column(String(16))
    accession_number: Mapped[str] = mapped_column(String(64), default="")
    description: Mapped[str] = mapped_column(String(200), default="")
    modalities: Mapped[list[Any]] = mapped_column(default=list)
    series_count: Mapped[int] = mapped_column(Integer, default=0)
    instance_count: Mapped[int] = mapped_column(Integer, default=0)
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class StudyOwner(Base):
    """Who brought a study in: people without a clinical role see only what they brought."""

    __tablename__ = "study_owners"

    study_id: Mapped[str] = mapped_column(Id, ForeignKey("studies.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id"), primary_key=True)


class Series(Base):
    """A DICOM series and what the integrity gate found on it."""

    __tablename__ = "series"
    __table_args__ = (UniqueConstraint("organization_id", "series_uid"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    organization_id: Mapped[str] = mapped_column(Id)
    study_id: Mapped[str] = mapped_column(Id, ForeignKey("studies.id"), index=True)
    series_uid: Mapped[str] = mapped_column(Uid)
    modality: Mapped[str] = mapped_column(String(16), default="")
    number: Mapped[int | None] = mapped_column(BigInteger)
    description: Mapped[str] = mapped_column(String(200), default="")
    body_part: Mapped[str] = mapped_column(String(32), default="")
    instance_count: Mapped[int] = mapped_column(Integer, default=0)
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    gate: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class Instance(Base):
    """One DICOM object, stored byte for byte under its SHA-256."""

    __tablename__ = "instances"
    __table_args__ = (UniqueConstraint("organization_id", "sop_uid"), Index(None, "series_id", "number"))

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    organization_id: Mapped[str] = mapped_column(Id)
    series_id: Mapped[str] = mapped_column(Id, ForeignKey("series.id"))
    sop_uid: Mapped[str] = mapped_column(Uid)
    sop_class_uid: Mapped[str] = mapped_column(Uid)
    transfer_syntax_uid: Mapped[str] = mapped_column(Uid)
    number: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    header: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
