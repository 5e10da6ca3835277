"""Records are made, found by what people remember, changed and counted; identity numbers stay closed."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update
from tests.factories.patients import Clinic, Headers, make_clinic, make_patient

from hounsfield.kit.jobs import run_job
from hounsfield.kit.platform import Platform
from hounsfield.kit.settings import Settings
from hounsfield.patients.id_numbers import IdNumbers
from hounsfield.patients.models import Patient

ID_NUMBER = "11010519491231002X"


def found(client: TestClient, headers: Headers, query: str) -> list[str]:
    answer = client.get("/api/v1/patients", params={"q": query}, headers=headers)
    assert answer.status_code == 200, answer.text
    return sorted(item["mrn"] for item in answer.json()["items"])


def test_a_record_is_made_with_a_name_that_dicom_can_write(client: TestClient, as_doctor: Headers) -> None:
    made = make_patient(
        client, as_doctor, mrn="A1", sex="M", birth_date="19800229", phone="+86 138 0013 8000"
    )
    assert made["name"] == "Zhang^San=张^三"
    assert make_patient(client, as_doctor, name="欧阳锋")["name"] == "Ouyang^Feng=欧阳^锋"
    assert make_patient(client, as_doctor, name="Lindqvist, Elsa")["name"] == "Lindqvist^Elsa"
    assert make_patient(client, as_doctor, name="Ōtani^Shōhei=大谷^翔平")["name"] == "Ōtani^Shōhei=大谷^翔平"
    assert made["can"]["update"] is True
    read = client.get(f"/api/v1/patients/{made['patient_id']}", headers=as_doctor).json()
    assert read == made
    without_number = make_patient(client, as_doctor, name="Nobody")
    assert without_number["mrn"].startswith("P")


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"name": "A\\B"}, "INVALID_NAME"),
        ({"name": "x" * 65}, "INVALID_NAME"),
        ({"name": "a=b=c=d"}, "INVALID_NAME"),
        ({"name": ""}, "VALIDATION_FAILED"),
        ({"birth_date": "19801301"}, "VALIDATION_FAILED"),
        ({"id_number": "110105194912310021"}, "INVALID_ID_NUMBER"),
        ({"mrn": "?sly"}, "VALIDATION_FAILED"),
        ({"mrn": "A1"}, "MRN_TAKEN"),
        ({"tenant": "x"}, "VALIDATION_FAILED"),
    ],
)
def test_bad_input_makes_nothing(
    client: TestClient, as_doctor: Headers, wish: dict[str, Any], code: str
) -> None:
    make_patient(client, as_doctor, mrn="A1")
    answer = client.post("/api/v1/patients", json={"name": "李四", **wish}, headers=as_doctor)
    assert answer.json()["code"] == code
    assert client.get("/api/v1/patients", headers=as_doctor).json()["total"] == 1


def test_a_number_is_one_patients_within_its_organization_and_issuer(
    client: TestClient, platform: Platform, as_doctor: Headers
) -> None:
    make_patient(client, as_doctor, mrn="A1")
    make_patient(client, as_doctor, mrn="A1", issuer="Elsewhere")
    other = make_clinic(platform, "other-")
    make_patient(client, other.headers["doctor"], mrn="A1")
    assert found(client, other.headers["doctor"], "A1") == ["A1"]


def test_patients_are_found_by_name_sound_number_and_telephone(
    client: TestClient, as_doctor: Headers
) -> None:
    make_patient(client, as_doctor, name="张三丰", mrn="M1001", phone="138-0013-8000")
    make_patient(client, as_doctor, name="单雄信", mrn="M1002")
    make_patient(client, as_doctor, name="Müller, Jürgen", mrn="M2_3")
    make_patient(client, as_doctor, name="吕布", mrn="M3000")
    for query, expected in {
        "张": ["M1001"],
        "三丰": ["M1001"],
        "zhangsanfeng": ["M1001"],
        "zhang san": ["M1001"],
        "ZSF": ["M1001"],
        "sanf": ["M1001"],
        "shanxiongxin": ["M1002"],
        "danxiongxin": ["M1002"],
        "sxx": ["M1002"],
        "muller": ["M2_3"],
        "jürgen müller": ["M2_3"],
        "Jurgen, M": ["M2_3"],
        "lvbu": ["M3000"],
        "m100": ["M1001", "M1002"],
        "2_3": ["M2_3"],
        "0013": ["M1001"],
        "13800138000": ["M1001"],
        "%": [],
        "_": ["M2_3"],
        "zhangli": [],
    }.items():
        assert found(client, as_doctor, query) == expected, query
    everybody = client.get("/api/v1/patients?sort=mrn&size=2&page=2", headers=as_doctor).json()
    assert ([item["mrn"] for item in everybody["items"]], everybody["total"]) == (["M2_3", "M3000"], 4)
    assert client.get("/api/v1/patients?sort=age", headers=as_doctor).status_code == 422


def test_an_identity_number_is_masked_sealed_and_found_whole(
    client: TestClient, platform: Platform, clinic: Clinic, as_doctor: Headers
) -> None:
    made = make_patient(client, as_doctor, mrn="A1", id_number="110105 19491231 002x")
    assert made["id_number"] == "110***********002X"
    assert found(client, as_doctor, ID_NUMBER) == ["A1"]
    assert found(client, as_doctor, ID_NUMBER[:10]) == []
    with platform.db.read() as session:
        row = session.scalars(select(Patient)).one()
    assert row.id_number is not None
    stored = " ".join(str(value) for value in vars(row).values())
    assert ID_NUMBER not in stored
    assert "19491231" not in stored
    path = f"/api/v1/patients/{made['patient_id']}"
    without_reason = client.post(f"{path}/reveal", json={"reason": " "}, headers=as_doctor)
    assert without_reason.status_code == 422
    revealed = client.post(f"{path}/reveal", json={"reason": "insurance form"}, headers=as_doctor)
    assert revealed.json() == {"id_number": ID_NUMBER}
    refused = client.post(f"{path}/reveal", json={"reason": "curious"}, headers=clinic.headers["technician"])
    assert refused.status_code == 403
    trail = client.get("/api/v1/admin/audit?action=patient.reveal", headers=clinic.headers["manager"]).json()
    assert [(row["outcome"], row["reason"]) for row in trail["items"]] == [
        ("denied", ""),
        ("success", "insurance form"),
    ]
    gone = client.put(path, json={"id_number": None}, headers=as_doctor).json()
    assert gone["id_number"] is None
    assert client.post(f"{path}/reveal", json={"reason": "again"}, headers=as_doctor).status_code == 404


def test_a_sealed_number_belongs_to_its_patient_and_survives_a_new_secret(
    client: TestClient, platform: Platform, as_doctor: Headers
) -> None:
    made = make_patient(client, as_doctor, mrn="A1", id_number=ID_NUMBER)
    other = make_patient(client, as_doctor, mrn="A2")
    with platform.db.write() as session:
        sealed = session.get_one(Patient, made["patient_id"]).id_number
        session.execute(update(Patient).where(Patient.mrn == "A2").values(id_number=sealed))
    swapped = client.get(f"/api/v1/patients/{other['patient_id']}", headers=as_doctor).json()
    assert swapped["id_number"] == "********"

    old = platform.settings
    new = {**old.model_dump(), "secret_key": "another secret, also long enough"}
    platform.settings = Settings(**new | {"previous_secret_keys": old.secret_key})
    numbers = IdNumbers(platform.settings)
    assert numbers.marks("o", "1")[1] == IdNumbers(old).mark("o", "1")
    run_job(platform, "patients.keep", {})
    platform.settings = Settings(**new)  # the old secret is forgotten
    with platform.db.read() as session:
        row = session.get_one(Patient, made["patient_id"])
        assert IdNumbers(platform.settings).open(row.id, row.id_number or "") == ID_NUMBER


def test_records_from_before_become_searchable(
    client: TestClient, platform: Platform, as_doctor: Headers
) -> None:
    make_patient(client, as_doctor, mrn="A1")
    with platform.db.write() as session:
        session.execute(update(Patient).values(search_text=""))
    assert found(client, as_doctor, "zhangsan") == []
    run_job(platform, "patients.keep", {})
    assert found(client, as_doctor, "zhangsan") == ["A1"]


def test_a_record_is_changed_in_part_by_staff(client: TestClient, clinic: Clinic, as_doctor: Headers) -> None:
    made = make_patient(client, as_doctor, mrn="A1", phone="12345")
    make_patient(client, as_doctor, mrn="A2")
    path = f"/api/v1/patients/{made['patient_id']}"
    changed = client.put(path, json={"name": "李四", "sex": "F"}, headers=clinic.headers["nurse"]).json()
    assert (changed["name"], changed["sex"], changed["phone"]) == ("Li^Si=李^四", "F", "12345")
    assert found(client, as_doctor, "lisi") == ["A1"]
    assert found(client, as_doctor, "zhangsan") == ["A2"]
    assert client.put(path, json={"mrn": "A2"}, headers=as_doctor).json()["code"] == "MRN_TAKEN"
    assert client.put(path, json={"phone": None}, headers=as_doctor).json()["phone"] is None
    manager = client.put(path, json={"sex": "M"}, headers=clinic.headers["manager"])
    assert manager.status_code == 403


def test_figures_count_what_one_sees(client: TestClient, as_doctor: Headers, as_stranger: Headers) -> None:
    make_patient(client, as_doctor, sex="M", birth_date="20200101")
    make_patient(client, as_doctor, sex="F", birth_date="19500101")
    make_patient(client, as_doctor)
    figures = client.get("/api/v1/patients/statistics", headers=as_doctor).json()
    assert (figures["total"], figures["new_this_month"], figures["restricted"]) == (3, 3, 0)
    assert figures["by_sex"] == {"M": 1, "F": 1, "unknown": 1}
    assert [band["count"] for band in figures["by_age"]] == [1, 0, 0, 1]
    assert figures["by_month"][-1]["count"] == 3
    assert len(figures["by_month"]) == 12
    assert client.get("/api/v1/patients/statistics", headers=as_stranger).json()["total"] == 0
