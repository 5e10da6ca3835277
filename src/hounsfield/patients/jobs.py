"""Keeping records findable and readable: after an update that changed how, or a new secret."""

from functools import partial
from typing import Any

from sqlalchemy import not_, select
from sqlalchemy.orm import Session

from hounsfield.kit.jobs import job
from hounsfield.kit.platform import Platform
from hounsfield.patients.errors import IdNumberLocked
from hounsfield.patients.id_numbers import IdNumbers
from hounsfield.patients.models import Patient
from hounsfield.patients.names import search_text

BATCH = 200


@job("patients.keep")
def keep(platform: Platform, **_arguments: Any) -> None:
    """Write search texts that are missing, and seal identity numbers of an earlier secret with the present one."""
    numbers = IdNumbers(platform.settings)
    for step in (_index, partial(_reseal, numbers)):
        after: str | None = ""
        while after is not None:
            with platform.db.write() as session:
                after = step(session, after)


def _index(session: Session, after: str) -> str | None:
    rows = _next(session, Patient.search_text == "", after)
    for row in rows:
        row.search_text = search_text(row.name, row.mrn, row.phone)
    return rows[-1].id if len(rows) == BATCH else None


def _reseal(numbers: IdNumbers, session: Session, after: str) -> str | None:
    present = Patient.id_number.startswith(f"{numbers.key.id}:")
    rows = _next(session, not_(present), after)
    for row in rows:
        try:
            number = numbers.open(row.id, row.id_number or "")
        except IdNumberLocked:
            continue  # its secret may be listed again one day
        row.id_number = numbers.seal(row.id, number)
        row.id_number_mark = numbers.mark(row.organization_id, number)
    return rows[-1].id if len(rows) == BATCH else None


def _next(session: Session, condition: Any, after: str) -> list[Patient]:
    query = select(Patient).where(condition, Patient.id > after).order_by(Patient.id).limit(BATCH)
    return list(session.scalars(query))
