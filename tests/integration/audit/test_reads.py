"""A read is a row before its answer leaves; the same read again is counted; a trail that cannot be written stops it."""

from unittest.mock import patch

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from hounsfield.accounts.permissions import Actor
from hounsfield.audit import repeats
from hounsfield.audit.entries import Agent
from hounsfield.audit.models import AuditEntry
from hounsfield.audit.service import note_read
from hounsfield.audit.where import coming_from
from hounsfield.kit.platform import Platform


def read(platform: Platform, who: Actor | Agent, study: str = "1.2.3") -> None:
    note_read(platform, who, "study.read", object_type="study", object_id=study, patient_id="a" * 32)


def rows(platform: Platform) -> list[AuditEntry]:
    with platform.db.read() as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.at, AuditEntry.id)))


def test_the_row_says_who_what_when_and_from_where(platform: Platform, administrator: Actor) -> None:
    with coming_from("rest", "192.0.2.7"):
        read(platform, administrator)
    (row,) = rows(platform)
    assert (row.actor_id, row.actor_name, row.actor_roles) == (
        administrator.user_id,
        "head",
        "ADMIN DOCTOR",
    )
    assert (row.action, row.object_type, row.object_id, row.patient_id) == (
        "study.read",
        "study",
        "1.2.3",
        "a" * 32,
    )
    assert (row.source, row.address, row.outcome, row.count) == ("rest", "192.0.2.7", "success", 1)


def test_five_hundred_frames_are_two_rows(platform: Platform, administrator: Actor) -> None:
    for _ in range(500):
        read(platform, administrator)
    assert len(rows(platform)) == 1
    assert repeats.flush(platform.db) == 0  # the window is not over
    assert repeats.flush(platform.db, everything=True) == 1
    first, more = rows(platform)
    assert (first.count, more.count, more.action, more.actor_id) == (
        1,
        499,
        "study.read",
        administrator.user_id,
    )
    assert more.until is not None
    assert first.at <= more.at <= more.until


def test_another_study_place_or_person_is_a_row_of_its_own(platform: Platform, administrator: Actor) -> None:
    device = Agent("device", "MODALITY1", "MODALITY1", administrator.organization_id)
    read(platform, administrator)
    read(platform, administrator, "1.2.4")
    with coming_from("rest", "198.51.100.1"):
        read(platform, administrator)
    with coming_from("dimse", "MODALITY1@10.0.0.1"):
        read(platform, device)
        read(platform, device)
    assert [(row.actor_kind, row.source, row.address) for row in rows(platform)] == [
        ("user", "system", ""),
        ("user", "system", ""),
        ("user", "rest", "198.51.100.1"),
        ("device", "dimse", "MODALITY1@10.0.0.1"),
    ]


def test_a_window_that_is_over_is_written_with_the_next_row(
    platform: Platform, administrator: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeats.repeats_of(platform.db), "seconds", 0.05)
    read(platform, administrator)
    read(platform, administrator)
    with patch("hounsfield.audit.repeats.time.monotonic", return_value=float("1e12")):
        read(platform, administrator)
    assert sorted(row.count for row in rows(platform)) == [1, 1, 1]
    assert [row.until is not None for row in rows(platform)].count(True) == 1


def test_a_read_that_cannot_be_noted_fails_and_its_counts_are_kept(
    platform: Platform, administrator: Actor
) -> None:
    read(platform, administrator)
    read(platform, administrator)
    gone = OperationalError("insert", {}, Exception("the disk is full"))
    with patch.object(platform.db, "write", side_effect=gone):
        with pytest.raises(OperationalError):
            read(platform, administrator, "1.2.9")
        with pytest.raises(OperationalError):
            repeats.flush(platform.db, everything=True)
    assert len(rows(platform)) == 1
    read(platform, administrator, "1.2.9")  # not taken for noted
    assert sorted(row.object_id for row in rows(platform)) == ["1.2.3", "1.2.3", "1.2.9"]
