"""Finding patients, studies, series and instances of one organization by the keys of C-FIND."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any, Final

from pydicom.datadict import dictionary_VR, tag_for_keyword
from sqlalchemy import ColumnElement, Select, func, not_, select
from sqlalchemy.orm import Session

from hounsfield.dicom.attributes import InstanceHeader
from hounsfield.dimse.identifiers import Keys, texts
from hounsfield.dimse.levels import ATTRIBUTES, UNIQUE, Row, above, in_header
from hounsfield.dimse.matching import condition, matches
from hounsfield.imaging.access import PRESENT
from hounsfield.imaging.models import Instance, Series, Study
from hounsfield.kit.platform import Platform
from hounsfield.patients.models import Patient

MODELS: Final[dict[str, Any]] = {"PATIENT": Patient, "STUDY": Study, "SERIES": Series, "IMAGE": Instance}
_HEADER: Final = frozenset(each.name for each in fields(InstanceHeader))
_AT_ONCE: Final = 200
_COUNTED: Final = {
    "NumberOfPatientRelatedStudies": func.count(),
    "NumberOfPatientRelatedSeries": func.sum(Study.series_count),
    "NumberOfPatientRelatedInstances": func.sum(Study.instance_count),
}
Answer = dict[str, Any]
# behind a title is a machine, not a person who could be told or asked: a restricted record is not there for it
OPEN: Final = not_(Patient.restricted)


def find(platform: Platform, organization_id: str, level: str, keys: Keys) -> Iterator[Answer]:
    """Yield the attributes that are asked for of everything that matches, by keyword.

    What is found is decided at once and read in portions, so that no transaction is open while an answer is sent.
    """
    with platform.db.read() as session:
        ids = list(session.scalars(matching(organization_id, level, keys)))
    for start in range(0, len(ids), _AT_ONCE):
        with platform.db.read() as session:
            found = _read(session, level, ids[start : start + _AT_ONCE], keys)
        yield from found


def matching(organization_id: str, level: str, keys: Keys) -> Select[Any]:
    """Return the query for the ids, at a level, of everything that matches in its columns."""
    model = MODELS[level]
    query = select(model.id).where(OPEN, *conditions(organization_id, level, keys)).order_by(model.id)
    return joined(query, level)


def conditions(organization_id: str, level: str, keys: Keys) -> list[ColumnElement[bool]]:
    """Return what must be the case, as far as the database can tell."""
    model = MODELS[level]
    found: list[ColumnElement[bool]] = [model.organization_id == organization_id]
    if level == "PATIENT":
        found.append(Patient.merged_into_id.is_(None))
    levels = above(level)
    for keyword, values in keys.items():
        attribute = ATTRIBUTES.get(keyword)
        if attribute and attribute.level in levels and isinstance(values, list):
            wanted = condition(attribute.column, vr_of(keyword), values)
            if wanted is not None:
                found.append(wanted)
    if "STUDY" in levels and (modalities := keys.get("ModalitiesInStudy")):
        wanted = condition(Series.modality, "CS", modalities)
        if wanted is not None:
            inside = select(Series.study_id).where(Series.organization_id == organization_id, wanted)
            found.append(Study.id.in_(inside))
    return found


def joined(query: Select[Any], level: str) -> Select[Any]:
    """Join the levels above to a query that begins at a level."""
    if level == "IMAGE":
        query = query.join(Series, Series.id == Instance.series_id)
    if level in ("IMAGE", "SERIES"):
        query = query.join(Study, Study.id == Series.study_id)
    if level != "PATIENT":
        query = query.join(Patient, Patient.id == Study.patient_id).where(PRESENT)
    return query


def vr_of(keyword: str) -> str:
    tag = tag_for_keyword(keyword)
    return dictionary_VR(tag).split(" ")[0] if tag is not None else "UN"


def _read(session: Session, level: str, ids: Sequence[str], keys: Keys) -> list[Answer]:
    models = [MODELS[each] for each in above(level)]
    query = joined(select(*models).select_from(MODELS[level]), level).where(MODELS[level].id.in_(ids))
    rows: list[Row] = [dict(zip(models, row, strict=True)) for row in session.execute(query)]
    rows.sort(key=lambda row: row[models[-1]].id)
    headers = _headers(session, level, rows, keys)
    counts = _counts(session, level, rows, keys)
    answers = []
    for row in rows:
        header = headers.get(row[models[-1]].id, {})
        if _header_matches(level, keys, header):
            answers.append(_answer(level, keys, row, header, counts.get(row[Patient].id, {})))
    return answers


def _headers(session: Session, level: str, rows: Sequence[Row], keys: Keys) -> dict[str, dict[str, Any]]:
    """Return the header of an instance of each row, where one is needed."""
    needed = [k for k in keys if k not in ATTRIBUTES and in_header(k, level, _HEADER)]
    if level == "IMAGE":
        return {row[Instance].id: row[Instance].header for row in rows}
    if not needed:
        return {}
    ids = [row[MODELS[level]].id for row in rows]
    owner = Series.id if level == "SERIES" else Series.study_id
    first = (
        select(owner.label("owner"), func.min(Instance.id).label("instance"))
        .join(Instance, Instance.series_id == Series.id)
        .where(owner.in_(ids))
        .group_by(owner)
        .subquery()
    )
    query = select(first.c.owner, Instance.header).join(Instance, Instance.id == first.c.instance)
    return {row.owner: row.header for row in session.execute(query)}


def _counts(session: Session, level: str, rows: Sequence[Row], keys: Keys) -> dict[str, dict[str, int]]:
    asked = [keyword for keyword in _COUNTED if keyword in keys]
    if not asked or level not in ("PATIENT", "STUDY"):
        return {}
    query = (
        select(Study.patient_id, *(_COUNTED[keyword] for keyword in asked))
        .where(Study.patient_id.in_([row[Patient].id for row in rows]), PRESENT)
        .group_by(Study.patient_id)
    )
    return {
        patient_id: dict(zip(asked, (int(each or 0) for each in numbers), strict=True))
        for patient_id, *numbers in session.execute(query)
    }


def _header_matches(level: str, keys: Keys, header: dict[str, Any]) -> bool:
    return all(
        matches(vr_of(keyword), values, texts(header.get(keyword)))
        for keyword, values in keys.items()
        if values
        and keyword not in ATTRIBUTES
        and isinstance(values, list)
        and in_header(keyword, level, _HEADER)
    )


def _answer(level: str, keys: Keys, row: Row, header: dict[str, Any], counts: dict[str, int]) -> Answer:
    levels = above(level)
    # the unique keys of the level and those above are always there
    asked = {*keys, *(UNIQUE[each] for each in levels)}
    answer: Answer = {}
    for keyword in asked:
        attribute = ATTRIBUTES.get(keyword)
        if attribute and attribute.level in levels:
            answer[keyword] = attribute.show(row)
        elif keyword == "ModalitiesInStudy" and "STUDY" in levels:
            answer[keyword] = list(row[Study].modalities)
        elif keyword in counts:
            answer[keyword] = counts[keyword]
        elif in_header(keyword, level, _HEADER):
            answer[keyword] = header.get(keyword)
        elif vr_of(keyword) == "SQ":
            answer[keyword] = []
        else:
            answer[keyword] = None
    return answer
