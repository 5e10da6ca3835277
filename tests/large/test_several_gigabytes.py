"""A ZIP larger than the memory it may take goes through the real processes, and none of them ever holds it.

`HOUNSFIELD_TEST_LARGE_GB` says how large: 2.2 is past what a signed 32-bit offset reaches, 4.5 past the ordinary ZIP
format. Without it, a quarter of a gigabyte shows whether memory follows the size.
"""

import http.client
import logging
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import psutil
import pytest
from tests.acceptance.people import ALGORITHM, Person, newcomer, sign_in
from tests.acceptance.server import ADMIN_PASSWORD, Server
from tests.factories import dicom
from tests.factories.engines import FakeEngine
from tests.large import archive

GIGABYTES = float(os.environ.get("HOUNSFIELD_TEST_LARGE_GB", "0.25"))
SIZE = int(GIGABYTES * (1 << 30))
FREE_BYTES = 12 << 30 if SIZE > 1 << 30 else 4 * SIZE
MAX_GROWTH_MB = 150
CHUNK = 64 << 20
PATIENCE = 600
BREAK_TRIES, BREAK_PAUSE = 100, 0.1
log = logging.getLogger(__name__)
TUS = {"Tus-Resumable": "1.0.0"}
pytestmark = [pytest.mark.large, pytest.mark.timeout(2 * PATIENCE)]


@dataclass(frozen=True)
class Ct:
    path: Path
    slices: int


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that is removed with everything in it, whatever pytest keeps."""
    folder = tmp_path_factory.mktemp("large")
    free = shutil.disk_usage(folder).free
    if free < FREE_BYTES:
        pytest.skip(f"needs {FREE_BYTES >> 30} GB on the disk of {folder}, {free >> 30} GB are free")
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("the peak of a process's memory is read from Linux's /proc")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def ct(folder: Path) -> Ct:
    path = folder / "ct.zip"
    return Ct(path, archive.write(path, SIZE))


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    """API and worker as people start them, and an engine that only says what it could do."""
    data_dir = folder / "data"
    server = Server(data_dir, demo=False, engine=False)
    server.start()
    admin = sign_in(server.url, "admin", ADMIN_PASSWORD)
    token = admin.api.post("/engines/tokens", json={"name": "large"}).json()["token"]
    with httpx.Client(base_url=server.url) as client:
        assert FakeEngine(client, token).register().status_code == 201
        yield server
    server.stop()
    shutil.rmtree(data_dir)


@pytest.fixture
def person(server: Server) -> Person:
    """Somebody whose first small order has brought everything into memory that any order needs."""
    person = newcomer(server.url)
    person.wait(person.order(dicom.ct_zip(slices=8)), "QUEUED", "ASSIGNED")
    return person


class Memory:
    """The peak of a process's resident memory since some moment."""

    def __init__(self, process: psutil.Process) -> None:
        self._folder = Path(f"/proc/{process.pid}")
        (self._folder / "clear_refs").write_text("5")  # forget the peak so far
        self._before = self._kilobytes("VmRSS")

    def growth_mb(self) -> int:
        return (self._kilobytes("VmHWM") - self._before) >> 10

    def _kilobytes(self, name: str) -> int:
        lines = (self._folder / "status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


@pytest.fixture
def memory(server: Server, person: Person) -> dict[str, Memory]:
    processes = server.processes()
    return {name: Memory(processes[name][0]) for name in ("up", "worker")}


def test_in_one_form(server: Server, person: Person, ct: Ct, memory: dict[str, Memory]) -> None:
    with ct.path.open("rb") as file:
        answer = person.api.post(
            "/files/upload",
            files={"file": ("ct.zip", file, "application/zip")},
            data={"task_type": ALGORITHM},
            timeout=PATIENCE,
        )
    assert answer.status_code == 202, answer.text
    _taken_in(person, answer.json()["task_id"], ct)
    _nobody_grew(memory)


def test_piece_by_piece_over_a_broken_line(
    server: Server, person: Person, ct: Ct, memory: dict[str, Memory]
) -> None:
    size = ct.path.stat().st_size
    made = person.api.post("/uploads", headers={**TUS, "Upload-Length": str(size)})
    upload_id = made.headers["Location"].rpartition("/")[2]
    with ct.path.open("rb") as file:
        assert _send(person, upload_id, file.read(CHUNK), 0) == CHUNK
        kept = _break_off(person, upload_id, file.read(CHUNK), CHUNK)
        offset = _after_break(person, upload_id, CHUNK)
        assert offset <= CHUNK + kept, "more is kept than was sent"
        file.seek(offset)
        offset = _send(person, upload_id, file.read(CHUNK), offset)
        # the rest as clients send it that know no pieces
        assert _send(person, upload_id, iter(partial(file.read, 1 << 20), b""), offset, size - offset) == size
    answer = person.api.post("/tasks", json={"task_type": ALGORITHM, "upload_id": upload_id})
    assert answer.status_code == 201, answer.text
    _taken_in(person, answer.json()["task_id"], ct)
    _nobody_grew(memory)


def _send(
    person: Person, upload_id: str, content: bytes | Iterator[bytes], offset: int, length: int = CHUNK
) -> int:
    """Append a piece and return where the upload stands."""
    headers = {**_piece(offset), "Content-Length": str(length)}
    answer = person.api.patch(f"/uploads/{upload_id}", headers=headers, content=content, timeout=PATIENCE)
    assert answer.status_code == 204, answer.text
    return int(answer.headers["Upload-Offset"])


def _piece(offset: int) -> dict[str, str]:
    return {**TUS, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}


def _break_off(person: Person, upload_id: str, content: bytes, offset: int) -> int:
    """Announce a piece, hang up in the middle of it and return how much was sent."""
    half = len(content) // 2
    line = http.client.HTTPConnection(
        person.api.base_url.host, person.api.base_url.port or 80, timeout=PATIENCE
    )
    line.putrequest("PATCH", f"{person.api.base_url.path}uploads/{upload_id}")
    announced = {"Content-Length": str(len(content)), "Authorization": person.api.headers["Authorization"]}
    for name, value in {**_piece(offset), **announced}.items():
        line.putheader(name, value)
    line.endheaders(content[:half])
    line.close()
    return half


def _after_break(person: Person, upload_id: str, before: int) -> int:
    """Ask where to go on, until the platform has noticed the break and said more than before."""
    for _ in range(BREAK_TRIES):
        answer = person.api.head(f"/uploads/{upload_id}", headers=TUS)
        if (offset := int(answer.headers["Upload-Offset"])) > before:
            return offset
        time.sleep(BREAK_PAUSE)
    raise AssertionError("nothing of the broken piece was kept")


def _taken_in(person: Person, task_id: str, ct: Ct) -> None:
    """Wait until every image is in the archive and found fit to compute on."""
    task = person.wait(task_id, "QUEUED", "ASSIGNED", "FAILED", seconds=PATIENCE)
    assert task["status"] != "FAILED", task["error_message"]
    study = person.get(f"/studies/{task['study_uid']}")
    assert study["instance_count"] == ct.slices
    assert study["series"][0]["gate"]["ok"]
    ingest = person.get(f"/uploads/{task['upload_id']}")["ingest"]
    assert (ingest["total"], ingest["done"], ingest["skipped_count"]) == (ct.slices, ct.slices, 0)


def _nobody_grew(memory: dict[str, Memory]) -> None:
    grown = {name: each.growth_mb() for name, each in memory.items()}
    log.warning("peak memory grew by, in MB: %s", grown)
    assert all(growth < MAX_GROWTH_MB for growth in grown.values()), f"grew by {grown} MB"
