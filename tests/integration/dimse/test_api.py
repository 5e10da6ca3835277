"""The register of nodes, and what can be asked of one, through the API."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.factories.accounts import bearer, make_user
from tests.factories.nodes import make_node
from tests.processes import free_port

from hounsfield.accounts.models import Tier, User
from hounsfield.dimse.models import DicomNode, DicomTransfer
from hounsfield.dimse.transfers import KEPT
from hounsfield.kit.clock import utc_now
from hounsfield.kit.jobs import run_job
from hounsfield.kit.platform import Platform

PATH = "/api/v1/admin/dicom-nodes"
WISH = {"ae_title": "CT_ROOM_1", "host": "192.0.2.10", "port": 104, "description": "CT, ground floor"}


@pytest.fixture
def as_radiologist(platform: Platform, radiologist: User) -> dict[str, str]:
    return bearer(platform, radiologist)


@pytest.fixture
def as_other(platform: Platform) -> dict[str, str]:
    """The administrator of another organization."""
    return bearer(platform, make_user(platform, "elsewhere", tier=Tier.ADMIN))


def test_a_node_is_added_shown_changed_and_removed(
    client: TestClient, as_radiologist: dict[str, str]
) -> None:
    made = client.post(PATH, json=WISH, headers=as_radiologist)
    assert made.status_code == 201, made.text
    node = made.json()
    assert node["may_store"]
    assert not node["may_retrieve"]
    assert client.get(PATH, headers=as_radiologist).json()["items"] == [node]
    changed = client.put(
        f"{PATH}/{node['id']}",
        json={**WISH, "may_query": True, "addresses": ["10.0.0.0/8", "192.0.2.10"]},
        headers=as_radiologist,
    )
    assert changed.json()["addresses"] == ["10.0.0.0/8", "192.0.2.10/32"]
    assert client.get(f"{PATH}/{node['id']}", headers=as_radiologist).json()["may_query"]
    assert client.delete(f"{PATH}/{node['id']}", headers=as_radiologist).status_code == 204
    assert client.get(f"{PATH}/{node['id']}", headers=as_radiologist).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"ae_title": ""},
        {"ae_title": "SEVENTEEN_LETTERS"},
        {"ae_title": "BACK\\SLASH"},
        {"ae_title": "扫描仪"},
        {"port": 0},
        {"port": 70_000},
        {"host": "a host"},
        {"addresses": ["not an address"]},
        {"description": "line\nbreak"},
        {"unknown": True},
    ],
)
def test_what_makes_no_sense_is_refused(
    client: TestClient, as_radiologist: dict[str, str], wrong: dict[str, Any]
) -> None:
    answer = client.post(PATH, json={**WISH, **wrong}, headers=as_radiologist)
    assert answer.status_code == 422, answer.text
    assert client.get(PATH, headers=as_radiologist).json()["total"] == 0


@pytest.mark.parametrize("title", ["CT_ROOM_1", "ct_room_1"])
def test_a_title_is_given_once_whoever_asks(
    client: TestClient, as_radiologist: dict[str, str], as_other: dict[str, str], title: str
) -> None:
    assert client.post(PATH, json=WISH, headers=as_radiologist).status_code == 201
    answer = client.post(PATH, json={**WISH, "ae_title": title}, headers=as_other)
    assert (answer.status_code, answer.json()["code"]) == (409, "AE_TITLE_TAKEN")


def test_nobody_may_have_our_own_title(client: TestClient, as_radiologist: dict[str, str]) -> None:
    answer = client.post(PATH, json={**WISH, "ae_title": "Hounsfield"}, headers=as_radiologist)
    assert (answer.status_code, answer.json()["code"]) == (409, "AE_TITLE_OURS")


def test_another_organization_finds_nothing(
    client: TestClient, node: DicomNode, as_other: dict[str, str]
) -> None:
    assert client.get(PATH, headers=as_other).json()["total"] == 0
    for method, path, body in (
        ("GET", f"{PATH}/{node.id}", None),
        ("PUT", f"{PATH}/{node.id}", WISH),
        ("DELETE", f"{PATH}/{node.id}", None),
        ("POST", f"{PATH}/{node.id}/echo", None),
        ("POST", f"{PATH}/{node.id}/query", {}),
        ("POST", f"{PATH}/{node.id}/retrieve", {"study_uid": "1.2"}),
        ("POST", f"{PATH}/{node.id}/send", {"study_uid": "1.2"}),
    ):
        assert client.request(method, path, json=body, headers=as_other).status_code == 404, (method, path)


def test_it_is_said_what_to_enter_into_a_scanner(client: TestClient, as_radiologist: dict[str, str]) -> None:
    said = client.get(f"{PATH}/ourselves", headers=as_radiologist).json()
    assert said == {"ae_title": "HOUNSFIELD", "host": "127.0.0.1", "port": 11112}


@pytest.mark.parametrize(("language", "word"), [("en", "Nothing answers"), ("zh-CN", "没有应答")])
def test_an_echo_says_in_words_what_is_wrong(
    client: TestClient,
    platform: Platform,
    radiologist: User,
    as_radiologist: dict[str, str],
    language: str,
    word: str,
) -> None:
    node = make_node(platform, radiologist.organization_id, "AWAY", host="127.0.0.1", port=free_port())
    headers = {**as_radiologist, "Accept-Language": language}
    answer = client.post(f"{PATH}/{node.id}/echo", headers=headers)
    assert answer.status_code == 200
    said = answer.json()
    assert (said["ok"], said["code"]) == (False, "NODE_UNREACHABLE")
    assert word in said["message"]


def test_an_echo_to_ourselves_under_another_title(
    client: TestClient, platform: Platform, radiologist: User, as_radiologist: dict[str, str], port: int
) -> None:
    """Our own server does not know us as a caller, and tells."""
    node = make_node(platform, radiologist.organization_id, "HOUNSFIELD", host="127.0.0.1", port=port)
    said = client.post(f"{PATH}/{node.id}/echo", headers=as_radiologist).json()
    assert said["ok"], said  # registered under its own title it may call itself
    other = make_node(platform, radiologist.organization_id, "MISNAMED", host="127.0.0.1", port=port)
    said = client.post(f"{PATH}/{other.id}/echo", headers=as_radiologist).json()
    assert said["code"] == "NODE_HAS_OTHER_TITLE", said
    with platform.db.write() as session:
        session.delete(session.get_one(DicomNode, node.id))
    with platform.db.write() as session:
        session.get_one(DicomNode, other.id).ae_title = "HOUNSFIELD2"
    said = client.post(f"{PATH}/{other.id}/echo", headers=as_radiologist).json()
    assert said["code"] == "NODE_HAS_OTHER_TITLE", said


def test_a_node_without_an_address_cannot_be_called(
    client: TestClient, node: DicomNode, as_radiologist: dict[str, str]
) -> None:
    assert (
        client.post(f"{PATH}/{node.id}/echo", headers=as_radiologist).json()["code"] == "NODE_WITHOUT_ADDRESS"
    )
    answer = client.post(f"{PATH}/{node.id}/retrieve", json={"study_uid": "1.2"}, headers=as_radiologist)
    assert answer.json()["code"] == "NODE_WITHOUT_ADDRESS"


def test_transfers_that_ended_long_ago_are_forgotten(
    client: TestClient, platform: Platform, node: DicomNode, as_radiologist: dict[str, str]
) -> None:
    about = {"organization_id": node.organization_id, "node_id": node.id, "direction": "SEND", "wanted": {}}
    ends = {"OLD": KEPT + timedelta(hours=1), "DONE": KEPT - timedelta(hours=1), "RUNNING": None}
    with platform.db.write() as session:
        for status, ago in ends.items():
            session.add(DicomTransfer(**about, status=status, finished_at=ago and utc_now() - ago))
    run_job(platform, "dimse.sweep", {})
    shown = client.get(f"{PATH}/transfers", headers=as_radiologist).json()["items"]
    assert {one["status"] for one in shown} == {"DONE", "RUNNING"}
