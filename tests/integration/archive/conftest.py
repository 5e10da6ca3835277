"""Studies in somebody's archive."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.factories import dicom

from hounsfield.accounts.models import User
from hounsfield.imaging.intake import Intake
from hounsfield.kit.platform import Platform

Headers = dict[str, str]


@pytest.fixture
def bring(platform: Platform, owner: User) -> Callable[..., str]:
    """Bring a series into the owner's archive; returns the UID of its study."""

    def come(**how: Any) -> str:
        made = Intake(platform, owner.organization_id, owner.id, "stow").take(
            list(dicom.ct_series(**how).values())
        )
        return made[0].study_uid

    return come


@pytest.fixture
def worklist(client: TestClient, as_owner: Headers) -> Callable[[], list[str]]:
    """The UIDs of the studies that the owner sees."""

    def look() -> list[str]:
        items = client.get("/api/v1/studies", headers=as_owner).json()["items"]
        return [study["study_uid"] for study in items]

    return look
