"""Matching images to patients."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hounsfield.patients.models import Patient


def match_or_create(
    session: Session,
    organization_id: str,
    *,
    mrn: str,
    issuer: str = "",
    name: str = "",
    sex: str | None = None,
    birth_date: str | None = None,
) -> Patient:
    """Return the organization's patient with this record number, creating one the first time it is seen."""
    query = select(Patient).where(
        Patient.organization_id == organization_id, Patient.mrn == mrn, Patient.issuer == issuer
    )
    found = session.scalar(query)
    if found is not None:
        return found
    patient = Patient(
        organization_id=organization_id, mrn=mrn, issuer=issuer, name=name, sex=sex, birth_date=birth_date
    )
    try:
        with session.begin_nested():
            session.add(patient)
    except IntegrityError:
        return session.execute(query).scalar_one()
    return patient
