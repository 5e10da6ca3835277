"""Making and changing records, and matching images to them."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hounsfield.accounts.permissions import Actor
from hounsfield.audit.errors import Refused
from hounsfield.audit.service import note
from hounsfield.kit.clock import utc_now
from hounsfield.kit.ids import new_id, order_number
from hounsfield.patients import hooks
from hounsfield.patients.access import about
from hounsfield.patients.errors import MergedAlready, MrnTaken
from hounsfield.patients.id_numbers import IdNumbers, checked
from hounsfield.patients.models import Patient
from hounsfield.patients.names import name_key, person_name, search_text
from hounsfield.patients.schemas import PatientChange, PatientWish


def match_or_create(
    session: Session,
    organization_id: str,
    *,
    mrn: str,
    issuer: str = "",
    name: str = "",
    sex: str | None = None,
    birth_date: str | None = None,
    creator_id: str | None = None,
) -> Patient:
    """Return the organization's patient with this record number, creating one the first time it is seen.

    A record that was merged leads to the one it became part of.
    """
    query = _by_number(organization_id, mrn, issuer)
    found = session.scalar(query)
    if found is not None:
        return surviving(session, found)
    patient = Patient(
        organization_id=organization_id,
        mrn=mrn,
        issuer=issuer,
        name=name,
        sex=sex,
        birth_date=birth_date,
        search_text=search_text(name, mrn, None),
        created_by_id=creator_id,
    )
    try:
        with session.begin_nested():
            session.add(patient)
    except IntegrityError:
        return surviving(session, session.execute(query).scalar_one())
    return patient


def _by_number(organization_id: str, mrn: str, issuer: str) -> Any:
    return select(Patient).where(
        Patient.organization_id == organization_id, Patient.mrn == mrn, Patient.issuer == issuer
    )


def surviving(session: Session, patient: Patient) -> Patient:
    """Return the record that a patient's data is kept under, after all merges."""
    while patient.merged_into_id:
        patient = session.get_one(Patient, patient.merged_into_id)
    return patient


def create(session: Session, actor: Actor, wish: PatientWish, numbers: IdNumbers) -> Patient:
    """Make a record in the actor's organization.

    Raises
    ------
    InvalidName, InvalidIdNumber, MrnTaken
    """
    actor.require("patient:create")
    row = Patient(
        id=new_id(),
        organization_id=actor.organization_id,
        mrn=wish.mrn or order_number("P", utc_now().strftime("%y%m%d")),
        issuer=wish.issuer,
        name=person_name(wish.name),
        sex=wish.sex,
        birth_date=wish.birth_date,
        phone=wish.phone,
        notes=wish.notes,
        created_by_id=actor.user_id,
    )
    _keep_id_number(row, wish.id_number, numbers)
    row.search_text = search_text(row.name, row.mrn, row.phone)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise MrnTaken from None
    note(session, actor, "patient.create", object_type="patient", object_id=row.id, patient_id=row.id)
    hooks.changed.fire(session, actor, row, "created")
    return row


def change(session: Session, actor: Actor, row: Patient, wish: PatientChange, numbers: IdNumbers) -> None:
    """Change what is given.

    Raises
    ------
    MergedAlready, InvalidName, InvalidIdNumber, MrnTaken
    Forbidden
        The actor may not say who sees the record.
    """
    if row.merged_into_id:
        raise MergedAlready
    given = wish.model_dump(exclude_unset=True)
    if given.get("restricted") not in (None, row.restricted):
        if not actor.may("patient:restrict"):
            raise Refused(about(actor, "patient.restrict", row))
        row.restricted = given["restricted"]
        row.restricted_by_id = actor.user_id if row.restricted else None
    if "id_number" in given:
        _keep_id_number(row, given["id_number"], numbers)
    if given.get("name"):
        row.name = person_name(given["name"])
        row.name_key = name_key(row.name)
    for column in ("mrn", "issuer", "notes"):
        if given.get(column) is not None:
            setattr(row, column, given[column])
    for column in ("sex", "birth_date", "phone"):
        if column in given:
            setattr(row, column, given[column])
    row.search_text = search_text(row.name, row.mrn, row.phone)
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError:
        raise MrnTaken from None
    note(
        session,
        actor,
        "patient.update",
        object_type="patient",
        object_id=row.id,
        patient_id=row.id,
        organization_id=row.organization_id,
        details={"changed": sorted(given)},
    )
    hooks.changed.fire(session, actor, row, "updated")


def _keep_id_number(row: Patient, typed: str | None, numbers: IdNumbers) -> None:
    if typed is None:
        row.id_number = row.id_number_mark = None
        return
    number = checked(typed)
    row.id_number = numbers.seal(row.id, number)
    row.id_number_mark = numbers.mark(row.organization_id, number)
