"""Finding studies: by what a person remembers of them, in the order they ask for."""

from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, or_, select

from hounsfield.accounts.actor import Actor
from hounsfield.imaging.access import visible_studies
from hounsfield.imaging.models import Series, Study
from hounsfield.kit.paging import like
from hounsfield.patients.models import Patient
from hounsfield.patients.search import fits

StudySort = Literal["-created_at", "created_at", "-study_date", "study_date", "name", "-name"]

_undated, _unnamed = Study.study_date.is_(None), Patient.name == ""
# databases disagree where to put what is missing; here it is always last
SORTS: dict[StudySort, tuple[ColumnElement[Any], ...]] = {
    "-created_at": (Study.created_at.desc(),),
    "created_at": (Study.created_at.asc(),),
    "-study_date": (_undated, Study.study_date.desc(), Study.study_time.desc()),
    "study_date": (_undated, Study.study_date.asc(), Study.study_time.asc()),
    "name": (_unnamed, Patient.name.asc()),
    "-name": (_unnamed, Patient.name.desc()),
}


def worklist(
    actor: Actor,
    *,
    text: str | None,
    modality: str | None,
    date_from: str | None,
    date_to: str | None,
    patient_id: str | None = None,
    sort: StudySort,
) -> Select[Study, Patient]:
    """Return the query for the studies an actor may see; dates are DICOM's (YYYYMMDD)."""
    query = (
        select(Study, Patient)
        .join(Patient, Patient.id == Study.patient_id)
        .where(visible_studies(actor))
        .order_by(*SORTS[sort], Study.id.desc())
    )
    if text:
        pattern = like(text)
        columns = (Patient.name, Patient.mrn, Study.description, Study.accession_number, Study.study_uid)
        named = (column.ilike(pattern, escape="\\") for column in columns)
        query = query.where(or_(fits(text), *named))
    if patient_id:
        query = query.where(Study.patient_id == patient_id)
    if modality:
        query = query.where(Study.id.in_(select(Series.study_id).where(Series.modality == modality)))
    if date_from:
        query = query.where(Study.study_date >= date_from)
    if date_to:
        query = query.where(Study.study_date <= date_to)
    return query
