"""Debian's Orthanc as a far end: it sends to us, asks us, fetches from us, and is asked and fetched from."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from pydicom import dcmread
from sqlalchemy import select
from tests.factories.accounts import bearer
from tests.factories.dicom import ct_series, writer
from tests.factories.nodes import make_node
from tests.processes import Process, free_port, until
from tests.servers import missing

from hounsfield.accounts.models import User
from hounsfield.dimse.application import Application
from hounsfield.dimse.models import DicomNode
from hounsfield.imaging.models import Instance
from hounsfield.kit.platform import Platform

ORTHANC = Path("/usr/sbin/Orthanc")
PATH = "/api/v1/admin/dicom-nodes"
SLICES = 5
STUDY = writer.uid("orthanc", "study")


@dataclass
class Orthanc:
    """One that runs, and the node as which we know it."""

    http: httpx.Client
    node: DicomNode

    def keep(self, objects: list[bytes]) -> list[str]:
        """Give it objects of its own and return what it calls them."""
        return [self._ok(self.http.post("/instances", content=data)).json()["ID"] for data in objects]

    def pixels(self) -> dict[str, bytes]:
        """Return the pixel data of all that it has, by UID."""
        files = [
            self.http.get(f"/instances/{one}/file").content for one in self.http.get("/instances").json()
        ]
        return pixels_of(files)

    def ask(self, path: str, wish: Any) -> Any:
        return self._ok(self.http.post(f"/modalities/ours/{path}", json=wish)).json()

    @staticmethod
    def _ok(answer: httpx.Response) -> httpx.Response:
        assert answer.status_code == 200, answer.text
        return answer


def pixels_of(files: list[bytes]) -> dict[str, bytes]:
    return {str(ds.SOPInstanceUID): ds.PixelData for ds in (dcmread(BytesIO(data)) for data in files)}


@pytest.fixture
def orthanc(tmp_path: Path, platform: Platform, radiologist: User, port: int) -> Iterator[Orthanc]:
    if not ORTHANC.exists():
        missing("Orthanc is not installed (Debian: orthanc)")
    folder, http_port, own = tmp_path / "orthanc", free_port(), free_port()
    folder.mkdir()
    settings = {
        "StorageDirectory": str(folder),
        "IndexDirectory": str(folder),
        "HttpPort": http_port,
        "DicomPort": own,
        "DicomAet": "ORTHANC",
        "AuthenticationEnabled": False,
        "RemoteAccessAllowed": False,
        "DicomModalities": {"ours": ["HOUNSFIELD", "127.0.0.1", port]},
    }
    (folder / "orthanc.json").write_text(json.dumps(settings))
    process = Process("orthanc", [str(ORTHANC), str(folder / "orthanc.json")], {}, folder / "orthanc.log")
    process.start()
    node = make_node(platform, radiologist.organization_id, "ORTHANC", host="127.0.0.1", port=own)
    with httpx.Client(base_url=f"http://127.0.0.1:{http_port}", timeout=60) as http:
        until(lambda: _answers(http), "Orthanc")
        yield Orthanc(http, node)
    process.remove()


def _answers(http: httpx.Client) -> bool:
    try:
        return http.get("/system").status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
def objects() -> list[bytes]:
    return list(ct_series(slices=SLICES, seed="orthanc").values())


@pytest.fixture
def as_radiologist(platform: Platform, radiologist: User) -> dict[str, str]:
    return bearer(platform, radiologist)


def _archived(platform: Platform) -> dict[str, bytes]:
    with platform.db.read() as session:
        return pixels_of(
            [platform.blobs.path(sha).read_bytes() for sha in session.scalars(select(Instance.sha256))]
        )


def test_it_sends_to_us_and_we_send_it_back(
    client: TestClient,
    platform: Platform,
    entity: Application,
    orthanc: Orthanc,
    objects: list[bytes],
    as_radiologist: dict[str, str],
    run_outbox: Any,
) -> None:
    assert orthanc.ask("echo", {}) == {}
    kept = orthanc.keep(objects)
    orthanc.ask("store", {"Resources": kept, "Synchronous": True})
    assert entity.settled()
    assert _archived(platform) == pixels_of(objects)

    for one in kept:
        orthanc.http.delete(f"/instances/{one}")
    assert orthanc.pixels() == {}
    wish = {"study_uid": STUDY}
    ordered = client.post(f"{PATH}/{orthanc.node.id}/send", json=wish, headers=as_radiologist)
    assert ordered.status_code == 202, ordered.text
    run_outbox()
    assert orthanc.pixels() == pixels_of(objects)


def test_it_finds_and_fetches_what_we_have(
    entity: Application, orthanc: Orthanc, objects: list[bytes]
) -> None:
    kept = orthanc.keep(objects)
    orthanc.ask("store", {"Resources": kept, "Synchronous": True})
    assert entity.settled()
    for one in kept:
        orthanc.http.delete(f"/instances/{one}")
    found = orthanc.ask("query", {"Level": "Study", "Query": {"PatientName": "*", "StudyInstanceUID": ""}})
    query = f"/queries/{found['ID']}/answers"
    assert orthanc.http.get(query).json() == ["0"]
    assert orthanc.http.get(f"{query}/0/content?simplify").json()["StudyInstanceUID"] == STUDY
    moved = orthanc.http.post(f"{query}/0/retrieve", json={"TargetAet": "ORTHANC", "Synchronous": True})
    assert moved.status_code == 200, moved.text
    assert orthanc.pixels() == pixels_of(objects)


@pytest.mark.parametrize("method", ["get", "move"])
def test_we_find_and_fetch_what_it_has(
    client: TestClient,
    platform: Platform,
    entity: Application,
    orthanc: Orthanc,
    objects: list[bytes],
    as_radiologist: dict[str, str],
    run_outbox: Any,
    method: str,
) -> None:
    orthanc.keep(objects)
    asked = client.post(f"{PATH}/{orthanc.node.id}/query", json={"keys": {}}, headers=as_radiologist)
    assert [study["StudyInstanceUID"] for study in asked.json()["items"]] == [STUDY], asked.text
    wish = {"study_uid": STUDY, "method": method}
    ordered = client.post(f"{PATH}/{orthanc.node.id}/retrieve", json=wish, headers=as_radiologist)
    assert ordered.status_code == 202, ordered.text
    run_outbox()
    shown = client.get(f"{PATH}/transfers/{ordered.json()['id']}", headers=as_radiologist).json()
    assert (shown["status"], shown["failed"]) == ("DONE", 0), shown
    assert entity.settled()
    assert _archived(platform) == pixels_of(objects)
