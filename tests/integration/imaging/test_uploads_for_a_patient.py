"""An upload whose patient was named with it."""

from typing import Any

from fastapi.testclient import TestClient
from tests.factories import dicom
from tests.factories.accounts import bearer, make_organization, make_user
from tests.factories.engines import FakeEngine
from tests.factories.patients import make_patient
from tests.integration.imaging.test_uploads import Headers, nothing_was_kept, post_zip

from hounsfield.accounts.models import ClinicalRole
from hounsfield.kit.platform import Platform


def doctor(platform: Platform, name: str, organization_id: str | None = None) -> Headers:
    more = {"organization_id": organization_id} if organization_id else {}
    return bearer(platform, make_user(platform, name, clinical_role=ClinicalRole.DOCTOR, **more))


def test_the_images_are_that_patients_whatever_they_say(
    client: TestClient, platform: Platform, engine: FakeEngine, run_outbox: Any
) -> None:
    headers = doctor(platform, "doctor")
    patient = make_patient(client, headers, name="Zhao, Min")["patient_id"]
    others = [make_patient(client, headers, name=name)["patient_id"] for name in ("Zhao, M", "Zhao, Mina")]
    ordered = post_zip(client, headers, dicom.ct_zip(slices=3), patient_id=patient)
    assert ordered.status_code == 202, ordered.text
    # the record turns out to be another's, and that one a third's, before the images are taken in
    for begin, end in zip([patient, *others], others, strict=False):
        merged = client.post(f"/api/v1/patients/{begin}/merge", json={"into": end}, headers=headers)
        assert merged.status_code == 200, merged.text
    run_outbox()
    (study,) = client.get("/api/v1/studies", headers=headers).json()["items"]
    assert study["patient_id"] == others[-1]
    assert study["patient_name"] == "Zhao^Mina"


def test_a_patient_that_is_not_theirs_is_not_there_and_nothing_is_kept(
    client: TestClient, platform: Platform, engine: FakeEngine
) -> None:
    elsewhere = doctor(platform, "elsewhere", make_organization(platform))
    theirs = make_patient(client, elsewhere, name="Qian, Li")["patient_id"]
    headers = bearer(platform, make_user(platform, "somebody"))
    for wrong in (theirs, "0" * 32, "nonsense"):
        answer = post_zip(client, headers, dicom.ct_zip(slices=3), patient_id=wrong)
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND"), answer.text
    assert nothing_was_kept(client, platform, headers)
