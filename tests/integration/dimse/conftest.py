"""Our application entity on a free port, with one node that may do everything."""

import shutil
from collections.abc import Iterator

import pytest
from tests.factories.accounts import make_user
from tests.factories.nodes import make_node

from hounsfield.accounts.models import Tier, User
from hounsfield.dimse.application import Application
from hounsfield.dimse.models import DicomNode
from hounsfield.kit.platform import Platform


@pytest.fixture
def radiologist(platform: Platform) -> User:
    """The administrator of the organization that the node belongs to."""
    return make_user(platform, "radiologist", tier=Tier.ADMIN)


@pytest.fixture
def node(platform: Platform, radiologist: User) -> DicomNode:
    return make_node(platform, radiologist.organization_id)


@pytest.fixture
def entity(platform: Platform, node: DicomNode) -> Iterator[Application]:
    """Our application entity, with a small strip."""
    platform.settings = platform.settings.model_copy(update={"dimse_landing_mb": 8})
    entity = Application(platform, "127.0.0.1", 0)
    entity.start()
    yield entity
    entity.stop(2)


@pytest.fixture
def port(entity: Application) -> int:
    """Where it listens."""
    return entity.port


@pytest.fixture(autouse=True)
def _dcmtk() -> None:
    if shutil.which("storescu") is None:
        pytest.skip("dcmtk is not installed")
