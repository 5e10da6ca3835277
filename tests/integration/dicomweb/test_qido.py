"""Searching: every key that the standard requires, its kinds of matching, and pages of results."""

from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from pydicom import dcmread
from pydicom.dataset import Dataset
from tests.factories import dicom
from tests.factories.accounts import bearer, make_user
from tests.integration.dicomweb.conftest import Headers, Store

from hounsfield.accounts.models import ClinicalRole
from hounsfield.dicomweb import searches
from hounsfield.kit.platform import Platform

UID = "0020000D"


def study(number: int, **attributes: Any) -> list[bytes]:
    """Make a study of one slice whose UID ends in a number."""
    own = {"StudyInstanceUID": f"1.2.3.{number}", "SeriesInstanceUID": f"1.2.3.{number}.1", **attributes}
    return list(dicom.ct_series(slices=1, seed=f"study {number}", attributes=own).values())


@pytest.fixture
def archive(store: Store) -> None:
    """Three studies that differ in everything."""
    objects = study(
        1, PatientID="A1", PatientName="Wang^XiaoDong=王^小東", StudyDate="20250101", StudyTime="081500",
        AccessionNumber="ACC1", StudyID="S1", ReferringPhysicianName="House^Gregory", StudyDescription="Chest",
    ) + study(
        2, PatientID="A2", PatientName="Wang^Fang", StudyDate="20250615", StudyTime="101530.25",
        AccessionNumber="ACC2", StudyID="S2", ReferringPhysicianName="Wilson^James", Modality="MR",
    ) + study(
        3, PatientID="B_3", PatientName="Becker^Anna Maria", StudyDate="20260301", StudyTime="235959",
        AccessionNumber="XYZ", StudyID="S3", ReferringPhysicianName="", StudyDescription="Knee 100%",
    )  # fmt: skip
    assert store(objects).status_code == 200


def found(client: TestClient, headers: Headers, query: str, tag: str = UID) -> list[str]:
    answer = client.get(f"/dicomweb/studies?{query}", headers=headers)
    assert answer.status_code in (200, 204), answer.text
    items = answer.json() if answer.status_code == 200 else []
    return sorted(item[tag]["Value"][0][-1] for item in items)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "123"),
        ("PatientID=A1", "1"),
        ("00100020=A?", "12"),
        ("PatientID=B_3", "3"),
        ("PatientID=B%", ""),
        ("PatientID=A1,A2", "12"),
        ("PatientName=Wang*", "12"),
        ("PatientName=wang^fang", "2"),
        ("PatientName=Wang^XiaoDong", "1"),
        ("PatientName=王*", "1"),
        ("PatientName=*maria", "3"),
        ("PatientName=maria", ""),
        ("PatientName=maria&fuzzymatching=true", "3"),
        ("PatientName=Anna Becker&fuzzymatching=true", "3"),
        ("PatientName=小&fuzzymatching=true", "1"),
        ("StudyDate=20250101", "1"),
        ("StudyDate=20250101-20250615", "12"),
        ("StudyDate=20250615-", "23"),
        ("StudyDate=-20250615", "12"),
        ("StudyTime=0815", "1"),
        ("StudyTime=10-11", "2"),
        ("StudyTime=101530-235959", "23"),
        ("StudyDate=20250101-20260301&StudyTime=08-09", "1"),
        ("AccessionNumber=ACC*", "12"),
        ("AccessionNumber=XYZ&PatientID=A1", ""),
        ("ModalitiesInStudy=MR", "2"),
        ("ModalitiesInStudy=MR,CT", "123"),
        ("00080061=C*", "13"),
        ("ReferringPhysicianName=house*", "1"),
        ("StudyID=S3", "3"),
        ("StudyInstanceUID=1.2.3.1,1.2.3.3", "13"),
        ("StudyInstanceUID=1.2.3.*", ""),
        ("StudyDescription=Knee 100%25", "3"),
        ("StudyDescription=*100%25", "3"),
        ("StudyDescription=*_*", ""),
        ("PatientSex=M", "123"),
        ("PatientID=", "123"),
        ("PatientID=*", "123"),
    ],
)
def test_studies_are_found_by(
    client: TestClient, as_technician: Headers, archive: None, query: str, expected: str
) -> None:
    assert found(client, as_technician, quote(query, safe="=&%*?,^")) == list(expected)


@pytest.mark.parametrize(
    ("query", "expected"), [("MR", "2"), ("MR,CT", "123"), ("C*", "13"), ("US", ""), ("MR&PatientID=A1", "")]
)
def test_a_modality_is_found_alike_where_many_have_it(
    client: TestClient,
    as_technician: Headers,
    archive: None,
    monkeypatch: pytest.MonkeyPatch,
    query: str,
    expected: str,
) -> None:
    monkeypatch.setattr(searches, "_MANY", 0)
    assert found(client, as_technician, f"ModalitiesInStudy={query}") == list(expected)


def test_a_study_is_described_as_the_standard_says(
    client: TestClient, as_technician: Headers, archive: None
) -> None:
    (item,) = client.get("/dicomweb/studies?PatientID=A1", headers=as_technician).json()
    values = {tag: element.get("Value", [None])[0] for tag, element in item.items()}
    assert values == {
        "00080005": "ISO_IR 192",
        "00080020": "20250101",
        "00080030": "081500",
        "00080050": "ACC1",
        "00080056": "ONLINE",
        "00080061": "CT",
        "00080090": {"Alphabetic": "House^Gregory"},
        "00081030": "Chest",
        "00081190": "http://testserver/dicomweb/studies/1.2.3.1",
        "00100010": {"Alphabetic": "Wang^XiaoDong", "Ideographic": "王^小東"},
        "00100020": "A1",
        "00100030": "19190828",
        "00100040": "M",
        UID: "1.2.3.1",
        "00200010": "S1",
        "00201206": 1,
        "00201208": 1,
    }
    Dataset.from_json(item)  # what pydicom makes of it has the VRs it expects


def test_pages(client: TestClient, as_technician: Headers, archive: None) -> None:
    seen = []
    for offset in range(3):
        answer = client.get(f"/dicomweb/studies?limit=1&offset={offset}", headers=as_technician)
        seen.append(answer.json()[0][UID]["Value"][0])
        assert answer.headers["X-Total-Count"] == "3"
        assert ("Warning" in answer.headers) == (offset < 2)
        if offset < 2:
            assert answer.headers["Warning"].startswith("299 ")
            assert f"{2 - offset} additional results" in answer.headers["Warning"]
    assert seen == ["1.2.3.3", "1.2.3.2", "1.2.3.1"], "newest first"
    past = client.get("/dicomweb/studies?limit=5&offset=9", headers=as_technician)
    assert (past.status_code, past.headers["X-Total-Count"]) == (204, "3")
    assert client.get("/dicomweb/studies?PatientID=nobody", headers=as_technician).status_code == 204


def test_what_is_left_is_counted_so_far_and_no_further(
    client: TestClient, as_technician: Headers, archive: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hounsfield.dicomweb.searches.MOST_COUNTED", 1)
    for query in ("limit=1", "limit=1&PatientName=Wang*", "limit=1&PatientName=wang&fuzzymatching=true"):
        answer = client.get(f"/dicomweb/studies?{query}", headers=as_technician)
        assert len(answer.json()) == 1
        assert "at least 1 additional results" in answer.headers["Warning"]
        assert "X-Total-Count" not in answer.headers
    last = client.get("/dicomweb/studies?limit=1&offset=2", headers=as_technician)
    assert last.headers["X-Total-Count"] == "3"


def test_series_and_instances(client: TestClient, as_technician: Headers, archive: None) -> None:
    def ask(path: str) -> list[Any]:
        answer = client.get(f"/dicomweb/{path}", headers=as_technician)
        assert answer.status_code in (200, 204), (path, answer.text)
        return answer.json() if answer.status_code == 200 else []

    (series,) = ask("studies/1.2.3.2/series")
    assert series["0020000E"]["Value"] == ["1.2.3.2.1"]
    assert (series["00080060"]["Value"], series["00201209"]["Value"]) == (["MR"], [1])
    assert series["00081190"]["Value"] == ["http://testserver/dicomweb/studies/1.2.3.2/series/1.2.3.2.1"]
    assert "00100010" not in series
    assert len(ask("series")) == 3
    assert len(ask("series?PatientID=A1")) == 1
    assert ask("series?Modality=MR")[0]["00100020"]["Value"] == ["A2"]
    assert len(ask("series?SeriesNumber=2")) == 3
    assert ask("series?SeriesNumber=7") == []
    assert len(ask("series?SeriesInstanceUID=1.2.3.1.1,1.2.3.3.1")) == 2
    (instance,) = ask("studies/1.2.3.2/series/1.2.3.2.1/instances")
    assert instance["00280010"] == {"vr": "US", "Value": [32]}
    sop = instance["00080018"]["Value"][0]
    assert instance["00081190"]["Value"][0].endswith(f"/series/1.2.3.2.1/instances/{sop}")
    assert ask(f"instances?SOPInstanceUID={sop}")[0][UID]["Value"] == ["1.2.3.2"]
    assert len(ask("studies/1.2.3.2/instances?InstanceNumber=1")) == 1
    assert ask("studies/1.2.3.2/instances?InstanceNumber=2") == []
    assert len(ask("instances?SOPClassUID=1.2.840.10008.5.1.4.1.1.2&Modality=CT")) == 2
    for missing in (
        "studies/1.2.3.9/series",
        "studies/1.2.3.9/instances",
        "studies/1.2.3.2/series/1.2/instances",
    ):
        assert client.get(f"/dicomweb/{missing}", headers=as_technician).status_code == 404


def test_requested_procedures_are_matched(client: TestClient, as_technician: Headers, store: Store) -> None:
    request = Dataset()
    request.ScheduledProcedureStepID, request.RequestedProcedureID = "SPS7", "RP9"
    ds = dcmread(BytesIO(study(5)[0]))
    ds.RequestAttributesSequence = [request]
    ds.PerformedProcedureStepStartDate, ds.PerformedProcedureStepStartTime = "20260302", "0930"
    assert store([dicom.writer.encode(ds), *study(6)]).status_code == 200
    settle(client)
    for query in (
        "RequestAttributesSequence.ScheduledProcedureStepID=SPS7",
        "00400275.00401001=RP?",
        "PerformedProcedureStepStartDate=20260301-20260303",
        "PerformedProcedureStepStartTime=0930",
    ):
        answer = client.get(f"/dicomweb/series?{query}", headers=as_technician)
        assert answer.status_code == 200, query
        (item,) = answer.json()
        assert item["0020000E"]["Value"] == ["1.2.3.5.1"], query
        assert item["00400275"]["Value"][0]["00400009"]["Value"] == ["SPS7"]


def settle(client: TestClient) -> None:
    """Do what the scheduler and a worker do when nothing has come for a moment."""
    from sqlalchemy import select

    from hounsfield.imaging import settle as room
    from hounsfield.imaging.models import Series

    platform: Platform = client.app.state.platform  # type: ignore[attr-defined]
    with platform.db.read() as session:
        ids = list(session.scalars(select(Series.id)))
    for series_id in ids:
        room.settle(platform, series_id)


def test_more_attributes_when_asked(client: TestClient, as_technician: Headers, archive: None) -> None:
    settle(client)

    def one(path: str) -> dict[str, Any]:
        return client.get(f"/dicomweb/{path}", headers=as_technician).json()[0]  # type: ignore[no-any-return]

    assert "00200052" not in one("studies/1.2.3.1/series")
    assert one("studies/1.2.3.1/series?includefield=FrameOfReferenceUID")["00200052"]["Value"]
    assert one("studies/1.2.3.1/series?includefield=00200052,00080070")["00080070"]["Value"] == ["Hounsfield"]
    assert one("studies/1.2.3.1/series?includefield=all")["00185100"]["Value"] == ["HFS"]
    assert "00185100" not in one("studies?includefield=all"), "it is no attribute of a study"
    assert one("studies?includefield=PatientComments")["00104000"] == {"vr": "LT"}
    assert one("studies/1.2.3.1/instances?includefield=00281052")["00281052"]["Value"] == [0]
    everything = one("studies/1.2.3.1/instances?includefield=all")
    assert everything["00200032"]["Value"]
    assert "BulkDataURI" in everything["7FE00010"]


@pytest.mark.parametrize(
    "query",
    ["StudyDate=today", "StudyDate=2025-01-01-x", "StudyTime=25h", "limit=x", "limit=-1", "offset=1e3",
     "NoSuchThing=1", "fuzzymatching=maybe", "includefield=NoSuchThing", "00080020x=1"],
)  # fmt: skip
def test_nonsense_is_refused(client: TestClient, as_technician: Headers, query: str) -> None:
    answer = client.get(f"/dicomweb/studies?{query}", headers=as_technician)
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_QUERY")


def test_what_cannot_be_matched_is_said(client: TestClient, as_technician: Headers, archive: None) -> None:
    answer = client.get("/dicomweb/studies?PatientComments=x", headers=as_technician)
    assert len(answer.json()) == 3
    assert "PatientComments" in answer.headers["Warning"]


def test_everybody_finds_their_own(
    client: TestClient,
    platform: Platform,
    as_technician: Headers,
    as_stranger: Headers,
    store: Store,
    archive: None,
) -> None:
    for path in ("studies", "series", "instances", "studies?ModalitiesInStudy=CT"):
        assert client.get(f"/dicomweb/{path}", headers=as_stranger).status_code == 204, path
        assert client.get(f"/dicomweb/{path}").status_code == 401
    other = bearer(platform, make_user(platform, "elsewhere", clinical_role=ClinicalRole.DOCTOR))
    store(study(1, PatientID="Z"), headers=other)
    assert found(client, other, "", "00100020") == ["Z"]
    assert found(client, as_technician, "StudyInstanceUID=1.2.3.1", "00100020") == ["1"]
