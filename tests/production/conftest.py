"""One whole production layout for these tests: nothing is shared by its roles but database, broker, Redis and bucket."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.acceptance.people import Person, newcomer
from tests.fleet import Fleet
from tests.integration.realtime.conftest import WEB, NodeClient

TEST_SECONDS = 400
Connect = Callable[[Person], NodeClient]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.timeout(TEST_SECONDS))


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("fleet")
    with Fleet(
        folder, apis=2, realtimes=1, workers=1, schedulers=2, engines=2, bucket=True, redis=True
    ) as fleet:
        yield fleet


@pytest.fixture
def person(fleet: Fleet) -> Iterator[Person]:
    somebody = newcomer(fleet.url)
    yield somebody
    somebody.api.close()


@pytest.fixture
def connect(fleet: Fleet) -> Iterator[Connect]:
    """Open a real socket.io-client through the balancer."""
    if not shutil.which("node") or not (WEB / "node_modules" / "socket.io-client").is_dir():
        if os.environ.get("CI"):
            pytest.fail("node and the page's packages must be there under CI")
        pytest.skip("needs node and the page's packages (make page)")
    clients: list[NodeClient] = []

    def open_client(person: Person) -> NodeClient:
        token = person.api.headers["Authorization"].removeprefix("Bearer ")
        clients.append(NodeClient(fleet.url, {"token": token}))
        clients[-1].expect("connect")
        return clients[-1]

    yield open_client
    for client in clients:
        client.close()
