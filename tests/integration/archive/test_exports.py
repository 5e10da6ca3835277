"""Exports: made by a worker, cancelled, gone when their time is up, for nobody else."""

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydicom import dcmread
from sqlalchemy import update
from tests.factories.accounts import bearer, make_user
from tests.factories.dicom import ct_series

from hounsfield.accounts.models import Tier, User
from hounsfield.archive import making, trash
from hounsfield.archive.models import Export
from hounsfield.kit.clock import utc_now
from hounsfield.kit.jobs import run_job
from hounsfield.kit.platform import Platform

Headers = dict[str, str]
Bring = Callable[..., str]


def ask(client: TestClient, headers: Headers, *uids: str, **said: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/exports", json={"study_uids": list(uids), **said}, headers=headers)
    assert answer.status_code == 202, answer.text
    body: dict[str, Any] = answer.json()
    return body


def look(client: TestClient, headers: Headers, export: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = client.get(f"/api/v1/exports/{export['export_id']}", headers=headers).json()
    return body


def unpacked(client: TestClient, headers: Headers, export: dict[str, Any]) -> dict[str, bytes]:
    answer = client.get(f"/api/v1/exports/{export['export_id']}/file", headers=headers)
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_studies_come_out_byte_for_byte_in_folders_that_people_can_read(
    client: TestClient, as_owner: Headers, as_stranger: Headers, bring: Bring, run_outbox: Any
) -> None:
    first = bring(slices=3)
    export = ask(client, as_owner, first, bring(slices=2, seed="other"))
    assert (
        client.get(f"/api/v1/exports/{export['export_id']}/file", headers=as_owner).json()["code"]
        == "EXPORT_NOT_READY"
    )
    run_outbox()
    done = look(client, as_owner, export)
    assert (done["status"], done["done"], done["total"]) == ("DONE", 5, 5)
    files = unpacked(client, as_owner, export)
    assert len(files) == 5
    assert set(ct_series(slices=3).values()) < set(files.values())
    part = client.get(
        f"/api/v1/exports/{export['export_id']}/file", headers={**as_owner, "Range": "bytes=0-3"}
    )
    assert (part.status_code, part.content) == (206, b"PK\3\4")
    for path in ("", "/file"):
        assert (
            client.get(f"/api/v1/exports/{export['export_id']}{path}", headers=as_stranger).status_code == 404
        )
    answer = client.post("/api/v1/exports", json={"study_uids": [first]}, headers=as_stranger)
    assert answer.status_code == 404


def test_a_disc_has_a_dicomdir_that_names_every_image(
    client: TestClient, as_owner: Headers, bring: Bring, run_outbox: Any
) -> None:
    export = ask(client, as_owner, bring(slices=3), form="dicomdir")
    run_outbox()
    files = unpacked(client, as_owner, export)
    directory = dcmread(io.BytesIO(files.pop("DICOMDIR")))
    named = [
        "/".join(record.ReferencedFileID)
        for record in directory.DirectoryRecordSequence
        if "ReferencedFileID" in record
    ]
    assert sorted(named) == sorted(files)
    assert len(files) == 3


@pytest.fixture
def chief(platform: Platform, owner: User) -> Headers:
    return bearer(
        platform, make_user(platform, "chief", organization_id=owner.organization_id, tier=Tier.ADMIN)
    )


@pytest.mark.parametrize("form", ["zip", "dicomdir"])
def test_an_export_under_a_project_carries_no_identity(
    client: TestClient, as_owner: Headers, chief: Headers, bring: Bring, run_outbox: Any, form: str
) -> None:
    project = client.post(
        "/api/v1/deid-projects", json={"name": "Lung", "prefix": "LUNG"}, headers=chief
    ).json()
    uid = bring(slices=2)
    export = ask(client, as_owner, uid, project_id=project["project_id"], form=form)
    run_outbox()
    files = unpacked(client, as_owner, export)
    for name, data in files.items():
        assert b"Hounsfield^Godfrey" not in data
        assert b"P-1001" not in data
        assert uid.encode() not in data, name
    images = [dcmread(io.BytesIO(data)) for name, data in files.items() if name != "DICOMDIR"]
    assert len({image.PatientID for image in images}) == 1
    assert "Hounsfield" not in " ".join(files)


def test_what_cannot_be_cleaned_is_left_out_and_named(
    client: TestClient, as_owner: Headers, chief: Headers, bring: Bring, run_outbox: Any
) -> None:
    project = client.post("/api/v1/deid-projects", json={"name": "Lung"}, headers=chief).json()
    uid = bring(slices=2, changed={0: {"BurnedInAnnotation": "YES"}})
    export = ask(client, as_owner, uid, project_id=project["project_id"])
    run_outbox()
    done = look(client, as_owner, export)
    assert (done["status"], [one["code"] for one in done["skipped"]]) == ("DONE", ["BURNED_IN_ANNOTATION"])
    assert len(unpacked(client, as_owner, export)) == 1


def test_an_export_is_cancelled_while_it_is_made(
    client: TestClient,
    platform: Platform,
    as_owner: Headers,
    bring: Bring,
    run_outbox: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(making, "BATCH", 1)
    monkeypatch.setattr(making, "TELL_SECONDS", 0)
    export = ask(client, as_owner, bring(slices=3))
    published = platform.events.publish

    def cancel(events: Any) -> None:
        client.delete(f"/api/v1/exports/{export['export_id']}", headers=as_owner)
        published(events)

    monkeypatch.setattr(platform.events, "publish", cancel)
    run_outbox()
    assert look(client, as_owner, export)["status"] == "CANCELLED"
    assert not list(platform.settings.spool_dir.glob("export-*"))
    run_job(platform, "archive.export", {"export_id": export["export_id"]})
    assert look(client, as_owner, export)["status"] == "CANCELLED"


def test_another_worker_begins_anew_when_the_first_is_gone(
    client: TestClient, platform: Platform, as_owner: Headers, bring: Bring, run_outbox: Any
) -> None:
    export = ask(client, as_owner, bring(slices=2))
    half = {"status": "RUNNING", "done": 1, "lease_until": utc_now() + timedelta(seconds=5)}
    with platform.db.write() as session:
        session.execute(update(Export).values(**half))
    with pytest.raises(OSError, match="another worker"):
        run_outbox()
    with platform.db.write() as session:
        session.execute(update(Export).values(lease_until=utc_now() - timedelta(seconds=1)))
    run_job(platform, "archive.export", {"export_id": export["export_id"]})
    assert look(client, as_owner, export)["status"] == "DONE"


def test_an_export_expires_with_its_file(
    client: TestClient, platform: Platform, as_owner: Headers, bring: Bring, run_outbox: Any
) -> None:
    export = ask(client, as_owner, bring(slices=2))
    run_outbox()
    with platform.db.read() as session:
        sha256 = session.get_one(Export, export["export_id"]).sha256
    assert sha256
    with platform.db.write() as session:
        session.execute(update(Export).values(expires_at=utc_now() - timedelta(seconds=1)))
    assert client.get(f"/api/v1/exports/{export['export_id']}/file", headers=as_owner).status_code == 409
    run_job(platform, "archive.sweep", {})
    assert look(client, as_owner, export)["status"] == "EXPIRED"
    assert platform.blobs.exists(sha256), "somebody may be reading it"
    trash.remove_orphans(platform, older_than=-1)
    assert not platform.blobs.exists(sha256)
