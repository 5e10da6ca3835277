"""A clinic with its people and records, for tests."""

from dataclasses import dataclass
from typing import Any

from fastapi.testclient import TestClient
from tests.factories.accounts import bearer, make_organization, make_user

from hounsfield.accounts.models import ClinicalRole, Tier, User
from hounsfield.kit.platform import Platform

Headers = dict[str, str]


@dataclass(frozen=True)
class Clinic:
    """An organization with one person of each kind; `headers` by user name."""

    organization_id: str
    people: dict[str, User]
    headers: dict[str, Headers]


def make_clinic(platform: Platform, prefix: str = "") -> Clinic:
    """Make a doctor, a second doctor, a technician, a nurse, an administrator and a patient's account."""
    home = make_organization(platform, f"{prefix or 'Riverside'} Clinic")
    roles = {
        "doctor": ClinicalRole.DOCTOR,
        "colleague": ClinicalRole.DOCTOR,
        "technician": ClinicalRole.TECHNICIAN,
        "nurse": ClinicalRole.NURSE,
        "patient": ClinicalRole.PATIENT,
        "manager": ClinicalRole.NONE,
    }
    people = {
        name: make_user(
            platform,
            prefix + name,
            organization_id=home,
            clinical_role=role,
            tier=Tier.ADMIN if name == "manager" else Tier.USER,
        )
        for name, role in roles.items()
    }
    return Clinic(home, people, {name: bearer(platform, user) for name, user in people.items()})


def make_patient(client: TestClient, headers: Headers, **wish: Any) -> dict[str, Any]:
    """Return a new record as the API gives it."""
    answer = client.post("/api/v1/patients", json={"name": "张三", **wish}, headers=headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made
