"""One platform a test, as a person starts it, on an empty folder."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.people import ALGORITHM, sign_in
from tests.acceptance.server import ADMIN_PASSWORD, Server
from tests.invariants import faults, unfinished

from hounsfield.http import rooms as _rooms  # noqa: F401  every table
from hounsfield.kit.platform import Platform
from hounsfield.kit.settings import Settings

REGISTRATION_TRIES, REGISTRATION_PAUSE = 300, 0.1


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path, demo=False)
    server.start()
    _wait_for_engine(server)
    yield server
    if server.running:
        server.kill_all()


def _wait_for_engine(server: Server) -> None:
    """Ask until the engine has said what it can; it says so once in the life of a data folder."""
    admin = sign_in(server.url, "admin", ADMIN_PASSWORD)
    for _ in range(REGISTRATION_TRIES):
        if any(offer["name"] == ALGORITHM for offer in admin.get("/algorithms")["items"]):
            return
        time.sleep(REGISTRATION_PAUSE)
    pytest.fail("no engine registered")


def whole(server: Server) -> None:
    """Assert that every task has ended and that every invariant holds, of a platform that may be running."""
    platform = Platform.open(Settings(data_dir=server.data_dir, secret_key="only to look at it"))
    try:
        with platform.db.read() as session:
            assert unfinished(session) == []
        assert faults(platform) == []
    finally:
        platform.close()
