"""Administrators read their own organization's trail, filtered; the reading is in it too."""

from collections.abc import Callable

from fastapi.testclient import TestClient
from sqlalchemy import update
from tests.factories.accounts import bearer, make_actor, make_user

from hounsfield.accounts.models import Tier, User
from hounsfield.accounts.permissions import Actor
from hounsfield.audit import chain
from hounsfield.audit.models import AuditEntry
from hounsfield.audit.service import note
from hounsfield.kit.platform import Platform

Write = Callable[[int], None]


def as_user(platform: Platform, who: Actor) -> dict[str, str]:
    with platform.db.read() as session:
        return bearer(platform, session.get_one(User, who.user_id))


def test_rows_are_found_by_who_what_and_outcome(
    client: TestClient, platform: Platform, administrator: Actor, write_rows: Write
) -> None:
    write_rows(3)
    other = make_actor(platform, make_user(platform, "elsewhere", tier=Tier.ADMIN))
    with platform.db.write() as session:
        note(session, other, "study.read", object_type="study", object_id="9.9")
        note(session, administrator, "patient.read", object_type="patient", object_id="p", outcome="denied")
    headers = as_user(platform, administrator)

    def found(query: str) -> list[str]:
        answer = client.get(f"/api/v1/admin/audit{query}", headers=headers)
        assert answer.status_code == 200, answer.text
        return [item["object_id"] for item in answer.json()["items"] if item["object_type"] != "audit"]

    assert found("") == ["p", "1.2.2", "1.2.1", "1.2.0"]
    assert found("?action=study") == found("?action=study.update") == ["1.2.2", "1.2.1", "1.2.0"]
    assert found("?outcome=denied") == ["p"]
    assert found(f"?who={administrator.user_id}&object_id=1.2.1") == ["1.2.1"]
    assert found("?who=EAD&size=2&action=study") == ["1.2.2", "1.2.1"]
    assert found("?who=elsewhere") == []
    assert found(f"?patient_id={'a' * 32}") == ["1.2.2", "1.2.1", "1.2.0"]
    assert found("?since=2100-01-01T00:00:00Z") == []
    refused = client.get("/api/v1/admin/audit?since=2100-01-01T00:00:00", headers=headers)
    assert refused.status_code == 422
    searches = client.get("/api/v1/admin/audit?action=audit", headers=headers).json()["items"]
    assert searches[0]["details"] == {"since": "2100-01-01T00:00:00+00:00"}  # the one before this
    assert searches[0]["source"] == "rest"
    assert searches[0]["address"] == "testclient"


def test_the_check_covers_ones_own_chain_or_all(
    client: TestClient, platform: Platform, administrator: Actor, write_rows: Write, as_admin: dict[str, str]
) -> None:
    write_rows(2)
    chain.seal(platform)
    with platform.db.write() as session:
        session.execute(update(AuditEntry).where(AuditEntry.number == 2).values(reason="x"))
    mine = client.get("/api/v1/admin/audit/verify", headers=as_user(platform, administrator)).json()
    assert (mine["ok"], mine["chains"][0]["problem"], mine["chains"][0]["number"]) == (False, "CHANGED", 2)
    everything = client.get("/api/v1/admin/audit/verify", headers=as_admin).json()
    assert {found["organization_id"] for found in everything["chains"]} >= {administrator.organization_id}
    other = make_user(platform, "elsewhere", tier=Tier.ADMIN)
    theirs = client.get("/api/v1/admin/audit/verify", headers=bearer(platform, other)).json()
    assert theirs["ok"] is True
