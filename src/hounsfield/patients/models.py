"""Patients: who the images are of."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hounsfield.kit.clock import utc_now
from hounsfield.kit.db import Base, Id
from hounsfield.kit.ids import new_id


class Patient(Base):
    """A person in one organization's care, known by a medical record number and who issued it."""

    __tablename__ = "patients"
    __table_args__ = (UniqueConstraint("organization_id", "mrn", "issuer"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    organization_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"))
    mrn: Mapped[str] = mapped_column(String(64))
    issuer: Mapped[str] = mapped_column(String(64), default="")
    name: Mapped[str] = mapped_column(String(200), default="")
    sex: Mapped[str | None] = mapped_column(String(16))
    birth_date: Mapped[str | None] = mapped_column(String(8))  # YYYYMMDD, as DICOM writes it
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
