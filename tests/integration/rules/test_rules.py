"""Rules: what arrives and fits is acted on once, only when the study is complete, and failures are told."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from tests.factories.accounts import bearer, make_user
from tests.factories.dicom import ct_zip
from tests.factories.studies import archived
from tests.integration.rules.conftest import settle

from hounsfield.accounts.models import Tier, User
from hounsfield.dimse.models import DicomNode, DicomTransfer
from hounsfield.imaging.models import Series, Study
from hounsfield.kit.db import Base
from hounsfield.kit.jobs import run_job
from hounsfield.kit.platform import Platform
from hounsfield.notifications.models import UserEvent
from hounsfield.rules import stow
from hounsfield.rules.models import RuleRun
from hounsfield.tasks.models import Task

Headers = dict[str, str]
Rule = Callable[..., dict[str, Any]]
Arrive = Callable[..., None]


def count(platform: Platform, model: type[Base]) -> int:
    with platform.db.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def runs(client: TestClient, headers: Headers) -> list[dict[str, Any]]:
    answer = client.get("/api/v1/rules/runs", headers=headers)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_a_series_that_fits_is_ordered_once_it_is_complete(
    client: TestClient,
    platform: Platform,
    as_chief: Headers,
    doctor: User,
    make_rule: Rule,
    arrive: Arrive,
    run_outbox: Any,
) -> None:
    rule = make_rule()
    arrive(slices=4, quiet=False)
    run_outbox()
    assert runs(client, as_chief) == [], "images may still be coming"
    assert settle(platform) == 1
    assert settle(platform) == 0, "a study is complete once"
    run_outbox()
    (run,) = runs(client, as_chief)
    assert (run["status"], run["rule_id"], run["steps"][0]["status"]) == ("DONE", rule["rule_id"], "DONE")
    with platform.db.read() as session:
        (task,) = session.scalars(select(Task))
    assert (task.owner_id, task.order_no, task.series_uid) == (
        doctor.id,
        run["steps"][0]["what"],
        run["series_uid"],
    )


def test_the_same_news_again_and_more_images_order_nothing_twice(
    client: TestClient,
    platform: Platform,
    as_chief: Headers,
    make_rule: Rule,
    arrive: Arrive,
    run_outbox: Any,
) -> None:
    make_rule()
    arrive(slices=4)
    published = run_outbox()
    for body in [body for body in published.of("job") if body["name"] == "rules.run"] * 2:
        run_job(platform, body["name"], body["arguments"])
    arrive(slices=6)  # two images more
    with platform.db.read() as session:
        study = session.scalars(select(Study)).one()
        assert study.settled_at
        assert study.instance_count == 6
    run_outbox()
    assert len(runs(client, as_chief)) == count(platform, Task) == 1


def test_more_images_open_a_study_again_and_only_what_has_grown_is_told(
    client: TestClient,
    platform: Platform,
    as_chief: Headers,
    make_rule: Rule,
    arrive: Arrive,
    run_outbox: Any,
) -> None:
    arrive(slices=4)
    make_rule()  # later than the first series
    arrive(
        slices=4, seed="series", attributes={"SeriesInstanceUID": "1.2.3.4.5", "SeriesNumber": 9}, quiet=False
    )
    with platform.db.read() as session:
        assert session.scalars(select(Study.settled_at)).all().count(None) == 1 or count(platform, Study) == 2
    settle(platform)
    run_outbox()
    assert {run["series_uid"] for run in runs(client, as_chief)} == {"1.2.3.4.5"}


@pytest.mark.parametrize(
    ("conditions", "unmet"),
    [
        ({}, []),
        ({"modality": ["CT", "MR"], "description": "*thor?x*", "min_slices": 3, "max_slices": 5}, []),
        ({"source": "dimse:*", "sop_class": ["1.2.840.10008.5.1.4.1.1.2"]}, []),
        ({"modality": ["MR"]}, ["modality"]),
        ({"body_part": "HEAD", "min_slices": 5}, ["body_part", "min_slices"]),
        ({"source": "upload", "description": "thorax"}, ["description", "source"]),
        ({"sop_class": ["1.2.3"], "max_slices": 3}, ["max_slices", "sop_class"]),
    ],
)
def test_a_dry_run_says_what_fits_and_why_not_and_changes_nothing(
    client: TestClient,
    platform: Platform,
    as_chief: Headers,
    doctor: User,
    engine: object,
    arrive: Arrive,
    run_outbox: Any,
    conditions: dict[str, Any],
    unmet: list[str],
) -> None:
    arrive(slices=4, attributes={"SeriesDescription": "CT Thorax nativ"})
    run_outbox()
    order = {"kind": "order_task", "task_type": "ct_surface", "payer_id": doctor.id}
    wish = {"rule": {"name": "x", "conditions": conditions, "actions": [order]}}
    answer = client.post("/api/v1/rules/dry-run", json=wish, headers=as_chief).json()
    (seen,) = answer["items"]
    assert (seen["matched"], sorted(seen["why_not"])) == (not unmet, unmet)
    assert [(would["what"], would["problem"]) for would in seen["would"]] == (
        [] if unmet else [("3D models", None)]
    )
    assert (count(platform, Task), count(platform, RuleRun)) == (0, 0)


def test_missing_points_fail_the_run_with_the_reason_and_tell_the_administrators(
    client: TestClient,
    platform: Platform,
    as_admin: Headers,
    as_chief: Headers,
    chief: User,
    make_rule: Rule,
    arrive: Arrive,
    run_outbox: Any,
) -> None:
    price = {"value": {"ct_surface": {"amount": 60, "units": ["POINT_LOW"]}}}
    client.put("/api/v1/admin/configs/task_prices", json=price, headers=as_admin)
    rule = make_rule()
    arrive(slices=4)
    arrive(slices=4, seed="second")
    preview = client.post(f"/api/v1/rules/{rule['rule_id']}/dry-run", headers=as_chief).json()
    assert all(item["already_run"] and not item["would"] for item in preview["items"])
    run_outbox()
    states = sorted(run["status"] for run in runs(client, as_chief))
    assert states == ["DONE", "FAILED"]
    (broken,) = [run for run in runs(client, as_chief) if run["status"] == "FAILED"]
    assert broken["steps"][0]["code"] == "INSUFFICIENT_POINTS"
    assert "60 low points" in broken["steps"][0]["message"]
    with platform.db.read() as session:
        told = session.scalars(select(UserEvent).where(UserEvent.user_id == chief.id)).all()
    assert [event.data["type"] for event in told if event.name == "notification"] == ["rule_failed"]
    assert count(platform, Task) == 1

    client.put("/api/v1/admin/configs/task_prices", json={"value": {}}, headers=as_admin)
    assert client.post(f"/api/v1/rules/runs/{broken['run_id']}/retry", headers=as_chief).status_code == 200
    run_outbox()
    assert {run["status"] for run in runs(client, as_chief)} == {"DONE"}
    assert (
        client.post(f"/api/v1/rules/runs/{broken['run_id']}/retry", headers=as_chief).json()["code"]
        == "NOTHING_TO_RETRY"
    )


def test_people_are_told_in_their_language(
    client: TestClient,
    platform: Platform,
    chief: User,
    doctor: User,
    make_rule: Rule,
    arrive: Arrive,
    run_outbox: Any,
) -> None:
    with platform.db.write() as session:
        session.get_one(User, doctor.id).language = "zh-CN"
    make_rule(actions=[{"kind": "notify", "roles": ["DOCTOR"], "user_ids": [chief.id]}])
    arrive(slices=4)
    run_outbox()
    with platform.db.read() as session:
        events = {
            event.user_id: event.data
            for event in session.scalars(select(UserEvent))
            if event.name == "notification"
        }
    assert "影像" in events[doctor.id]["title"]
    assert "arrived" in events[chief.id]["title"]


def test_a_copy_without_identity_is_made_and_sets_off_nothing_again(
    client: TestClient,
    platform: Platform,
    as_chief: Headers,
    make_rule: Rule,
    arrive: Arrive,
    run_outbox: Any,
) -> None:
    project = client.post(
        "/api/v1/deid-projects", json={"name": "Lung", "prefix": "LUNG"}, headers=as_chief
    ).json()
    make_rule(actions=[{"kind": "deidentify", "project_id": project["project_id"]}])
    arrive(slices=3)
    run_outbox()
    settle(platform)
    run_outbox()
    settle(platform)
    assert len(runs(client, as_chief)) == 1
    listed = client.get("/api/v1/studies", headers=as_chief).json()["items"]
    assert sorted(study["mrn"][:5] for study in listed) == ["LUNG-", "P-100"]
    with platform.db.read() as session:
        assert sorted(s.source[:5] for s in session.scalars(select(Series))) == ["copy:", "dimse"]


class Peer:
    """A DICOMweb server: keeps what it is sent, after failing as often as it is told."""

    def __init__(self, *statuses: int) -> None:
        self.statuses, self.requests = list(statuses), list[httpx.Request]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        return httpx.Response(self.statuses.pop(0) if self.statuses else 200, json={})


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Peer:
    server = Peer()
    client = httpx.Client

    def to_server(**how: Any) -> httpx.Client:
        return client(transport=httpx.MockTransport(server), **how)

    monkeypatch.setattr(stow.httpx, "Client", to_server)
    return server


def test_a_series_is_sent_to_a_dicomweb_server_with_its_token(
    client: TestClient,
    platform: Platform,
    as_chief: Headers,
    make_rule: Rule,
    arrive: Arrive,
    run_outbox: Any,
    peer: Peer,
) -> None:
    wish = {"name": "Research", "url": "https://pacs.example/dicomweb", "token": "s3cret"}
    made = client.post("/api/v1/dicomweb-peers", json=wish, headers=as_chief).json()
    assert "s3cret" not in str(made)
    make_rule(actions=[{"kind": "forward_web", "peer_id": made["peer_id"]}])
    arrive(slices=40, rows=8)
    peer.statuses = [200, 503]
    with pytest.raises(stow.PeerBusy):
        run_outbox()
    assert runs(client, as_chief)[0]["status"] == "PENDING"
    with platform.db.read() as session:
        run_id = session.scalars(select(RuleRun.id)).one()
    run_job(platform, "rules.stow", {"run_id": run_id, "index": 0})
    (run,) = runs(client, as_chief)
    assert (run["status"], run["steps"][0]["result"]) == ("DONE", {"peer": "Research", "images": 40})
    last = peer.requests[-1]
    assert str(last.url) == "https://pacs.example/dicomweb/studies"
    assert last.headers["authorization"] == "Bearer s3cret"
    assert last.content.count(b"DICM") == 8


def test_a_refusal_by_the_server_fails_the_run(
    client: TestClient, as_chief: Headers, make_rule: Rule, arrive: Arrive, run_outbox: Any, peer: Peer
) -> None:
    made = client.post(
        "/api/v1/dicomweb-peers", json={"name": "R", "url": "https://r.example"}, headers=as_chief
    ).json()
    make_rule(actions=[{"kind": "forward_web", "peer_id": made["peer_id"]}])
    arrive(slices=2)
    peer.statuses = [403]
    run_outbox()
    assert runs(client, as_chief)[0]["steps"][0]["code"] == "PEER_REFUSED"


def test_a_series_is_handed_to_a_dicom_node_once(
    client: TestClient, platform: Platform, clinic: str, as_chief: Headers, make_rule: Rule, arrive: Arrive
) -> None:
    with platform.db.write() as session:
        node = DicomNode(organization_id=clinic, ae_title="FAR", host="127.0.0.1", port=11113)
        session.add(node)
        session.flush()
    make_rule(actions=[{"kind": "forward_node", "node_id": node.id}])
    arrive(slices=3)
    with platform.db.read() as session:
        run_id = session.scalars(select(RuleRun.id)).one()
    for _ in range(2):
        run_job(platform, "rules.run", {"run_id": run_id})
    (run,) = runs(client, as_chief)
    assert (run["status"], run["steps"][0]["what"]) == ("DONE", "FAR")
    with platform.db.read() as session:
        assert session.scalars(select(DicomTransfer.total)).all() == [3]


def test_rules_are_checked_ordered_versioned_and_removed(
    client: TestClient,
    platform: Platform,
    as_chief: Headers,
    as_doctor: Headers,
    clinic: str,
    doctor: User,
    make_rule: Rule,
) -> None:
    stranger = make_user(platform, "elsewhere", tier=Tier.ADMIN)
    first, second = make_rule(name="one"), make_rule(name="two")
    bad = {**first, "actions": [{"kind": "order_task", "task_type": "ct_surface", "payer_id": stranger.id}]}
    wish = {key: bad[key] for key in ("name", "conditions", "actions")}
    url = f"/api/v1/rules/{first['rule_id']}"
    assert client.put(url, json=wish, headers=as_chief).json()["code"] == "PAYER_UNFIT"
    wish["actions"] = [{"kind": "order_task", "task_type": "nothing", "payer_id": doctor.id}]
    assert client.put(url, json=wish, headers=as_chief).json()["code"] == "UNKNOWN_TASK_TYPE"
    wish["actions"] = first["actions"]
    assert client.put(url, json={**wish, "name": "renamed"}, headers=as_chief).json()["version"] == 1
    changed = client.put(url, json={**wish, "conditions": {"modality": ["MR"]}}, headers=as_chief).json()
    assert changed["version"] == 2
    ordered = client.put(
        "/api/v1/rules/order", json={"rule_ids": [second["rule_id"], first["rule_id"]]}, headers=as_chief
    ).json()
    assert [rule["name"] for rule in ordered["items"]] == ["two", "one"]
    assert client.get("/api/v1/rules", headers=as_doctor).status_code == 403
    assert client.get(url, headers=bearer(platform, stranger)).status_code == 404
    assert client.delete(url, headers=as_chief).status_code == 204
    assert client.get(url, headers=as_chief).status_code == 404


def test_an_archive_that_was_uploaded_is_complete_at_its_end(
    client: TestClient, platform: Platform, as_chief: Headers, make_rule: Rule, run_outbox: Any
) -> None:

    make_rule()
    archived(client, as_chief, ct_zip(slices=4), run_outbox)
    assert [run["status"] for run in runs(client, as_chief)] == ["DONE"]
    events = [body for body in run_outbox().of("event") if body["name"] == "record_created"]
    assert len(events) == 1
    assert set(events[0]["data"]) <= {"record", "timestamp"}
