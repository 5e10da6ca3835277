"""C-MOVE and C-GET: dcmtk asks us and receives, and plays the archive that we ask."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydicom import dcmread
from sqlalchemy import select, update
from tests.factories.accounts import bearer, make_organization
from tests.factories.dicom import ct_folder, writer
from tests.factories.nodes import dcmtk, make_node
from tests.processes import Process, free_port, listens, until

from hounsfield.accounts.models import User
from hounsfield.dimse.application import Application
from hounsfield.dimse.errors import NodeUnreachable
from hounsfield.dimse.models import DicomNode
from hounsfield.dimse.objects import data_set_of
from hounsfield.imaging.models import Instance
from hounsfield.kit.jobs import run_job
from hounsfield.kit.platform import Platform
from hounsfield.patients.models import Patient

PATH = "/api/v1/admin/dicom-nodes"
STUDY = writer.uid("series", "study")
SERIES = writer.uid("series", "series")


@pytest.fixture
def series(tmp_path: Path) -> list[Path]:
    return ct_folder(tmp_path / "series", slices=6)


@pytest.fixture
def stored(entity: Application, series: list[Path]) -> list[Path]:
    done = dcmtk("storescu", entity.port, *series)
    assert done.returncode == 0, done.stdout
    assert entity.settled()
    return series


@pytest.fixture
def receiver(tmp_path: Path, platform: Platform, radiologist: User) -> Iterator[tuple[DicomNode, Path]]:
    """A workstation that takes what is sent to it."""
    folder, port = tmp_path / "received", free_port()
    folder.mkdir()
    command = ["storescp", "-aet", "WORKSTATION", "-od", str(folder), "+xa", str(port)]
    program = Process("storescp", command, {"PATH": "/usr/bin"}, tmp_path / "storescp.log")
    program.start()
    until(lambda: listens(port), "storescp")
    node = make_node(platform, radiologist.organization_id, "WORKSTATION", host="127.0.0.1", port=port)
    yield node, folder
    program.remove()


def data_sets(paths: list[Path]) -> set[bytes]:
    return {bytes(data_set_of(path.read_bytes())) for path in paths}


def test_a_study_is_moved_to_a_registered_node(
    port: int, stored: list[Path], receiver: tuple[DicomNode, Path]
) -> None:
    keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={STUDY}"]
    done = dcmtk("movescu", port, "-v", "-S", "-aem", "WORKSTATION", *keys)
    assert done.returncode == 0, done.stdout
    assert data_sets(list(receiver[1].iterdir())) == data_sets(stored)


def test_nothing_is_moved_to_whom_nobody_knows(port: int, stored: list[Path]) -> None:
    keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={STUDY}"]
    done = dcmtk("movescu", port, "-d", "-S", "-aem", "NOWHERE", *keys)
    assert done.returncode != 0
    assert "MoveDestinationUnknown" in done.stdout


def test_a_destination_that_is_away_is_said_to_be(
    platform: Platform, radiologist: User, port: int, stored: list[Path]
) -> None:
    make_node(platform, radiologist.organization_id, "AWAY", host="127.0.0.1", port=free_port())
    keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={STUDY}"]
    done = dcmtk("movescu", port, "-d", "-S", "-aem", "AWAY", *keys)
    assert done.returncode != 0
    assert "Failed Suboperations          : 6" in done.stdout, done.stdout


@pytest.mark.parametrize("syntax", [[], ["+xi"]], ids=["explicit", "implicit"])
def test_a_series_is_got(port: int, stored: list[Path], tmp_path: Path, syntax: list[str]) -> None:
    folder = tmp_path / "got"
    folder.mkdir()
    keys = ["-k", "QueryRetrieveLevel=SERIES", "-k", f"StudyInstanceUID={STUDY}"]
    keys += ["-k", f"SeriesInstanceUID={SERIES}"]
    done = dcmtk("getscu", port, "-v", "-S", *syntax, "-od", folder, *keys)
    assert done.returncode == 0, done.stdout
    got = list(folder.iterdir())
    if not syntax:
        assert data_sets(got) == data_sets(stored)
    pixels = {ds.SOPInstanceUID: ds.PixelData for ds in map(dcmread, stored)}
    assert {ds.SOPInstanceUID: ds.PixelData for ds in map(dcmread, got)} == pixels


def test_one_who_may_only_store_gets_nothing(
    platform: Platform, radiologist: User, port: int, stored: list[Path], tmp_path: Path
) -> None:
    make_node(
        platform, radiologist.organization_id, "CT1", may_query=False, may_retrieve=False, may_worklist=False
    )
    keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={STUDY}"]
    for program in ("findscu", "getscu"):
        done = dcmtk(program, port, "-v", "-S", *keys, title="CT1")
        assert re.search("No (Acceptable|adequate) Presentation Contexts", done.stdout), done.stdout
    assert list(tmp_path.glob("got*")) == []


def test_another_organizations_studies_are_not_there(
    platform: Platform, port: int, stored: list[Path], tmp_path: Path
) -> None:
    make_node(platform, make_organization(platform), "NEIGHBOUR")
    keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={STUDY}"]
    found = dcmtk("findscu", port, "-v", "-S", *keys, title="NEIGHBOUR")
    assert found.returncode == 0
    assert "Hounsfield" not in found.stdout.replace("HOUNSFIELD", "")
    folder = tmp_path / "theirs"
    folder.mkdir()
    dcmtk("getscu", port, "-v", "-S", "-od", folder, *keys, title="NEIGHBOUR")
    assert list(folder.iterdir()) == []


def test_a_restricted_record_is_not_there_for_machines(
    platform: Platform, port: int, stored: list[Path], tmp_path: Path
) -> None:
    study = ["-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={STUDY}"]
    folders = [tmp_path / name for name in ("open", "restricted")]
    found = []
    for folder in folders:
        folder.mkdir()
        said = dcmtk("findscu", port, "-v", "-S", *study).stdout
        said += dcmtk(
            "findscu", port, "-v", "-P", "-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientID"
        ).stdout
        found.append(len(re.findall("Find Response:? \\d+", said)))
        dcmtk("getscu", port, "-v", "-S", "-od", folder, *study)
        with platform.db.write() as session:
            session.execute(update(Patient).values(restricted=True))
    assert found == [2, 0]
    assert [len(list(folder.iterdir())) for folder in folders] == [len(stored), 0]


@pytest.fixture
def as_radiologist(platform: Platform, radiologist: User) -> dict[str, str]:
    return bearer(platform, radiologist)


def test_a_study_is_sent_as_a_job(
    client: TestClient,
    as_radiologist: dict[str, str],
    stored: list[Path],
    receiver: tuple[DicomNode, Path],
    run_outbox: Any,
) -> None:
    node, folder = receiver
    ordered = client.post(f"{PATH}/{node.id}/send", json={"study_uid": STUDY}, headers=as_radiologist)
    assert ordered.status_code == 202, ordered.text
    assert (ordered.json()["status"], ordered.json()["total"]) == ("QUEUED", 6)
    run_outbox()
    shown = client.get(f"{PATH}/transfers/{ordered.json()['id']}", headers=as_radiologist).json()
    assert (shown["status"], shown["completed"], shown["failed"]) == ("DONE", 6, 0)
    assert data_sets(list(folder.iterdir())) == data_sets(stored)


def test_an_archive_is_asked_what_it_has(
    client: TestClient, as_radiologist: dict[str, str], archive: DicomNode
) -> None:
    answer = client.post(
        f"{PATH}/{archive.id}/query", json={"keys": {"PatientName": "Houns*"}}, headers=as_radiologist
    )
    assert answer.status_code == 200, answer.text
    (study,) = answer.json()["items"]
    assert study["StudyInstanceUID"] == writer.uid("theirs", "study")
    assert answer.json()["complete"]
    wrong = client.post(
        f"{PATH}/{archive.id}/query", json={"keys": {"Nonsense": "1"}}, headers=as_radiologist
    )
    assert (wrong.status_code, wrong.json()["code"]) == (422, "UNKNOWN_DICOM_KEYWORD")


@pytest.mark.parametrize("method", ["auto", "get", "move"])
def test_a_study_is_fetched(
    client: TestClient,
    platform: Platform,
    as_radiologist: dict[str, str],
    archive: DicomNode,
    run_outbox: Any,
    tmp_path: Path,
    entity: Application,
    method: str,
) -> None:
    wish = {"study_uid": writer.uid("theirs", "study"), "method": method}
    ordered = client.post(f"{PATH}/{archive.id}/retrieve", json=wish, headers=as_radiologist)
    assert ordered.status_code == 202, ordered.text
    run_outbox()
    shown = client.get(f"{PATH}/transfers/{ordered.json()['id']}", headers=as_radiologist).json()
    assert (shown["status"], shown["completed"], shown["failed"]) == ("DONE", 4, 0), shown
    assert entity.settled()
    with platform.db.read() as session:
        kept = [platform.blobs.path(sha) for sha in session.scalars(select(Instance.sha256))]
    assert data_sets(kept) == data_sets(list((tmp_path / "theirs").iterdir()))


def test_a_node_that_is_away_is_tried_again_and_said_to_be(
    client: TestClient, platform: Platform, radiologist: User, as_radiologist: dict[str, str]
) -> None:
    node = make_node(platform, radiologist.organization_id, "AWAY", host="127.0.0.1", port=free_port())
    ordered = client.post(f"{PATH}/{node.id}/retrieve", json={"study_uid": "1.2.3"}, headers=as_radiologist)
    with pytest.raises(NodeUnreachable):
        run_job(platform, "dimse.retrieve", {"transfer_id": ordered.json()["id"]})
    path = f"{PATH}/transfers/{ordered.json()['id']}"
    shown = client.get(path, headers={**as_radiologist, "Accept-Language": "zh-CN"}).json()
    assert (shown["status"], shown["error_code"]) == ("QUEUED", "NODE_UNREACHABLE")
    assert "没有应答" in shown["error"]
