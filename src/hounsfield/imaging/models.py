"""What came in: uploads as they arrive, and the studies, series and instances found in them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.dialects.mysql import LONGBLOB
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
    # whose images they are, where that was said; otherwise each file tells
    patient_id: Mapped[str | None] = mapped_column(Id, ForeignKey("patients.id"))
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
        Index(None, "organization_id", "accession_number"),
        Index(None, "study_date", "id"),  # the newest of all organizations
        Index(None, "created_at", "id"),
        Index(None, "settled_at", "received_at"),
        Index(None, "deleted_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    organization_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"))
    patient_id: Mapped[str] = mapped_column(Id, ForeignKey("patients.id"), index=True)
    visit_id: Mapped[str | None] = mapped_column(Id, ForeignKey("visits.id"), index=True)
    study_uid: Mapped[str] = mapped_column(Uid)
    study_date: Mapped[str | None] = mapped_column(String(8))
    study_time: Mapped[str | None] = mapped_column(String(16))
    accession_number: Mapped[str] = mapped_column(String(64), default="")
    study_code: Mapped[str] = mapped_column(String(64), default="")  # StudyID (0020,0010), as people know it
    referring_physician: Mapped[str] = mapped_column(String(200), default="")
    description: Mapped[str] = mapped_column(String(200), default="")
    modalities: Mapped[list[Any]] = mapped_column(default=list)
    series_count: Mapped[int] = mapped_column(Integer, default=0)
    instance_count: Mapped[int] = mapped_column(Integer, default=0)
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    received_at: Mapped[datetime | None]  # when its newest image came
    settled_at: Mapped[datetime | None]  # when it was taken for complete; None while images may be coming
    deleted_at: Mapped[datetime | None]  # in the trash: for nobody there any more
    deleted_by: Mapped[str | None] = mapped_column(Id)
    purge_at: Mapped[datetime | None]
    legal_hold: Mapped[bool] = mapped_column(default=False)
    hold_reason: Mapped[str] = mapped_column(String(300), default="")
    retention_warned_at: Mapped[datetime | None]


class StudyOwner(Base):
    """Who brought a study in: people without a clinical role see only what they brought."""

    __tablename__ = "study_owners"

    study_id: Mapped[str] = mapped_column(Id, ForeignKey("studies.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id"), primary_key=True)


class Series(Base):
    """A DICOM series and what the integrity gate found on it.

    Counts are true at once. What takes reading all of it (the gate's verdict, its metadata) follows when it has been
    quiet for a moment: until then `dirty_since` is set.
    """

    __tablename__ = "series"
    __table_args__ = (
        UniqueConstraint("organization_id", "series_uid"),
        Index(None, "organization_id", "modality"),
        Index(None, "dirty_since"),
    )

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
    source: Mapped[str] = mapped_column(
        String(64), default=""
    )  # who brought its first instance: `upload`, `stow`, …
    # PerformedProcedureStepStartDate and -Time, and the first item of RequestAttributesSequence
    performed_date: Mapped[str | None] = mapped_column(String(8))
    performed_time: Mapped[str | None] = mapped_column(String(16))
    step_code: Mapped[str] = mapped_column(String(64), default="")
    procedure_code: Mapped[str] = mapped_column(String(64), default="")
    attributes: Mapped[dict[str, Any] | None]  # DICOM JSON of its patient, study and series levels
    revision: Mapped[int] = mapped_column(Integer, default=0)  # grows with every change of its instances
    changed_at: Mapped[datetime | None]
    dirty_since: Mapped[datetime | None]
    settled_revision: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class SeriesMetadata(Base):
    """The metadata of a series as WADO-RS sends it: DICOM JSON of every instance, gzipped; of one of its revisions."""

    __tablename__ = "series_metadata"

    series_id: Mapped[str] = mapped_column(Id, ForeignKey("series.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(Integer)
    body: Mapped[bytes] = mapped_column(LargeBinary().with_variant(LONGBLOB(), "mysql", "mariadb"))


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


class WorklistView(Base):
    """Filters of the worklist that a person has given a name."""

    __tablename__ = "worklist_views"
    __table_args__ = (UniqueConstraint("user_id", "name"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(60))
    filters: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
