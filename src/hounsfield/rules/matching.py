"""Whether a series is one that a rule speaks of, and if not, why."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from fnmatch import translate

from sqlalchemy import select
from sqlalchemy.orm import Session

from hounsfield.imaging.models import Instance, Series
from hounsfield.rules.schemas import Conditions

MADE_HERE = "copy:"  # the source of what the platform itself made of other series


@dataclass(frozen=True)
class Facts:
    """What conditions ask about."""

    modality: str
    body_part: str
    description: str
    slices: int
    source: str
    sop_classes: frozenset[str]


def facts_of(session: Session, series: Series) -> Facts:
    classes = select(Instance.sop_class_uid).where(Instance.series_id == series.id).distinct()
    return Facts(
        series.modality,
        series.body_part,
        series.description,
        series.instance_count,
        series.source,
        frozenset(session.scalars(classes)),
    )


def why_not(conditions: Conditions, facts: Facts) -> list[str]:
    """Return the names of the conditions that are not met; none means that the rule speaks of the series."""
    met = {
        "modality": not conditions.modality or facts.modality in conditions.modality,
        "body_part": _fits(conditions.body_part, facts.body_part),
        "description": _fits(conditions.description, facts.description),
        "min_slices": conditions.min_slices is None or facts.slices >= conditions.min_slices,
        "max_slices": conditions.max_slices is None or facts.slices <= conditions.max_slices,
        # what a rule made would set it off again, and again: only a rule that asks for copies gets them
        "source": _fits(conditions.source, facts.source)
        if conditions.source
        else not facts.source.startswith(MADE_HERE),
        "sop_class": not conditions.sop_class or _any(conditions.sop_class, facts.sop_classes),
    }
    return [name for name, is_met in met.items() if not is_met]


def _fits(pattern: str, text: str) -> bool:
    return not pattern or re.match(translate(pattern.casefold()), text.casefold()) is not None


def _any(wanted: Collection[str], found: Collection[str]) -> bool:
    return not set(wanted).isdisjoint(found)
