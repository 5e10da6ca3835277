"""Names are found by an index: it must never lose one that matching alone would find, nor remember an old name."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from tests.factories.accounts import bearer, make_user
from tests.integration.dicomweb.conftest import Headers
from tests.integration.dicomweb.test_qido import archive, found  # noqa: F401  # the fixture is used by its name

from hounsfield.accounts.models import ClinicalRole, User
from hounsfield.dicomweb.matching import condition, near
from hounsfield.kit.platform import Platform
from hounsfield.patients.models import Patient
from hounsfield.patients.names import name_key

NAMES = (
    "Müller^Jörg", "MÜLLER^A", "Straße^O'Neil", "Becker^", "Becker^^Dr", "becker", "^Anna", "Zhang^San=张^三", "",
    "Wang^XiaoDong=王^小東", "王^小", "Van Der Berg^Jan", "100%^A", "a_b^c", "axb^c", "İnci^A", "ＷＡＮＧ^Li", "王^芳=Wang^Fang",
)  # fmt: skip
ASKED = (
    "Becker^*", "becker*", "BECKER", "Müll*", "muller*", "Van Der*", "van*", "^anna", "^*", "?ecker*", "张*", "王^小*",
    "小*", "100%*", "a_b*", "a?b*", "Becker^^*", "STRASSE*", "Straß*", "İn*", "Zhang^San", "zhang^san=张^三", "wang*", "Wang^F*",
)  # fmt: skip


@pytest.mark.parametrize("asked", ASKED)
def test_the_index_loses_nobody(platform: Platform, owner: User, asked: str) -> None:
    with platform.db.write() as session:
        for number, name in enumerate(NAMES):
            session.add(Patient(organization_id=owner.organization_id, mrn=f"{number}", name=name))
    wanted = condition(Patient.name, "PN", asked)
    assert wanted is not None
    with platform.db.read() as session:
        plain = session.scalars(select(Patient.name).where(wanted)).all()
        by_index = session.scalars(select(Patient.name).where(wanted, near(Patient.name_key, asked))).all()
    assert sorted(by_index) == sorted(plain)


def test_a_key_has_the_words_of_a_name_without_case_width_and_accents() -> None:
    assert name_key("Müller^Jörg  Ａ=王^小東") == " muller jorg a 王 小東"


def test_a_name_that_was_corrected_is_found_and_the_old_one_is_not(
    client: TestClient,
    platform: Platform,
    technician: User,
    as_technician: Headers,
    archive: None,  # noqa: F811
) -> None:
    doctor = make_user(
        platform, "doctor", organization_id=technician.organization_id, clinical_role=ClinicalRole.DOCTOR
    )
    with platform.db.read() as session:
        patient_id = session.scalar(select(Patient.id).where(Patient.mrn == "A2"))
    body = {"name": "Nováková^Fang"}
    changed = client.put(f"/api/v1/patients/{patient_id}", json=body, headers=bearer(platform, doctor))
    assert changed.status_code == 200, changed.text
    for fuzzy in ("", "&fuzzymatching=true"):
        assert found(client, as_technician, f"PatientName=Nov*{fuzzy}") == ["2"]
        assert found(client, as_technician, f"PatientName=Wang*{fuzzy}") == ["1"]
    assert found(client, as_technician, "PatientName=novakova&fuzzymatching=true") == ["2"]
