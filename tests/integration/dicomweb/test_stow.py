"""Storing: many at once, each judged by itself, in the words of the standard."""

from io import BytesIO
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydicom import dcmread
from pydicom.dataset import Dataset
from tests.factories import dicom
from tests.factories.accounts import bearer, make_user
from tests.integration.dicomweb.conftest import STUDY, Headers, Store, body_of

from hounsfield.accounts.models import ClinicalRole, Tier
from hounsfield.dicomweb import stow
from hounsfield.kit.platform import Platform


def reasons(answer: Any, tag: str = "00081198") -> list[int]:
    return [item["00081197"]["Value"][0] for item in answer.json().get(tag, {}).get("Value", [])]


def test_what_is_stored_is_listed(
    store: Store, slices: list[bytes], client: TestClient, as_technician: Headers
) -> None:
    answer = store(slices)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/dicom+json"
    said = Dataset.from_json(answer.json())
    assert said.RetrieveURL == f"http://testserver/dicomweb/studies/{STUDY}"
    assert [item.ReferencedSOPInstanceUID for item in said.ReferencedSOPSequence] == [
        dcmread(BytesIO(data)).SOPInstanceUID for data in slices
    ]
    assert client.get(said.ReferencedSOPSequence[0].RetrieveURL, headers=as_technician).status_code == 200
    assert "FailedSOPSequence" not in said
    assert store(slices).status_code == 200, "the same again is no failure"


def test_each_failure_is_said(store: Store, slices: list[bytes]) -> None:
    store(slices[:1])
    other = dicom.ct_series(slices=5, attributes={"StudyDescription": "changed"})["IM0001.dcm"]
    answer = store([other, b"no DICOM at all", slices[1]])
    assert answer.status_code == 202
    assert reasons(answer) == [0x0111]
    assert reasons(answer, "0008119A") == [0xC000]
    assert len(answer.json()["00081199"]["Value"]) == 1
    answer = store([other, b"no DICOM at all"])
    assert (answer.status_code, "00081199" in answer.json()) == (409, False)


def test_objects_of_another_study_are_refused(store: Store, slices: list[bytes]) -> None:
    answer = store(slices, study="1.2.3")
    assert (answer.status_code, set(reasons(answer))) == (409, {0xA900})
    assert store(slices, study=STUDY).status_code == 200


def test_hundreds_in_one_request(
    store: Store, client: TestClient, as_technician: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stow, "PARSE_BYTES", 50_000)
    objects = list(dicom.ct_series(slices=200, rows=16).values())
    answer = store(objects)
    assert answer.status_code == 200
    assert len(answer.json()["00081199"]["Value"]) == 200
    (study,) = client.get("/dicomweb/studies", headers=as_technician).json()
    assert study["00201208"]["Value"] == [200]


def test_a_single_object_as_the_body(client: TestClient, as_technician: Headers, slices: list[bytes]) -> None:
    headers = {**as_technician, "Content-Type": "application/dicom"}
    assert client.post("/dicomweb/studies", content=slices[0], headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("multipart/related; type=application/dicom", 415),
        ("multipart/form-data; boundary=x", 415),
        ('multipart/related; type="application/dicom+json"; boundary=x', 415),
        ("application/json", 415),
        ("", 415),
    ],
)
def test_other_bodies_are_refused(client: TestClient, as_technician: Headers, kind: str, status: int) -> None:
    headers = {**as_technician, "Content-Type": kind}
    assert client.post("/dicomweb/studies", content=b"x", headers=headers).status_code == status


def test_a_body_that_is_cut_off_keeps_what_is_whole(
    client: TestClient, as_technician: Headers, slices: list[bytes]
) -> None:
    body, kind = body_of(slices)
    headers = {**as_technician, "Content-Type": kind}
    answer = client.post("/dicomweb/studies", content=body[: len(body) // 2], headers=headers)
    assert answer.status_code == 202
    assert "Warning" in answer.headers
    (study,) = client.get("/dicomweb/studies", headers=as_technician).json()
    assert study["00201208"]["Value"] == [2] == [len(answer.json()["00081199"]["Value"])]
    answer = client.post("/dicomweb/studies", content=body[:300], headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "BROKEN_MULTIPART")


def test_reports_and_structures_are_stored_too(
    store: Store, client: TestClient, as_technician: Headers
) -> None:
    classes = {
        "1.2.840.10008.5.1.4.1.1.88.33": "SR",
        "1.2.840.10008.5.1.4.1.1.481.3": "RTSTRUCT",
        "1.2.840.10008.5.1.4.1.1.11.1": "PR",
        "1.2.840.10008.5.1.4.1.1.104.1": "DOC",
    }
    objects = []
    for number, (sop_class, modality) in enumerate(classes.items()):
        ds = dcmread(BytesIO(dicom.ct_series(slices=1, seed=f"object {number}")["IM0001.dcm"]))
        for keyword in ("PixelData", "Rows", "Columns"):
            delattr(ds, keyword)
        ds.SOPClassUID, ds.Modality = sop_class, modality
        ds.SeriesInstanceUID, ds.StudyInstanceUID = f"1.2.9.{number}", "1.2.9"
        if modality == "DOC":
            ds.EncapsulatedDocument, ds.MIMETypeOfEncapsulatedDocument = b"%PDF-1.7" * 300, "application/pdf"
        objects.append(dicom.writer.encode(ds))
    assert store(objects).status_code == 200
    (study,) = client.get("/dicomweb/studies", headers=as_technician).json()
    assert sorted(study["00080061"]["Value"]) == ["DOC", "PR", "RTSTRUCT", "SR"]
    metadata = client.get("/dicomweb/studies/1.2.9/series/1.2.9.3/metadata", headers=as_technician).json()[0]
    document = client.get(metadata["00420011"]["BulkDataURI"], headers=as_technician)
    assert b"%PDF-1.7" * 300 in document.content
    for path in ("rendered", "thumbnail", "frames/1"):
        place = (
            f"/dicomweb/studies/1.2.9/series/1.2.9.0/instances/{metadata_uid(client, as_technician)}/{path}"
        )
        assert client.get(place, headers=as_technician).status_code == 404, path


def metadata_uid(client: TestClient, headers: Headers) -> str:
    found = client.get("/dicomweb/studies/1.2.9/series/1.2.9.0/instances", headers=headers).json()
    return str(found[0]["00080018"]["Value"][0])


def test_who_may_store(store: Store, platform: Platform, slices: list[bytes], client: TestClient) -> None:
    assert client.post("/dicomweb/studies", content=b"").status_code == 401
    patient = bearer(platform, make_user(platform, "patient", clinical_role=ClinicalRole.PATIENT))
    assert store(slices, headers=patient).status_code == 403


def test_programs_come_with_tokens_of_their_organization(
    store: Store,
    platform: Platform,
    technician: Any,
    slices: list[bytes],
    client: TestClient,
    as_stranger: Headers,
) -> None:
    administrator = make_user(platform, "chief", organization_id=technician.organization_id, tier=Tier.ADMIN)
    as_chief = bearer(platform, administrator)

    def make(**wish: Any) -> dict[str, Any]:
        answer = client.post("/api/v1/api-tokens", json={"name": "orthanc", **wish}, headers=as_chief)
        assert answer.status_code == 201, answer.text
        return answer.json()  # type: ignore[no-any-return]

    reader, writer = make(), make(may_store=True, expires_in_days=30)
    reading, writing = ({"Authorization": f"Bearer {made['token']}"} for made in (reader, writer))
    assert store(slices, headers=reading).status_code == 403
    assert store(slices, headers=writing).status_code == 200
    assert len(client.get("/dicomweb/studies", headers=reading).json()) == 1
    assert client.get("/api/v1/studies", headers=reading).status_code == 401, "it opens DICOMweb only"
    listed = client.get("/api/v1/api-tokens", headers=as_chief).json()["items"]
    assert {item["token_id"] for item in listed} == {reader["token_id"], writer["token_id"]}
    assert all(item["token"] is None for item in listed)
    place = f"/api/v1/api-tokens/{reader['token_id']}"
    assert client.delete(place, headers=as_stranger).status_code == 403
    assert client.delete(place, headers=as_chief).status_code == 204
    assert client.get("/dicomweb/studies", headers=reading).status_code == 401
    elsewhere = bearer(platform, make_user(platform, "other chief", tier=Tier.ADMIN))
    assert client.get("/api/v1/api-tokens", headers=elsewhere).json()["total"] == 0
    assert client.delete(place, headers=elsewhere).status_code == 404
