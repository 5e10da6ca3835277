"""An administrator whose organization has a trail of some rows."""

from collections.abc import Callable

import pytest
from tests.factories.accounts import make_actor, make_user

from hounsfield.accounts.models import ClinicalRole, Tier
from hounsfield.accounts.permissions import Actor
from hounsfield.audit.service import note
from hounsfield.kit.platform import Platform


@pytest.fixture
def administrator(platform: Platform) -> Actor:
    user = make_user(platform, "head", tier=Tier.ADMIN, clinical_role=ClinicalRole.DOCTOR)
    return make_actor(platform, user)


@pytest.fixture
def write_rows(platform: Platform, administrator: Actor) -> Callable[[int], None]:
    """Notes that many rows, each in a transaction of its own."""

    def write(count: int) -> None:
        for number in range(count):
            with platform.db.write() as session:
                note(
                    session,
                    administrator,
                    "study.update",
                    object_type="study",
                    object_id=f"1.2.{number}",
                    patient_id="a" * 32,
                    reason="接诊",
                    details={"changed": ["patient_id"], "n": number},
                )

    return write
