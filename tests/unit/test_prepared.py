"""A statement made once for everybody of a tier and role says what the one made for each of them says."""

import re

import pytest
from sqlalchemy import Select, select

from hounsfield.accounts.models import ClinicalRole, Tier
from hounsfield.accounts.permissions import Actor, permissions_of, prepared
from hounsfield.imaging.access import visible_studies
from hounsfield.imaging.models import Study
from hounsfield.patients.access import visible_patients
from hounsfield.patients.models import Patient


def both(actor: Actor) -> Select[str]:
    """Return a statement that asks for every policy of what somebody sees."""
    seen = select(Patient.id).where(visible_patients(actor))
    return select(Study.study_uid).where(visible_studies(actor), Study.patient_id.in_(seen))


def text(statement: Select[str]) -> str:
    return re.sub(r":\w+", ":value", str(statement))


@pytest.mark.parametrize("role", ClinicalRole)
@pytest.mark.parametrize("tier", Tier)
def test_it_asks_for_the_same(tier: Tier, role: ClinicalRole) -> None:
    actor = Actor("u" * 32, "somebody", "o" * 32, tier, role, "s" * 32, None, permissions_of(tier, role))
    statement = prepared(both)(actor)
    assert text(statement) == text(both(actor))
    asked = statement.compile().params
    assert "u" * 32 not in asked.values()
    assert "o" * 32 not in asked.values()
