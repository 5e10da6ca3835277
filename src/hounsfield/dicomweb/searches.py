"""The statements behind a search. What does not depend on the query is put together once (`prepared`); rows come as columns,
since making objects of them takes longer than finding them."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, literal, select

from hounsfield.accounts.permissions import Actor, prepared
from hounsfield.dicomweb.matching import condition, near, words
from hounsfield.dicomweb.query import (
    INSTANCE_KEYS,
    MODALITIES_IN_STUDY,
    SERIES_KEYS,
    STUDY_KEYS,
    Query,
)
from hounsfield.imaging.access import visible_studies, within_reach
from hounsfield.imaging.models import Instance, Series, Study
from hounsfield.patients.models import Patient

MOST_COUNTED = 200  # beyond it nobody waits to learn how many there are
_STUDY_COLUMNS = (
    Study.id.label("study_id"), Study.study_uid, Study.study_date, Study.study_time, Study.accession_number,
    Study.modalities, Study.referring_physician, Study.description.label("study_description"),
    Study.study_code, Study.series_count, Study.instance_count.label("study_instance_count"),
    Patient.name.label("patient_name"), Patient.mrn, Patient.issuer, Patient.birth_date, Patient.sex,
)  # fmt: skip
_SERIES_COLUMNS = (
    Series.id, Series.series_uid, Series.modality, Series.number, Series.description, Series.body_part,
    Series.instance_count, Series.performed_date, Series.performed_time, Series.step_code,
    Series.procedure_code,
)  # fmt: skip
_INSTANCE_COLUMNS = (
    Instance.sop_uid, Instance.sop_class_uid, Instance.number, Instance.header, Instance.transfer_syntax_uid,
    Instance.series_id, Series.series_uid, Study.study_uid,
)  # fmt: skip
_SLOW = frozenset({"00100010"})  # PatientName: what its index keeps is judged again, name by name
_FEW = 500  # patients
_MANY = 5000  # series
_KEYS = {**STUDY_KEYS, **SERIES_KEYS, **INSTANCE_KEYS}


def _seen(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """Keep what an actor sees; the second condition lets an index find patients by their number."""
    return visible_studies(actor), within_reach(actor, Patient.organization_id)


@prepared
def studies(actor: Actor) -> Select[Any]:
    """Find the studies that an actor sees, newest first."""
    statement: Select[Any] = select(*_STUDY_COLUMNS).join(Patient, Patient.id == Study.patient_id)
    return statement.where(*_seen(actor)).order_by(Study.study_date.desc(), Study.id.desc())


@prepared
def series(actor: Actor) -> Select[Any]:
    """Find series, those of the newest study first."""
    columns: tuple[Any, ...] = (*_SERIES_COLUMNS, *_STUDY_COLUMNS)
    statement = select(*columns)
    statement = statement.join(Study, Study.id == Series.study_id).join(
        Patient, Patient.id == Study.patient_id
    )
    order = (Study.study_date.desc(), Study.id.desc(), Series.number, Series.series_uid)
    return statement.where(*_seen(actor)).order_by(*order)


@prepared
def instances(actor: Actor) -> Select[Any]:
    """Find instances, series by series."""
    return (
        select(*_INSTANCE_COLUMNS)
        .join(Series, Series.id == Instance.series_id)
        .join(Study, Study.id == Series.study_id)
        .join(Patient, Patient.id == Study.patient_id)
        .where(visible_studies(actor))
        .order_by(Instance.series_id, Instance.number, Instance.sop_uid)
    )


def narrowed(connection: Connection, statement: Select[Any], query: Query, actor: Actor) -> Select[Any]:
    """Keep what matches."""
    for way, text in query.matches.items():
        column, vr = _KEYS[way]
        wanted = condition(column, vr, text, fuzzy=query.fuzzy)
        if wanted is None:
            continue
        if column is Patient.name:
            wanted = _sounding_like(connection, actor, text) if query.fuzzy else _named(actor, wanted, text)
        if way == MODALITIES_IN_STUDY:
            wanted = _having(connection, actor, wanted)
        statement = statement.where(wanted)
    return statement


def _having(connection: Connection, actor: Actor, series: ColumnElement[bool]) -> ColumnElement[bool]:
    """Keep the studies with such a series: by who has one where those are few, else the newest studies tell soonest."""
    having = select(Series.study_id).where(series, within_reach(actor, Series.organization_id))
    some = having.with_only_columns(literal(1)).limit(_MANY).subquery()
    if connection.execute(select(func.count()).select_from(some), actor.bound).scalar_one() < _MANY:
        return Study.id.in_(having)
    return select(Series.id).where(Series.study_id == Study.id, series).exists()


def _named(actor: Actor, named: ColumnElement[bool], text: str) -> ColumnElement[bool]:
    """Keep the studies of those who bear a name: few do, so they are looked for among patients, not study by study."""
    reach = within_reach(actor, Patient.organization_id)
    return Study.patient_id.in_(select(Patient.id).where(near(Patient.name_key, text), named, reach))


def _sounding_like(connection: Connection, actor: Actor, text: str) -> ColumnElement[bool]:
    """Keep the studies of whom these words fit: by who they are where they are few, else the newest studies tell soonest."""
    fits = words(Patient.name_key, text)
    some = select(Patient.id).where(fits, within_reach(actor, Patient.organization_id)).limit(_FEW + 1)
    bearers = list(connection.scalars(some, actor.bound))
    return fits if len(bearers) > _FEW else Study.patient_id.in_(bearers)


def page(
    connection: Connection, statement: Select[Any], query: Query, actor: Actor, most: int
) -> tuple[list[Any], int]:
    """Return the rows that are asked for, and how many there are in all: counted up to `MOST_COUNTED` beyond this page."""
    limit = min(query.limit if query.limit is not None else most, most)
    if (
        query.matches.keys() & _SLOW and not query.fuzzy
    ):  # looking twice takes longer than reading what is only counted
        found = list(connection.execute(statement.limit(query.offset + limit + MOST_COUNTED), actor.bound))
        return found[query.offset : query.offset + limit], len(found)
    wanted = statement.limit(limit).offset(query.offset) if query.offset else statement.limit(limit)
    rows = list(connection.execute(wanted, actor.bound))
    if query.offset == 0 and len(rows) < limit:
        return rows, len(rows)
    counted = (
        statement.with_only_columns(Study.id)
        .order_by(None)
        .limit(query.offset + limit + MOST_COUNTED)
        .subquery()
    )
    total = connection.scalar(select(func.count()).select_from(counted), actor.bound)
    return rows, int(total or 0)
