from pathlib import Path

import pytest
from pydicom.data import get_testdata_files

_SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"


@pytest.fixture(scope="session")
def corpus() -> list[tuple[str, bytes]]:
    """Return name and bytes of every file that pydicom and pydicom-data test with, good and bad, and of ours."""
    paths = [Path(name) for name in get_testdata_files()]
    paths += sorted(_SHARED.rglob("*")) if _SHARED.is_dir() else []
    return [(path.name, path.read_bytes()) for path in paths if path.is_file()]
