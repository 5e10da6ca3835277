"""Which instances C-MOVE, C-GET and our own sending mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, select

from hounsfield.dimse.identifiers import Keys
from hounsfield.dimse.levels import UNIQUE, above
from hounsfield.dimse.search import conditions, joined
from hounsfield.imaging.models import Instance, Study
from hounsfield.kit.platform import Platform

_MOST_IDS: Final = 500  # in one query


@dataclass(frozen=True)
class Chosen:
    """An instance that is to be sent."""

    instance_id: str
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    sha256: str
    study_uid: str
    patient_id: str


_COLUMNS: Final[tuple[Any, ...]] = (
    Instance.id,
    Instance.sop_class_uid,
    Instance.sop_uid,
    Instance.transfer_syntax_uid,
    Instance.sha256,
    Study.study_uid,
    Study.patient_id,
)


def named(
    platform: Platform, organization_id: str, level: str, keys: Keys, *also: ColumnElement[bool]
) -> list[Chosen]:
    """Return the instances below what the unique keys name, if a further condition keeps them."""
    unique = {UNIQUE[each]: keys[UNIQUE[each]] for each in above(level) if keys.get(UNIQUE[each])}
    query = _query().where(*conditions(organization_id, "IMAGE", unique), *also)
    return _fetch(platform, query)


def of_ids(platform: Platform, organization_id: str, ids: Sequence[str]) -> list[Chosen]:
    """Return the instances of these ids that are still there."""
    found: list[Chosen] = []
    for start in range(0, len(ids), _MOST_IDS):
        part = ids[start : start + _MOST_IDS]
        query = _query().where(Instance.organization_id == organization_id, Instance.id.in_(part))
        found += _fetch(platform, query)
    return found


def _query() -> Select[Any]:
    return joined(select(*_COLUMNS).select_from(Instance), "IMAGE").order_by(
        Instance.series_id, Instance.number, Instance.id
    )


def _fetch(platform: Platform, query: Select[Any]) -> list[Chosen]:
    with platform.db.read() as session:
        return [Chosen(*row) for row in session.execute(query)]
