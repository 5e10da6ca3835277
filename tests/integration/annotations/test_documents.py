"""What readers mark leaves as DICOM and comes back the same: TID 1500 reports and Key Object Selections."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from tests.factories.studies import archived, zipped
from tests.integration.annotations.conftest import Ct

from hounsfield.imaging.models import Instance
from hounsfield.kit.platform import Platform

Headers = dict[str, str]
Z = -92.5


def drawn(ct: Ct) -> dict[str, dict[str, Any]]:
    """Return one of every tool: on the fourth slice, and between the slices."""
    on = {
        "series_uid": ct.series_uid,
        "sop_uid": ct.sop_uid(3),
        "frame": 1,
        "frame_of_reference_uid": ct.frame_of_reference_uid,
    }
    off = {"series_uid": ct.series_uid, "frame_of_reference_uid": ct.frame_of_reference_uid}
    hu = {"mean": 48.25, "std": 4.5, "min": -12, "max": 80}
    return {
        "length": {**on, "tool": "length", "points": [[-15, 0, Z], [15, 0, Z]], "stats": {"length_mm": 30}},
        "angle": {
            **on,
            "tool": "angle",
            "points": [[9, 0, Z], [0, 0, Z], [0, 9, Z]],
            "stats": {"angle_deg": 90},
        },
        "cobb": {
            **on,
            "tool": "angle",
            "points": [[0, 0, Z], [9, 0, Z], [0, 6, Z], [9, 9, Z]],
            "stats": {"angle_deg": 18.43},
        },
        "area": {
            **on,
            "tool": "area",
            "label": "肝脏",
            "points": [[0, 0, Z], [10, 0, Z], [12.5, 7.25, Z], [0, 10, Z]],
            "stats": {"area_mm2": 102.8125, **hu},
        },
        "ellipse": {
            **on,
            "tool": "ellipse",
            "points": [[-9, 0, Z], [9, 0, Z], [0, -4.5, Z], [0, 4.5, Z]],
            "stats": {"area_mm2": 127.23, **hu},
        },
        "rectangle": {
            **on,
            "tool": "rectangle",
            "points": [[0, 0, Z], [12, 0, Z], [12, 6, Z], [0, 6, Z]],
            "stats": {"area_mm2": 72, "mean": -0.5},
        },
        "arrow": {**on, "tool": "arrow", "points": [[3, 3, Z], [9, 9, Z]], "text": "边缘不清 <b>&"},
        "text": {**on, "tool": "text", "points": [[3, 3, Z]], "text": "compare\nwith prior"},
        "probe": {**on, "tool": "probe", "points": [[3, 3, Z]], "stats": {"mean": 52}},
        "length-3d": {**off, "tool": "length", "points": [[-15, 0, -99], [15, 4, -80]], "label": "oblique"},
        "area-3d": {**off, "tool": "area", "points": [[0, 0, -99], [9, 0, -95], [9, 9, -90], [1, 9, -91]]},
        "rectangle-3d": {
            **off,
            "tool": "rectangle",
            "points": [[0, 0, -99], [9, 0, -99], [9, 0, -90], [0, 0, -90]],
            "stats": {"area_mm2": 81},
        },
    }


def files_of(platform: Platform, sop_class: str) -> list[bytes]:
    with platform.db.read() as session:
        hashes = session.scalars(select(Instance.sha256).where(Instance.sop_class_uid == sop_class)).all()
    return [platform.blobs.path(sha256).read_bytes() for sha256 in hashes]


def check_standard(data: bytes, folder: Path) -> None:
    """Ask dicom3tools whether an object is what its IOD prescribes."""
    path = folder / "object.dcm"
    path.write_bytes(data)
    command = [str(Path(sys.executable).with_name("dciodvfy")), str(path)]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Error" not in said.stdout + said.stderr, said.stdout + said.stderr


def test_marks_written_as_a_report_come_back_as_they_were_drawn(
    client: TestClient, platform: Platform, ct: Ct, as_owner: Headers, as_colleague: Headers, tmp_path: Path
) -> None:
    wishes = drawn(ct)
    for key, wish in wishes.items():
        answer = client.put(f"{ct.path}/measurements/{key}", json=wish, headers=as_owner)
        assert answer.status_code == 201, (key, answer.text)
    kept = client.get(f"{ct.path}/measurements", headers=as_owner).json()["items"]
    written = client.post(f"{ct.path}/measurements/sr", json={}, headers=as_colleague)
    assert written.status_code == 201, written.text
    assert written.json()["count"] == len(wishes)
    (data,) = files_of(platform, "1.2.840.10008.5.1.4.1.1.88.34")
    check_standard(data, tmp_path)

    assert client.get(f"{ct.path}/measurements", headers=as_owner).json()["total"] == len(wishes)
    listed = client.get(f"{ct.path}/measurements?exported=true", headers=as_owner).json()
    assert listed["unreadable"] == []
    read = {item["tracking_uid"]: item for item in listed["items"] if item["read_only"]}
    assert len(read) == len(wishes)
    for mark in kept:
        copy = read[mark["tracking_uid"]]
        assert copy["source"]["sop_uid"] == written.json()["sop_uid"]
        assert copy["created_by_name"] == "colleague"
        same = ("tool", "label", "text", "frame_of_reference_uid", "sop_uid")
        assert {name: copy[name] for name in same} == {name: mark[name] for name in same}
        for point, there in zip(mark["points"], copy["points"], strict=True):
            assert point == pytest.approx(there, abs=1e-3)
        told = {name: value for name, value in mark["stats"].items() if value is not None}
        assert {name: copy["stats"][name] for name in told} == told


def test_a_mark_that_is_deleted_stays_in_the_report(client: TestClient, ct: Ct, as_owner: Headers) -> None:
    path = f"{ct.path}/measurements"
    client.put(f"{path}/length", json=drawn(ct)["length"], headers=as_owner)
    client.put(f"{path}/probe", json=drawn(ct)["probe"], headers=as_owner)
    assert (
        client.post(f"{path}/sr", json={"measurement_ids": ["length"]}, headers=as_owner).json()["count"] == 1
    )
    assert client.delete(f"{path}/length", headers=as_owner).status_code == 204
    items = client.get(path, headers=as_owner).json()["items"]
    assert [(item["tool"], item["read_only"]) for item in items] == [("probe", False), ("length", True)]
    assert client.delete(f"{path}/{items[1]['id']}", headers=as_owner).status_code == 404


def test_nothing_is_written_of_nothing_or_for_whoever_may_not(
    client: TestClient, ct: Ct, as_owner: Headers, as_nurse: Headers, as_stranger: Headers
) -> None:
    for path in ("measurements/sr", "key-images/kos"):
        answer = client.post(f"{ct.path}/{path}", json={}, headers=as_owner)
        assert (answer.status_code, answer.json()["code"]) == (422, "NOTHING_TO_EXPORT")
        assert client.post(f"{ct.path}/{path}", json={}, headers=as_nurse).status_code == 403
        assert client.post(f"{ct.path}/{path}", json={}, headers=as_stranger).status_code == 404


def test_dcmtk_reads_the_report(
    client: TestClient, platform: Platform, ct: Ct, as_owner: Headers, tmp_path: Path
) -> None:
    if shutil.which("dsrdump") is None:
        pytest.skip("needs dcmtk's dsrdump")
    for key, wish in drawn(ct).items():
        client.put(f"{ct.path}/measurements/{key}", json=wish, headers=as_owner)
    assert client.post(f"{ct.path}/measurements/sr", json={}, headers=as_owner).status_code == 201
    (data,) = files_of(platform, "1.2.840.10008.5.1.4.1.1.88.34")
    (tmp_path / "report.dcm").write_bytes(data)
    said = subprocess.run(["dsrdump", str(tmp_path / "report.dcm")], capture_output=True, check=False)
    text = said.stdout.decode()
    assert said.returncode == 0
    assert b"E:" not in said.stderr
    assert 'NUM:(,,"Length")="30.0" (mm,UCUM,"millimeter")' in text
    assert "肝脏" in text


def test_key_images_written_as_a_selection_come_back(
    client: TestClient, platform: Platform, ct: Ct, as_owner: Headers, tmp_path: Path
) -> None:
    for index, note in ((2, "largest"), (7, "最大径")):
        path = f"{ct.path}/key-images/{ct.sop_uid(index)}"
        assert client.put(path, json={"note": note}, headers=as_owner).status_code == 201
    wish = {"title": "for_surgery"}
    written = client.post(f"{ct.path}/key-images/kos", json=wish, headers=as_owner)
    assert (written.status_code, written.json()["count"]) == (201, 2)
    (data,) = files_of(platform, "1.2.840.10008.5.1.4.1.1.88.59")
    check_standard(data, tmp_path)
    assert client.get(f"{ct.path}/key-images", headers=as_owner).json()["total"] == 2
    chinese = {**as_owner, "Accept-Language": "zh-CN"}
    listed = client.get(f"{ct.path}/key-images?exported=true", headers=chinese).json()["items"]
    read = [item for item in listed if item["read_only"]]
    assert [item["sop_uid"] for item in read] == [ct.sop_uid(2), ct.sop_uid(7)]
    assert {item["note"] for item in read} == {"1: largest\n2: 最大径"}
    assert read[0]["source"]["description"] == "供手术"
    assert read[0]["series_uid"] == ct.series_uid


def test_a_report_of_others_is_read(
    client: TestClient, as_owner: Headers, run_outbox: Any, shared_data: Path
) -> None:
    folder = shared_data / "dicom-objects" / "sr-example"
    archived(client, as_owner, zipped(path.read_bytes() for path in sorted(folder.glob("*.dcm"))), run_outbox)
    study = client.get("/api/v1/studies", headers=as_owner).json()["items"][0]["study_uid"]
    listed = client.get(f"/api/v1/studies/{study}/measurements", headers=as_owner).json()
    assert listed["total"] > 0
    mark = listed["items"][0]
    assert (mark["tool"], mark["read_only"], mark["label"]) == ("segment", True, "primary tumor")
    assert mark["stats"]["mean"] == pytest.approx(6.01529)
    assert mark["segment"]["number"] == 1
    volume = next(value for value in mark["values"] if value["name"] == "Volume")
    assert (volume["value"], volume["unit"]) == (33.5824, "ml")
