"""A user, a stranger, an administrator and an engine for every integration test."""

import pytest
from fastapi.testclient import TestClient
from tests.factories.accounts import bearer, make_user
from tests.factories.engines import FakeEngine, engine_token

from hounsfield.accounts.models import Tier, User
from hounsfield.kit.platform import Platform


@pytest.fixture
def owner(platform: Platform) -> User:
    """Somebody with the points of a new account."""
    return make_user(platform, "owner")


@pytest.fixture
def as_owner(platform: Platform, owner: User) -> dict[str, str]:
    return bearer(platform, owner)


@pytest.fixture
def as_stranger(platform: Platform) -> dict[str, str]:
    return bearer(platform, make_user(platform, "stranger"))


@pytest.fixture
def as_admin(platform: Platform) -> dict[str, str]:
    return bearer(platform, make_user(platform, "root", tier=Tier.SUPER_ADMIN))


@pytest.fixture
def engine(platform: Platform, client: TestClient) -> FakeEngine:
    """A registered engine that offers `ct_surface` and `plain` (which needs no images)."""
    engine = FakeEngine(client, engine_token(platform))
    assert engine.register().status_code == 201
    return engine
