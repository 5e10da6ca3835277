"""Figures about the patients an actor sees."""

from collections import Counter
from datetime import date, timedelta

from pydantic import BaseModel
from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from hounsfield.accounts.permissions import Actor
from hounsfield.kit.clock import utc_now
from hounsfield.patients.access import visible_patients
from hounsfield.patients.models import Patient, Visit

AGES = (0, 18, 40, 65)
MONTHS = 12


class Band(BaseModel):
    """Ages from (inclusive) to (exclusive); `to` is null for the last."""

    start: int
    to: int | None
    count: int


class Month(BaseModel):
    month: str
    count: int


class PatientStatistics(BaseModel):
    total: int
    new_this_month: int
    restricted: int
    visits_today: int
    visits_scheduled: int
    by_sex: dict[str, int]
    by_age: list[Band]
    by_month: list[Month]


def statistics(session: Session, actor: Actor, today: date | None = None) -> PatientStatistics:
    """Count the patients an actor sees; days and months are those of UTC."""
    now = utc_now()
    today = today or now.date()
    seen = (visible_patients(actor), Patient.merged_into_id.is_(None))
    sexes = select(Patient.sex, func.count()).where(*seen).group_by(Patient.sex)
    by_sex: Counter[str] = Counter()
    for sex, count in session.execute(sexes):
        by_sex[sex if sex in ("M", "F", "O") else "unknown"] += count
    months = _months(session, seen, today)
    start_of_day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    patients = select(Patient.id).where(*seen)
    visits = select(func.count()).select_from(Visit).where(Visit.patient_id.in_(patients))
    day = (Visit.starts_at >= start_of_day, Visit.starts_at < start_of_day + timedelta(days=1))
    return PatientStatistics(
        total=by_sex.total(),
        new_this_month=months[-1].count,
        restricted=_count(session, select(func.count(Patient.id)).where(*seen, Patient.restricted)),
        visits_today=_count(session, visits.where(*day, Visit.status != "CANCELLED")),
        visits_scheduled=_count(session, visits.where(Visit.status == "SCHEDULED", Visit.starts_at >= now)),
        by_sex=dict(by_sex),
        by_age=_ages(session, seen, today),
        by_month=months,
    )


def _count(session: Session, query: Select[int]) -> int:
    return session.scalar(query) or 0


def _ages(session: Session, seen: tuple[object, ...], today: date) -> list[Band]:
    # who was born after this day is younger than so many years; dates compare as text
    born = [f"{today.year - age:04d}{today.month:02d}{today.day:02d}" for age in AGES[1:]]
    band = case(*((Patient.birth_date > day, index) for index, day in enumerate(born)), else_=len(born))
    query = select(band, func.count()).where(*seen, Patient.birth_date.is_not(None)).group_by(band)  # type: ignore[arg-type]
    counts: dict[int, int] = dict(session.execute(query).all())
    ends = [*AGES[1:], None]
    return [
        Band(start=start, to=end, count=counts.get(index, 0))
        for index, (start, end) in enumerate(zip(AGES, ends, strict=True))
    ]


def _months(session: Session, seen: tuple[object, ...], today: date) -> list[Month]:
    first = today.year * 12 + today.month - MONTHS
    names = [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in range(first, first + MONTHS)]
    since = utc_now().replace(
        year=first // 12, month=first % 12 + 1, day=1, hour=0, minute=0, second=0, microsecond=0
    )
    month = func.substr(func.replace(Patient.created_at, "T", " "), 1, 7)
    counts: dict[str, int] = {}
    if session.get_bind().dialect.name == "postgresql":
        month = func.to_char(Patient.created_at, "YYYY-MM")
    query = select(month, func.count()).where(*seen, Patient.created_at >= since).group_by(month)  # type: ignore[arg-type]
    for name, count in session.execute(query):
        counts[name] = count
    return [Month(month=name, count=counts.get(name, 0)) for name in names]
