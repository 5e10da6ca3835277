"""The list of studies comes in the order that is asked for, on every database alike."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.factories import dicom
from tests.factories.engines import FakeEngine

Headers = dict[str, str]
# in the order in which they arrive
STUDIES = [
    {"PatientID": "1", "PatientName": "Brown^Amy", "StudyDate": "20250301", "StudyTime": "080000"},
    {"PatientID": "2", "PatientName": "Zhao^Min", "StudyDate": "20230101", "StudyTime": "120000"},
    {"PatientID": "3", "PatientName": "", "StudyDate": "20250301", "StudyTime": "090000"},
    {"PatientID": "4", "PatientName": "Adams^Bo", "StudyDate": "", "StudyTime": ""},
]


@pytest.fixture
def arrived(client: TestClient, as_owner: Headers, engine: FakeEngine, run_outbox: Any) -> None:
    for number, attributes in enumerate(STUDIES):
        content = dicom.ct_zip(slices=3, rows=8, columns=8, attributes=attributes, seed=f"study {number}")
        form: dict[str, Any] = {
            "task_type": (None, "ct_surface"),
            "file": ("a.zip", content, "application/zip"),
        }
        assert client.post("/api/v1/files/upload", files=form, headers=as_owner).status_code == 202
        run_outbox()


def test_studies_are_sorted_by_arrival_by_date_and_by_name(
    client: TestClient, as_owner: Headers, arrived: None
) -> None:
    def order(query: str) -> list[str]:
        answer = client.get(f"/api/v1/studies{query}", headers=as_owner)
        assert answer.status_code == 200, answer.text
        return [item["mrn"] for item in answer.json()["items"]]

    assert order("") == order("?sort=-created_at") == ["4", "3", "2", "1"]
    assert order("?sort=created_at") == ["1", "2", "3", "4"]
    assert order("?sort=-study_date") == ["3", "1", "2", "4"]
    assert order("?sort=study_date") == ["2", "1", "3", "4"]
    assert order("?sort=name") == ["4", "1", "2", "3"]
    assert order("?sort=-name") == ["2", "1", "4", "3"]
    assert order("?sort=name&size=2&page=2") == ["2", "3"]
    refused = client.get("/api/v1/studies?sort=size", headers=as_owner)
    assert (refused.status_code, refused.json()["code"]) == (422, "VALIDATION_FAILED")
