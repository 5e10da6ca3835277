"""Images worth showing are marked with a note, once each."""

from fastapi.testclient import TestClient
from tests.integration.annotations.conftest import Ct

Headers = dict[str, str]


def test_an_image_is_marked_noted_and_unmarked(
    client: TestClient, ct: Ct, as_owner: Headers, as_colleague: Headers
) -> None:
    path = f"{ct.path}/key-images/{ct.sop_uid(5)}"
    assert client.put(path, json={"note": "largest diameter"}, headers=as_owner).status_code == 201
    again = client.put(path, json={"note": "最大径"}, headers=as_colleague)
    assert (again.status_code, again.json()["note"]) == (200, "最大径")
    seen = client.get(f"{ct.path}/key-images", headers=as_colleague).json()
    assert seen["total"] == 1
    assert {key: seen["items"][0][key] for key in ("sop_uid", "series_uid", "frame", "created_by_name")} == {
        "sop_uid": ct.sop_uid(5),
        "series_uid": ct.series_uid,
        "frame": 1,
        "created_by_name": "owner",
    }
    assert client.delete(path, headers=as_owner).status_code == 204
    assert client.delete(path, headers=as_owner).status_code == 404
    assert client.get(f"{ct.path}/key-images", headers=as_owner).json()["items"] == []


def test_only_images_of_the_study_and_only_for_whoever_works_on_it(
    client: TestClient, ct: Ct, as_owner: Headers, as_nurse: Headers, as_stranger: Headers
) -> None:
    for path in (f"{ct.path}/key-images/1.2.3", f"{ct.path}/key-images/{ct.sop_uid(0)}?frame=2"):
        answer = client.put(path, json={}, headers=as_owner)
        assert (answer.status_code, answer.json()["code"]) == (422, "NOT_IN_STUDY")
    path = f"{ct.path}/key-images/{ct.sop_uid(0)}"
    assert client.put(path, json={"note": "a\0b"}, headers=as_owner).status_code == 422
    assert client.put(path, json={}, headers=as_nurse).status_code == 403
    assert client.put(path, json={}, headers=as_stranger).status_code == 404
    assert client.get(f"{ct.path}/key-images", headers=as_stranger).status_code == 404
