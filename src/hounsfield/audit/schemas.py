"""What travels: rows of the trail as people read them."""

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel

from hounsfield.audit.models import AuditEntry
from hounsfield.audit.verify import Problem, Verdict


class AuditView(BaseModel):
    """One row; `number` is empty for the seconds until it is sealed."""

    id: str
    number: int | None
    at: datetime
    until: datetime | None
    count: int
    organization_id: str
    actor_kind: str
    actor_id: str
    actor_name: str
    actor_roles: str
    action: str
    object_type: str
    object_id: str
    patient_id: str | None
    outcome: str
    reason: str
    source: str
    address: str
    details: dict[str, Any]
    hash: str | None

    @classmethod
    def of(cls, row: AuditEntry) -> Self:
        return cls.model_validate(row, from_attributes=True)


class AccessView(BaseModel):
    """One access to a patient's data, as the patient is told of it."""

    at: datetime
    until: datetime | None
    count: int
    actor_name: str
    actor_roles: str
    actor_kind: str
    action: str
    object_type: str
    object_id: str
    outcome: str
    reason: str
    source: str

    @classmethod
    def of(cls, row: AuditEntry) -> Self:
        return cls.model_validate(row, from_attributes=True)


class VerdictView(BaseModel):
    """What the check of a chain found; `number` is the first row that is wrong, or missing."""

    organization_id: str
    ok: bool
    entries: int
    head: str
    waiting: int
    unmarked: int
    problem: Problem | None
    number: int | None

    @classmethod
    def of(cls, verdict: Verdict) -> Self:
        return cls.model_validate(verdict, from_attributes=True)


class Verification(BaseModel):
    ok: bool
    chains: list[VerdictView]
