"""One production layout for all faults: each finds it whole, and must leave a sound database behind."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.faults.production.faulty import FaultyFleet, go
from tests.fleet import ROOT

Record = Callable[..., None]
RECORD = ROOT / "test-results" / "faults.json"
SPOOL_MB = 64


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.faults)


@pytest.fixture(scope="session")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyFleet]:
    """Two APIs, a worker, two schedulers, three engines; the spool on a small disk of its own where that is allowed."""
    folder = tmp_path_factory.mktemp("layout")
    spool = folder / "data" / "spool"
    spool.mkdir(parents=True)
    mounted = _mount(spool)
    try:
        with FaultyFleet(folder, apis=2, workers=1, schedulers=2, engines=3) as fleet:
            fleet.small_spool = spool if mounted else None
            yield fleet
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(spool)], check=True)


def _mount(folder: Path) -> bool:
    if os.geteuid() != 0:
        return False
    command = ["mount", "-t", "tmpfs", "-o", f"size={SPOOL_MB}m", "hounsfield-spool", str(folder)]
    return subprocess.run(command, capture_output=True).returncode == 0


@pytest.fixture
def fleet(layout: FaultyFleet) -> Iterator[FaultyFleet]:
    """The layout, whole; after the test every invariant must hold over its whole database."""
    yield from whole(layout)


def whole(layout: FaultyFleet) -> Iterator[FaultyFleet]:
    """Lend a layout to a test, look at what it left behind, and mend it for the next."""
    yield layout
    layout.mend()
    layout.wait_all(seconds=60)
    assert layout.sound() == []


@pytest.fixture
def hold(tmp_path: Path) -> Iterator[Path]:
    """Where held toys say that they have begun; let go with the test, however it ends."""
    path = tmp_path / "hold"
    yield path
    go(path)


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Record:
    """Keep what was measured (seconds to recover, and whatever else tells) under the test's name, and the load it saw."""

    def keep(**measured: float | int | str) -> None:
        RECORD.parent.mkdir(exist_ok=True)
        known = json.loads(RECORD.read_text()) if RECORD.exists() else {}
        known[request.node.name] = {**measured, "load": round(os.getloadavg()[0], 1)}
        RECORD.write_text(json.dumps(dict(sorted(known.items())), indent=2) + "\n")

    return keep
