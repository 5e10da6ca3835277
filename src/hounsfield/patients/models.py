"""Patients: who the images are of, when they came, and who else may see their record."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.dialects.mysql import VARCHAR
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from hounsfield.kit.clock import utc_now
from hounsfield.kit.db import Base, Id
from hounsfield.kit.ids import new_id
from hounsfield.patients.names import MAX_KEY, name_key

# compared character by character, so that an index answers what a name begins with, whatever language a server sorts by
ByCharacter = (
    String(MAX_KEY)
    .with_variant(String(MAX_KEY, collation="C"), "postgresql")
    .with_variant(VARCHAR(MAX_KEY, charset="utf8mb4", collation="utf8mb4_bin"), "mysql", "mariadb")
)


def _key_of_name(context: DefaultExecutionContext) -> str:
    given = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return name_key(given.get("name") or "")


class Patient(Base):
    """A person in one organization's care, known by a medical record number and who issued it."""

    __tablename__ = "patients"
    __table_args__ = (
        UniqueConstraint("organization_id", "mrn", "issuer"),
        Index(None, "organization_id", "restricted"),
        Index(None, "organization_id", "created_at"),
        Index(None, "organization_id", "id_number_mark"),
        Index(None, "organization_id", "name_key", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    organization_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"))
    mrn: Mapped[str] = mapped_column(String(64))
    issuer: Mapped[str] = mapped_column(String(64), default="")
    name: Mapped[str] = mapped_column(String(200), default="")  # as DICOM writes it, with ^ and =
    sex: Mapped[str | None] = mapped_column(String(16))
    birth_date: Mapped[str | None] = mapped_column(String(8))  # YYYYMMDD, as DICOM writes it
    phone: Mapped[str | None] = mapped_column(String(32))
    notes: Mapped[str] = mapped_column(String(2000), default="")
    id_number: Mapped[str | None] = mapped_column(String(255))  # sealed, see `id_numbers`
    id_number_mark: Mapped[str | None] = mapped_column(String(64))
    search_text: Mapped[str] = mapped_column(String(1000), default="")
    name_key: Mapped[str] = mapped_column(ByCharacter, default=_key_of_name)  # see `names.name_key`
    restricted: Mapped[bool] = mapped_column(default=False)
    restricted_by_id: Mapped[str | None] = mapped_column(Id)
    created_by_id: Mapped[str | None] = mapped_column(Id, index=True)
    merged_into_id: Mapped[str | None] = mapped_column(Id, ForeignKey("patients.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime | None] = mapped_column(onupdate=utc_now)


class PatientUser(Base):
    """A patient's own account, linked by the staff: it sees this record."""

    __tablename__ = "patient_users"

    patient_id: Mapped[str] = mapped_column(Id, ForeignKey("patients.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id"), primary_key=True, index=True)
    linked_by_id: Mapped[str] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class PatientGrant(Base):
    """A record that somebody sees until a time: granted by a colleague, or opened in an emergency (break-glass)."""

    __tablename__ = "patient_grants"
    __table_args__ = (Index(None, "user_id", "expires_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    patient_id: Mapped[str] = mapped_column(Id, ForeignKey("patients.id"), index=True)
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(String(12))  # grant | break_glass
    reason: Mapped[str] = mapped_column(String(500), default="")
    granted_by_id: Mapped[str] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[str | None] = mapped_column(Id)


class PatientMerge(Base):
    """That two records were one person's: what was moved, so that it can be moved back."""

    __tablename__ = "patient_merges"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    patient_id: Mapped[str] = mapped_column(Id, ForeignKey("patients.id"), index=True)
    into_id: Mapped[str] = mapped_column(Id, ForeignKey("patients.id"), index=True)
    merged_by_id: Mapped[str] = mapped_column(Id)
    reason: Mapped[str] = mapped_column(String(500), default="")
    moved: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[str | None] = mapped_column(Id)


class Visit(Base):
    """Once that a patient comes, or is going to."""

    __tablename__ = "visits"
    __table_args__ = (
        UniqueConstraint("organization_id", "number"),
        Index(None, "patient_id", "starts_at"),
        Index(None, "organization_id", "starts_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    organization_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"))
    patient_id: Mapped[str] = mapped_column(Id, ForeignKey("patients.id"))
    number: Mapped[str] = mapped_column(String(64))
    type: Mapped[str] = mapped_column(String(12))
    status: Mapped[str] = mapped_column(String(12))
    department: Mapped[str] = mapped_column(String(64), default="")
    doctor: Mapped[str] = mapped_column(String(64), default="")
    reason: Mapped[str] = mapped_column(String(1000), default="")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    created_by_id: Mapped[str] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime | None] = mapped_column(onupdate=utc_now)


class ProcedureStep(Base):
    """An examination that is planned in a visit: what a modality finds in its worklist."""

    __tablename__ = "procedure_steps"
    __table_args__ = (
        UniqueConstraint("organization_id", "accession_number"),
        Index(None, "organization_id", "status", "starts_at"),
        Index(None, "organization_id", "study_uid"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    organization_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"))
    visit_id: Mapped[str] = mapped_column(Id, ForeignKey("visits.id"), index=True)
    modality: Mapped[str] = mapped_column(String(16))
    station_ae: Mapped[str] = mapped_column(String(16), default="")
    starts_at: Mapped[datetime]
    accession_number: Mapped[str] = mapped_column(String(16))
    description: Mapped[str] = mapped_column(String(64), default="")
    physician: Mapped[str] = mapped_column(String(64), default="")
    study_uid: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(12), default="SCHEDULED")  # → PERFORMED | CANCELLED
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
