"""Two who have the same study open see each other's marks; nobody else hears of them."""

from collections.abc import Callable
from typing import Any

import httpx
from tests.factories.accounts import bearer, make_user
from tests.factories.dicom import ct_series

from hounsfield.accounts.models import ClinicalRole, User
from hounsfield.dicom.header import read_header
from hounsfield.imaging.store import Incoming, store_batch
from hounsfield.kit.platform import Platform
from hounsfield.notifications.service import tell

Headers = dict[str, str]
Connect = Callable[..., Any]


def token(headers: Headers) -> str:
    return headers["Authorization"].removeprefix("Bearer ")


def test_a_mark_is_told_to_those_who_have_the_study_open(
    live: str, connect: Connect, platform: Platform, owner: User, as_owner: Headers, as_stranger: Headers
) -> None:
    data = next(iter(ct_series(slices=1, rows=8).values()))
    header = read_header(data)
    with platform.db.write() as session:
        store_batch(
            session,
            owner.organization_id,
            owner.id,
            [Incoming("a", header, platform.blobs.put(data), len(data))],
            "test",
        )
    doctor = make_user(
        platform, "doctor", organization_id=owner.organization_id, clinical_role=ClinicalRole.DOCTOR
    )
    room = f"study:{header.StudyInstanceUID}"
    colleague, stranger = connect(token=token(bearer(platform, doctor))), connect(token=token(as_stranger))
    for client, joined in ((colleague, [room]), (stranger, [])):
        client.expect("connect")
        client.emit("subscribe", [room])
        assert client.expect("ack")["joined"] == joined

    body = {
        "tool": "probe",
        "series_uid": header.SeriesInstanceUID,
        "sop_uid": header.SOPInstanceUID,
        "points": [[0, 0, -100]],
    }
    path = f"/api/v1/studies/{header.StudyInstanceUID}/measurements/m-1"
    with httpx.Client(base_url=live, headers=as_owner) as http:
        assert http.put(path, json=body).status_code == 201
        told = colleague.expect("record_updated")
        assert (told["record"], told["id"], told["version"], told["by"]) == (
            "measurement",
            "m-1",
            1,
            owner.id,
        )
        assert told["study_uid"] == header.StudyInstanceUID
        assert http.delete(path).status_code == 204
        assert colleague.expect("record_updated")["deleted"] is True
    with platform.db.write() as session:
        tell(session, doctor.id, "balance_changed", {"number": 1})
    assert colleague.expect("balance_changed")["number"] == 1
