"""Single objects on their way into the archive: durable, counted, settled when quiet, whoever brings them at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from tests.factories import dicom

from hounsfield.accounts.models import User
from hounsfield.imaging import metadata
from hounsfield.imaging.intake import Arrived, Intake, Outcome
from hounsfield.imaging.models import Instance, Series, Study
from hounsfield.imaging.settle import offer
from hounsfield.imaging.zipped import gunzip
from hounsfield.kit.platform import Platform

Headers = dict[str, str]


@pytest.fixture
def intake(platform: Platform, owner: User) -> Intake:
    return Intake(platform, owner.organization_id, owner.id, "stow")


def files(**how: Any) -> list[bytes]:
    return list(dicom.ct_series(**how).values())


def outcomes(arrived: list[Arrived]) -> list[str]:
    return [item.outcome for item in arrived]


def test_each_object_is_stored_once_and_judged_by_itself(
    platform: Platform, intake: Intake, client: TestClient, as_owner: Headers
) -> None:
    series = files(slices=4)
    other = dicom.ct_series(slices=4, attributes={"StudyDescription": "changed"})["IM0002.dcm"]
    assert outcomes(intake.take(series[:3])) == ["stored"] * 3
    arrived = intake.take([series[0], b"no DICOM", other, series[3], series[3]])
    assert outcomes(arrived) == ["duplicate", "refused", "conflict", "stored", "duplicate"]
    assert [item.code for item in arrived] == ["", "NOT_DICOM", "UID_TAKEN", "", ""]
    assert arrived[2].sop_instance_uid
    listed = client.get("/api/v1/studies", headers=as_owner).json()["items"]
    assert [(study["instance_count"], study["series_count"], study["modalities"]) for study in listed] == [
        (4, 1, ["CT"])
    ]
    assert listed[0]["size_bytes"] == sum(map(len, series))


def test_a_series_is_settled_once_it_is_quiet(
    platform: Platform, intake: Intake, client: TestClient, as_owner: Headers, run_outbox: Any
) -> None:
    (arrived, *_) = intake.take(files(slices=5))
    assert offer(platform) == 0, "it has just arrived"
    assert offer(platform, quiet=timedelta(0)) == 1
    assert offer(platform, quiet=timedelta(0)) == 0, "nothing is handed out twice"
    run_outbox()
    detail = client.get(f"/api/v1/studies/{arrived.study_uid}", headers=as_owner).json()
    assert detail["series"][0]["gate"]["ok"]
    with platform.db.read() as session:
        series = session.execute(select(Series)).scalar_one()
        found = metadata.kept(session, series.id)
    assert found is not None
    assert gunzip(found.body).count(b'"00080018"') == 5
    assert series.attributes is not None
    assert series.attributes["00100010"]["Value"] == [{"Alphabetic": "Hounsfield^Godfrey"}]


def test_a_late_instance_brings_new_metadata_at_once(platform: Platform, intake: Intake) -> None:
    series = files(slices=4)
    intake.take(series[:3])
    with platform.db.read() as session:
        series_id = session.execute(select(Series.id)).scalar_one()
    before = metadata.of_series(platform, series_id)
    intake.take(series[3:])
    after = metadata.of_series(platform, series_id)
    assert (gunzip(before.body).count(b'"00080018"'), gunzip(after.body).count(b'"00080018"')) == (3, 4)
    assert after.revision > before.revision


def test_a_series_of_another_study_is_not_torn_apart(platform: Platform, intake: Intake) -> None:
    intake.take(files(slices=3))
    stray = files(slices=4, attributes={"StudyInstanceUID": "1.2.3.4"})[3]
    assert outcomes(intake.take([stray])) == ["conflict"]
    with platform.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Study)) == 1, "no empty study is left"
        assert session.scalar(select(func.sum(Series.instance_count))) == 3


def test_many_senders_at_once_lose_and_double_nothing(platform: Platform, owner: User) -> None:
    """Eight senders bring the same 24 slices of two series, each in an order of its own."""
    objects = files(slices=12) + files(
        slices=12, seed="second", attributes={"StudyInstanceUID": dicom.writer.uid("series", "study")}
    )
    transactions: list[object] = []
    platform.db.after_commit.append(transactions.append)

    def send(sender: int) -> list[str]:
        intake = Intake(platform, owner.organization_id, owner.id, "dimse:CT1")
        turned = objects[3 * sender :] + objects[: 3 * sender]
        return [outcome for item in turned for outcome in outcomes(intake.take([item]))]

    with ThreadPoolExecutor(8) as pool:
        found = [outcome for sent in pool.map(send, range(8)) for outcome in sent]
    assert (found.count("stored"), found.count("duplicate")) == (24, 8 * 24 - 24)
    assert len(transactions) < 8 * 24, "small requests share transactions"
    with platform.db.read() as session:
        study = session.execute(select(Study)).scalar_one()
        counted = session.scalar(select(func.count()).select_from(Instance))
        sizes = session.scalar(select(func.sum(Instance.size)))
    assert (study.instance_count, study.series_count, counted) == (24, 2, 24)
    assert study.size_bytes == sizes


def test_an_object_that_the_database_refuses_does_not_take_others_with_it(
    platform: Platform, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hounsfield.imaging import intake as room

    whole = room.store_batch

    def breaks(*arguments: Any) -> Any:
        raise ValueError("broken")

    monkeypatch.setattr(room, "store_batch", breaks)
    with pytest.raises(ValueError, match="broken"):
        intake.take(files(slices=3))
    monkeypatch.setattr(room, "store_batch", whole)
    assert outcomes(intake.take(files(slices=3))) == [Outcome.STORED] * 3
