"""Finding patients by what a person remembers of them."""

import re
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, or_, select

from hounsfield.accounts.permissions import Actor
from hounsfield.kit.paging import like
from hounsfield.patients.access import visible_patients
from hounsfield.patients.id_numbers import IdNumbers
from hounsfield.patients.models import Patient
from hounsfield.patients.names import compact, fold

PatientSort = Literal["-created_at", "created_at", "name", "-name", "mrn", "-mrn"]
_SORTS: dict[PatientSort, tuple[ColumnElement[Any], ...]] = {
    "-created_at": (Patient.created_at.desc(),),
    "created_at": (Patient.created_at.asc(),),
    # databases disagree where to put what is missing; here it is always last
    "name": (Patient.name == "", Patient.name.asc()),
    "-name": (Patient.name == "", Patient.name.desc()),
    "mrn": (Patient.mrn.asc(),),
    "-mrn": (Patient.mrn.desc(),),
}
_ID_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z -]{3,31}")


def register(
    actor: Actor,
    numbers: IdNumbers,
    *,
    text: str | None = None,
    sex: str | None = None,
    restricted: bool | None = None,
    sort: PatientSort = "-created_at",
) -> Select[Patient]:
    """Return the query for the patients an actor may see; records that were merged are found under the other one."""
    query = (
        select(Patient)
        .where(visible_patients(actor), Patient.merged_into_id.is_(None))
        .order_by(*_SORTS[sort], Patient.id.desc())
    )
    if text and text.strip():
        query = query.where(or_(fits(text), _has_id_number(actor, text, numbers)))
    if sex:
        query = query.where(Patient.sex == sex)
    if restricted is not None:
        query = query.where(Patient.restricted == restricted)
    return query


def fits(text: str) -> ColumnElement[bool]:
    """Return the condition that keeps the patients a text fits: name, sound of it, record number or telephone, in part."""
    column = Patient.search_text
    words = [word for word in re.split(r"[\s,^=]+", fold(text)) if word]
    every = and_(*(column.like(like(word), escape="\\") for word in words))
    joined = compact(text)
    return or_(every, column.like(like(joined), escape="\\")) if joined else every


def _has_id_number(actor: Actor, text: str, numbers: IdNumbers) -> ColumnElement[bool]:
    number = re.sub(r"[\s-]", "", text).upper()
    if not _ID_NUMBER.fullmatch(number):
        return Patient.id_number_mark.in_([])
    return and_(
        Patient.organization_id == actor.organization_id,
        Patient.id_number_mark.in_(numbers.marks(actor.organization_id, number)),
    )


def for_the_trail(text: str) -> str:
    """Return a searched text as the audit trail keeps it: what may be an identity number is masked."""
    return re.sub(r"\d[\d -]{10,}[\dXx]", lambda found: found[0][:3] + "*" * (len(found[0]) - 3), text)
