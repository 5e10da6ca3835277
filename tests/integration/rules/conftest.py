"""A clinic with an administrator, a doctor whose points rules may spend, and images that arrive."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.factories import dicom
from tests.factories.accounts import bearer, make_organization, make_user
from tests.factories.engines import FakeEngine

from hounsfield.accounts.models import ClinicalRole, Tier, User
from hounsfield.imaging.completeness import STUDY_QUIET_SECONDS, complete_quiet
from hounsfield.imaging.intake import Intake
from hounsfield.kit.platform import Platform
from hounsfield.system import configs

Headers = dict[str, str]


@pytest.fixture
def clinic(platform: Platform) -> str:
    return make_organization(platform)


@pytest.fixture
def chief(platform: Platform, clinic: str) -> User:
    return make_user(platform, "chief", organization_id=clinic, tier=Tier.ADMIN)


@pytest.fixture
def doctor(platform: Platform, clinic: str) -> User:
    return make_user(platform, "doctor", organization_id=clinic, clinical_role=ClinicalRole.DOCTOR)


@pytest.fixture
def as_chief(platform: Platform, chief: User) -> Headers:
    return bearer(platform, chief)


@pytest.fixture
def as_doctor(platform: Platform, doctor: User) -> Headers:
    return bearer(platform, doctor)


@pytest.fixture
def arrive(platform: Platform, clinic: str) -> Callable[..., None]:
    """Have a series come from a scanner; `quiet` lets the quiet period pass."""

    def come(*, quiet: bool = True, source: str = "dimse:CT1", **how: Any) -> None:
        Intake(platform, clinic, None, source).take(list(dicom.ct_series(**how).values()))
        if quiet:
            settle(platform)

    return come


def settle(platform: Platform) -> int:
    """Take as complete what is there, as if the quiet period were over."""
    with platform.db.write() as session:
        configs.put(session, STUDY_QUIET_SECONDS.key, 0, actor_id=None)
    done = complete_quiet(platform)
    with platform.db.write() as session:
        configs.put(session, STUDY_QUIET_SECONDS.key, 60, actor_id=None)
    return done


@pytest.fixture
def make_rule(
    client: TestClient, as_chief: Headers, doctor: User, engine: FakeEngine
) -> Callable[..., dict[str, Any]]:
    """Make a rule that orders `ct_surface` on the doctor's points, unless told otherwise."""

    def make(**said: Any) -> dict[str, Any]:
        order = {"kind": "order_task", "task_type": "ct_surface", "payer_id": doctor.id}
        wish = {"name": "Bones", "conditions": {"modality": ["CT"]}, "actions": [order], **said}
        answer = client.post("/api/v1/rules", json=wish, headers=as_chief)
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body

    return make
