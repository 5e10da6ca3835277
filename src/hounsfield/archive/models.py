"""Projects of de-identification, exports, how long studies are kept, and what the last integrity check found."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from hounsfield.kit.clock import utc_now
from hounsfield.kit.db import Base, Id
from hounsfield.kit.ids import new_id


class DeidProject(Base):
    """How one project de-identifies. Its key is derived from `salt` and the installation's secret, never stored."""

    __tablename__ = "deid_projects"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    organization_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    prefix: Mapped[str] = mapped_column(String(8))
    salt: Mapped[str] = mapped_column(String(64))
    options: Mapped[list[Any]]
    regions: Mapped[list[Any]]
    created_by: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    deleted_at: Mapped[datetime | None]


class Export(Base):
    """Studies on their way into a ZIP, or as de-identified copies back into the archive."""

    __tablename__ = "exports"
    __table_args__ = (Index(None, "organization_id", "created_at"), Index(None, "status"))

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    organization_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"))
    owner_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(200))
    form: Mapped[str] = mapped_column(String(10))  # dicomdir | zip | copy
    project_id: Mapped[str | None] = mapped_column(Id, ForeignKey("deid_projects.id"))
    instance_ids: Mapped[list[Any]]  # what was chosen, as it was when it was asked for
    study_uids: Mapped[list[Any]]
    # QUEUED → RUNNING → DONE | FAILED | CANCELLED, then EXPIRED
    status: Mapped[str] = mapped_column(String(10), default="QUEUED")
    total: Mapped[int] = mapped_column(Integer, default=0)
    done: Mapped[int] = mapped_column(Integer, default=0)
    skipped: Mapped[list[Any]] = mapped_column(default=list)  # what could not be de-identified, by reason
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    failure_code: Mapped[str | None] = mapped_column(String(40))
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]


class RetentionPolicy(Base):
    """For how many days an organization keeps studies of one modality; the empty one stands for all others."""

    __tablename__ = "retention_policies"

    organization_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"), primary_key=True)
    modality: Mapped[str] = mapped_column(String(16), primary_key=True, default="")
    days: Mapped[int] = mapped_column(Integer)


class StorageSample(Base):
    """How much an organization stored on a day: growth is what lies between two of them."""

    __tablename__ = "storage_samples"

    organization_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"), primary_key=True)
    day: Mapped[str] = mapped_column(String(8), primary_key=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    studies: Mapped[int] = mapped_column(Integer)


class OrphanObject(Base):
    """An object that a purge left without a row: removed when nothing names it after a while."""

    __tablename__ = "orphan_objects"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    since: Mapped[datetime] = mapped_column(default=utc_now, index=True)


class IntegrityCheck(Base):
    """One pass over every object."""

    __tablename__ = "integrity_checks"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    status: Mapped[str] = mapped_column(String(10), default="RUNNING")  # → DONE
    last_seen: Mapped[str] = mapped_column(String(64), default="")  # the last object that was looked at
    total: Mapped[int] = mapped_column(Integer, default=0)
    checked: Mapped[int] = mapped_column(Integer, default=0)
    bad: Mapped[list[Any]] = mapped_column(default=list)  # sha256, what: missing | corrupt, repaired
    repaired: Mapped[int] = mapped_column(Integer, default=0)
    lost: Mapped[int] = mapped_column(Integer, default=0)
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    finished_at: Mapped[datetime | None]
