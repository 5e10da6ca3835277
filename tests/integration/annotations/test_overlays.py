"""What lies over the images is listed and comes in the form in which it is drawn; what is broken says why."""

import copy
import gzip
import json
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from tests.factories.accounts import bearer, make_user
from tests.factories.overlays import presentation_state, segmentation, structure_set
from tests.factories.studies import archived, zipped
from tests.integration.annotations.conftest import Ct
from tests.integration.annotations.test_documents import check_standard, files_of

from hounsfield.dicom.writer import encode
from hounsfield.imaging.intake import Intake, Outcome
from hounsfield.kit.platform import Platform

Headers = dict[str, str]
SEG = "1.2.840.10008.5.1.4.1.1.66.4"


def blocks() -> np.ndarray:
    labels = np.zeros((12, 32, 32), np.uint8)
    labels[2:5, 3:9, 4:20] = 1
    labels[6:9, 10:20, 4:20] = 2
    return labels


def wish(ct: Ct, **changes: Any) -> dict[str, Any]:
    segments = [
        {"value": 1, "label": "肝", "color": "#E6194B", "type": "liver"},
        {"value": 2, "label": "L3", "color": "#00C8FF", "type": "l3"},
    ]
    return {"series_uid": ct.series_uid, "description": "Manual", "segments": segments, **changes}


def make(client: TestClient, ct: Ct, headers: Headers, body: bytes | None, **changes: Any) -> Any:
    files: dict[str, Any] = {"wish": (None, json.dumps(wish(ct, **changes)))}
    if body is not None:
        files["labels"] = ("labels.raw", body, "application/octet-stream")
    return client.post(f"{ct.path}/overlays/seg", files=files, headers=headers)


@pytest.mark.parametrize("form", ["uint8", "uint16", "gzip"])
def test_a_drawn_mask_becomes_a_segmentation_and_comes_back(
    client: TestClient,
    platform: Platform,
    ct: Ct,
    as_owner: Headers,
    as_colleague: Headers,
    tmp_path: Any,
    form: str,
) -> None:
    raw = blocks().astype("<u2").tobytes() if form == "uint16" else blocks().tobytes()
    made = make(client, ct, as_owner, gzip.compress(raw) if form == "gzip" else raw)
    assert made.status_code == 201, made.text
    (data,) = files_of(platform, SEG)
    check_standard(data, tmp_path)
    listed = client.get(f"{ct.path}/overlays", headers=as_colleague).json()
    assert [(item["kind"], item["parts"], item["referenced_series_uid"]) for item in listed["items"]] == [
        ("SEG", 2, ct.series_uid)
    ]
    path = f"{ct.path}/overlays/{made.json()['sop_uid']}"
    assert listed["items"][0]["id"] == made.json()["sop_uid"]
    chinese = {**as_colleague, "Accept-Language": "zh-CN"}
    told = client.get(f"{path}/segments", headers=chinese).json()
    assert (told["aligned"], told["layers"], told["dtype"]) == (True, 1, "uint8")
    assert told["slices"] == [ct.sop_uid(index) for index in range(12)]
    assert told["geometry"]["size"] == [32, 32, 12]
    assert told["geometry"]["spacing"] == [1.5, 1.5, 2.5]
    first, second = told["segments"]
    assert (first["label"], first["type"]["meaning"], first["voxels"]) == ("肝", "肝", 3 * 6 * 16)
    assert second["volume_ml"] == pytest.approx(480 * 1.5 * 1.5 * 2.5 / 1000)
    answer = client.get(f"{path}/labelmap", headers=as_colleague)
    assert answer.headers["content-encoding"] == "gzip"
    volume = np.frombuffer(answer.content, answer.headers["x-hounsfield-dtype"]).reshape(12, 32, 32)
    np.testing.assert_array_equal(volume, blocks())
    assert json.loads(answer.headers["x-hounsfield-geometry"]) == told["geometry"]
    unchanged = client.get(f"{path}/labelmap", headers={**as_owner, "If-None-Match": answer.headers["etag"]})
    assert unchanged.status_code == 304
    assert client.get(f"{path}/labelmap?layer=1", headers=as_owner).status_code == 404


def test_a_mask_that_does_not_fit_is_refused_and_leaves_nothing(
    client: TestClient, platform: Platform, ct: Ct, as_owner: Headers
) -> None:
    good = blocks().tobytes()
    for body, changes, code in (
        (good[:-1], {}, "SEGMENTATION_UNFIT"),
        (gzip.compress(good)[:-9], {}, "SEGMENTATION_UNFIT"),
        (bytes(len(good)), {}, "SEGMENTATION_UNFIT"),
        (None, {}, "SEGMENTATION_UNFIT"),
        (good, {"series_uid": "1.2.3"}, "NOT_IN_STUDY"),
        (good, {"series_uid": "x"}, "INVALID_FORM"),
        (good, {"segments": [{"value": 1, "label": ""}]}, "INVALID_FORM"),
    ):
        answer = make(client, ct, as_owner, body, **changes)
        assert (answer.status_code, answer.json()["code"]) == (422, code), (changes, answer.text)
    assert files_of(platform, SEG) == []
    assert list(platform.settings.spool_dir.iterdir()) == []


def test_who_may_not_is_refused_before_the_mask_is_read(
    client: TestClient, ct: Ct, as_nurse: Headers, as_stranger: Headers
) -> None:
    assert make(client, ct, as_nurse, blocks().tobytes()).status_code == 403
    assert make(client, ct, as_stranger, blocks().tobytes()).status_code == 404


def test_overlays_of_others_are_drawn(client: TestClient, ct: Ct, as_owner: Headers, run_outbox: Any) -> None:
    masks = np.zeros((12, 32, 32, 2), np.uint8)
    masks[2:5, 3:9, 4:20, 0] = 1
    masks[4:7, 3:9, 4:20, 1] = 1
    objects = [segmentation(ct.datasets, masks), structure_set(ct.datasets), presentation_state(ct.datasets)]
    archived(client, as_owner, zipped(objects), run_outbox)
    items = client.get(f"{ct.path}/overlays", headers=as_owner).json()["items"]
    found = {item["kind"]: item for item in items}
    assert set(found) == {"SEG", "RTSTRUCT", "PR"}
    assert {item["referenced_series_uid"] for item in items} == {ct.series_uid}
    assert (found["RTSTRUCT"]["label"], found["RTSTRUCT"]["parts"]) == ("靶区", 3)

    path = f"{ct.path}/overlays/{found['SEG']['id']}"
    told = client.get(f"{path}/segments", headers=as_owner).json()
    assert [segment["layer"] for segment in told["segments"]] == [0, 1]
    second = client.get(f"{path}/labelmap?layer=1", headers=as_owner)
    volume = np.frombuffer(second.content, np.uint8).reshape(12, 32, 32)
    np.testing.assert_array_equal(volume == 2, masks[..., 1] == 1)

    drawn = client.get(f"{ct.path}/overlays/{found['RTSTRUCT']['id']}/contours", headers=as_owner).json()
    target, point, empty = drawn["rois"]
    assert (target["name"], target["color"], target["interpretation"]) == ("GTV", "#FF0080", "GTV")
    assert target["contours"][0]["points"] == [-5, -5, -95, 5, -5, -95, 5, 5, -95, -5, 5, -95]
    assert target["contours"][0]["sop_uid"] == ct.sop_uid(2)
    assert point["contours"][0] == {"type": "POINT", "sop_uid": None, "points": [1.5, -2.25, -90]}
    assert empty["contours"] == []

    shown = client.get(f"{ct.path}/overlays/{found['PR']['id']}/presentation", headers=as_owner).json()
    assert (shown["rotation"], shown["flip_horizontal"], shown["inverse"]) == (90, True, True)
    assert shown["graphics"][0]["points"] == [[4.5, 5.5], [20.25, 5.5]]
    assert shown["graphics"][0]["images"] == [{"sop_uid": ct.sop_uid(0), "frames": []}]
    assert (shown["texts"][0]["text"], shown["texts"][0]["anchor"]) == ("结节 12 mm", [20.25, 5.5])
    assert (shown["vois"][0]["center"], shown["vois"][0]["width"]) == (-600, 1500)
    assert shown["areas"][0]["bottom_right"] == [16, 16]


def test_a_label_map_follows_the_series_when_it_grows(
    client: TestClient, platform: Platform, ct: Ct, as_owner: Headers, owner: Any
) -> None:
    made = make(client, ct, as_owner, blocks().tobytes()).json()["sop_uid"]
    assert len(client.get(f"{ct.path}/overlays/{made}/segments", headers=as_owner).json()["slices"]) == 12
    late = copy.deepcopy(ct.datasets[0])
    late.SOPInstanceUID = late.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    late.ImagePositionPatient = [-24, -24, -102.5]
    taken = Intake(platform, owner.organization_id, owner.id, "stow").take([encode(late)])
    assert taken[0].outcome is Outcome.STORED
    told = client.get(f"{ct.path}/overlays/{made}/segments", headers=as_owner).json()
    assert told["slices"][:2] == ["1.2.3.4", ct.sop_uid(0)]
    volume = client.get(f"{ct.path}/overlays/{made}/labelmap", headers=as_owner).content
    np.testing.assert_array_equal(np.frombuffer(volume, np.uint8).reshape(13, 32, 32)[1:], blocks())


def test_broken_ones_are_listed_with_the_reason(
    client: TestClient, ct: Ct, as_owner: Headers, run_outbox: Any
) -> None:
    whole = segmentation(ct.datasets, blocks())
    cut = whole.replace(b"BINARY", b"BINRAY")
    broken = structure_set(ct.datasets).replace(b"CLOSED_PLANAR", b"KLOSED_PLANAR")
    archived(client, as_owner, zipped([cut, broken]), run_outbox)
    items = client.get(f"{ct.path}/overlays", headers=as_owner).json()["items"]
    found = {item["kind"]: item for item in items}
    assert found["SEG"]["unreadable"]["code"] == "OBJECT_UNREADABLE"
    for path in (f"{found['SEG']['id']}/segments", f"{found['RTSTRUCT']['id']}/contours"):
        answer = client.get(f"{ct.path}/overlays/{path}", headers=as_owner)
        assert (answer.status_code, answer.json()["code"]) == (422, "OBJECT_UNREADABLE")
        assert "Damaged" in answer.json()["title"]


def test_an_overlay_is_found_only_as_what_it_is_and_only_by_whoever_sees_the_study(
    client: TestClient, platform: Platform, ct: Ct, as_owner: Headers, as_stranger: Headers
) -> None:
    made = make(client, ct, as_owner, blocks().tobytes()).json()["sop_uid"]
    for path in (f"{made}/contours", f"{made}/presentation", f"{ct.sop_uid(0)}/segments", "1.2.3/labelmap"):
        assert client.get(f"{ct.path}/overlays/{path}", headers=as_owner).status_code == 404
    other = bearer(platform, make_user(platform, "elsewhere"))
    for headers in (as_stranger, other):
        for path in ("", f"/{made}/segments", f"/{made}/labelmap"):
            assert client.get(f"{ct.path}/overlays{path}", headers=headers).status_code == 404
