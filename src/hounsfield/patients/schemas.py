"""What travels about patients."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from hounsfield.accounts.schemas import Phone
from hounsfield.patients.id_numbers import IdNumbers
from hounsfield.patients.models import Patient

Mrn = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=64, pattern=r"^[^?\\\x00-\x1f][^\\\x00-\x1f]*$"
    ),
]
Issuer = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64, pattern=r"^[^\\\x00-\x1f]*$")]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Sex = Literal["M", "F", "O"]
BirthDate = Annotated[str, StringConstraints(pattern=r"^(18|19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$")]
IdNumber = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z -]{3,31}$")]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PatientWish(Request):
    """A new record. Without a record number it gets one; the name is plain (`张三`; `Lindqvist, Elsa`) or as DICOM writes it."""

    name: Name
    mrn: Mrn | None = None
    issuer: Issuer = ""
    sex: Sex | None = None
    birth_date: BirthDate | None = None
    phone: Phone | None = None
    id_number: IdNumber | None = None
    notes: str = Field(default="", max_length=2000)


class PatientChange(Request):
    """What is given is changed; `id_number: null` removes it."""

    name: Name | None = None
    mrn: Mrn | None = None
    issuer: Issuer | None = None
    sex: Sex | None = None
    birth_date: BirthDate | None = None
    phone: Phone | None = None
    id_number: IdNumber | None = None
    notes: str | None = Field(default=None, max_length=2000)
    restricted: bool | None = None


class PatientView(BaseModel):
    """A record as people see it; the identity number is masked."""

    patient_id: str
    organization_id: str
    mrn: str
    issuer: str
    name: str
    sex: str | None
    birth_date: str | None
    phone: str | None
    id_number: str | None
    notes: str
    restricted: bool
    merged_into_id: str | None
    created_at: datetime
    updated_at: datetime | None


class PatientCan(BaseModel):
    """What the reader may do with this record."""

    update: bool
    grant: bool
    merge: bool
    restrict: bool
    reveal: bool
    link: bool
    accesses: bool
    create_visit: bool


class PatientDetail(PatientView):
    merged_from: list["MergedRecord"]
    can: PatientCan


class MergedRecord(BaseModel):
    patient_id: str
    mrn: str
    name: str


class RevealWish(Request):
    reason: Reason


class Revealed(BaseModel):
    id_number: str


class MergeWish(Request):
    into: str = Field(max_length=32)
    reason: str = Field(default="", max_length=500)


class GrantWish(Request):
    """To whom (user name or id), until when, why."""

    user: str = Field(min_length=1, max_length=64)
    expires_at: AwareDatetime
    reason: str = Field(default="", max_length=500)


class GrantView(BaseModel):
    grant_id: str
    patient_id: str
    user_id: str
    username: str
    kind: str
    reason: str
    granted_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    active: bool


class BreakGlassWish(Request):
    reason: Reason


class BreakGlassByNumber(BreakGlassWish):
    mrn: Mrn
    issuer: Issuer = ""


class Opened(BaseModel):
    patient_id: str
    grant_id: str
    expires_at: datetime


class LinkWish(Request):
    user: str = Field(min_length=1, max_length=64)


class LinkView(BaseModel):
    user_id: str
    username: str
    display_name: str
    created_at: datetime


def show(row: Patient, numbers: IdNumbers) -> PatientView:
    return PatientView(
        patient_id=row.id,
        organization_id=row.organization_id,
        mrn=shown_mrn(row),
        issuer=row.issuer,
        name=row.name,
        sex=row.sex,
        birth_date=row.birth_date,
        phone=row.phone,
        id_number=numbers.shown(row.id, row.id_number),
        notes=row.notes,
        restricted=row.restricted,
        merged_into_id=row.merged_into_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def shown_mrn(row: Patient) -> str:
    """Return a record number; one that was made up for images without any is nobody's to read."""
    return "" if row.mrn.startswith("?") else row.mrn
