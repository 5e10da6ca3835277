"""`/metrics`: the figures are right, bounded, cheap, and not for the world."""

import re
import shutil
import subprocess
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from tests.factories.engines import FakeEngine

from hounsfield.accounts.models import User
from hounsfield.http.app import create_app
from hounsfield.http.figures import figures
from hounsfield.http.reading import Reading
from hounsfield.kit import metrics
from hounsfield.kit.db import db_now
from hounsfield.kit.dead_letters import bury
from hounsfield.kit.leader import Leadership
from hounsfield.kit.platform import Platform
from hounsfield.tasks.models import Task
from hounsfield.tasks.scheduler import schedule

ROOT = Path(__file__).resolve().parents[3]
Headers = dict[str, str]
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture
def here(application: FastAPI, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A client on this machine, to whom every scrape is a fresh one."""
    monkeypatch.setattr(figures, "seconds", 0.0)
    return TestClient(application, client=("127.0.0.1", 1), raise_server_exceptions=False)


def scrape(here: TestClient) -> Samples:
    answer = here.get("/metrics")
    assert answer.status_code == 200, answer.text
    return {
        (sample.name.removeprefix("hounsfield_"), tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def value(samples: Samples, name: str, /, **labels: str) -> float:
    return samples.get((name, tuple(sorted(labels.items()))), 0.0)


def order(client: TestClient, headers: Headers) -> str:
    answer = client.post("/api/v1/tasks", json={"task_type": "plain"}, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["task_id"])


def test_a_flow_shows_in_the_figures(
    here: TestClient,
    client: TestClient,
    platform: Platform,
    engine: FakeEngine,
    as_owner: Headers,
    run_outbox: Any,
) -> None:
    before = scrape(here)
    first, _second = order(client, as_owner), order(client, as_owner)
    run_outbox()
    waiting = scrape(here)
    assert value(waiting, "queue_depth", capability="plain") == 2
    assert value(waiting, "queue_free_slots", capability="plain") == 1
    assert value(waiting, "tasks", status="QUEUED") == 2
    assert value(waiting, "engines", state="AVAILABLE") == 1

    schedule(platform)
    assert engine.claim(first, 1).status_code == 200
    assert engine.claim(first, 1).status_code == 409
    busy = scrape(here)
    assert value(busy, "queue_depth", capability="plain") == 1
    assert value(busy, "queue_running", capability="plain") == 1
    assert value(busy, "queue_free_slots", capability="plain") == 0
    assert value(busy, "engines", state="BUSY") == 1
    assert value(busy, "engine_load", engine="engine-1") == 1
    assert value(busy, "outbox_depth") > 0

    assert engine.fail(first, 1, "user_facing", "NO_BODY_FOUND").status_code == 200
    after = scrape(here)

    def grown(name: str, /, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    assert grown("task_transitions_total", origin="CREATED", target="QUEUED") == 2
    assert grown("task_transitions_total", origin="QUEUED", target="ASSIGNED") == 1
    assert grown("task_transitions_total", origin="ASSIGNED", target="IN_PROGRESS") == 1
    assert grown("task_failures_total", code="NO_BODY_FOUND") == 1
    assert grown("refusals_total", code="STALE_EPOCH") == 1
    assert grown("scheduler_pass_seconds_count") == 1
    assert grown("outbox_messages_total", kind="event", outcome="published") > 0
    claims = {"method": "POST", "route": "/api/v1/engines/{engine_id}/claim"}
    assert grown("http_requests_total", **claims, status="200") == 1
    assert grown("http_requests_total", **claims, status="409") == 1
    assert grown("http_request_seconds_count", route=claims["route"]) == 2


def test_the_oldest_waiting_task_is_as_old_as_it_is(
    here: TestClient,
    client: TestClient,
    engine: FakeEngine,
    as_owner: Headers,
    run_outbox: Any,
    platform: Platform,
) -> None:
    assert value(scrape(here), "queue_oldest_seconds", capability="plain") == 0
    task_id = order(client, as_owner)
    run_outbox()
    with platform.db.write() as session:
        now = db_now(session)
        ordered, queued = now - timedelta(hours=1), now - timedelta(minutes=5)  # handed out again
        values = {"created_at": ordered, "queued_at": queued}
        session.execute(update(Task).where(Task.id == task_id).values(values))
    assert 300 <= value(scrape(here), "queue_oldest_seconds", capability="plain") < 600
    assert engine.engine_id in here.get("/metrics").text


def test_leaders_and_dead_letters_show(here: TestClient, platform: Platform) -> None:
    lead = Leadership(platform.db, "scheduler", seconds=30)
    assert lead.hold()
    with platform.db.write() as session:
        bury(session, "job", "platform", {"name": "test.job", "arguments": {}}, "broken")
    led = scrape(here)
    assert value(led, "dead_letters") == 1
    assert value(led, "leader_term", lead="scheduler") == 1
    assert 0 < value(led, "leader_seconds_left", lead="scheduler") <= 30
    lead.resign()
    assert value(scrape(here), "leader_seconds_left", lead="scheduler") < 0


def test_nothing_names_a_task_or_a_person(
    here: TestClient, client: TestClient, owner: User, as_owner: Headers, engine: FakeEngine, run_outbox: Any
) -> None:
    task_id = order(client, as_owner)
    client.get(f"/api/v1/tasks/{task_id}", headers=as_owner)
    client.request("BREW", f"/api/v1/no/such/place/{task_id}")
    run_outbox()
    told = here.get("/metrics").text
    assert task_id not in told
    assert owner.id not in told
    assert 'method="other"' in told


def test_codes_that_engines_make_up_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_codes", set())
    labels = {metrics.failure_label(f"CODE_{number}") for number in range(10_000)}
    assert len(labels) == metrics.MAX_CODES + 1
    assert "OTHER" in labels


def test_what_is_rolled_back_is_not_counted(here: TestClient, platform: Platform) -> None:
    before = value(scrape(here), "leases_expired_total")
    with pytest.raises(ZeroDivisionError):
        count_and_break(platform)
    assert value(scrape(here), "leases_expired_total") == before
    with platform.db.write() as session:
        metrics.on_commit(session, metrics.LEASES_EXPIRED)
    assert value(scrape(here), "leases_expired_total") == before + 1


def count_and_break(platform: Platform) -> None:
    with platform.db.write() as session:
        metrics.on_commit(session, metrics.LEASES_EXPIRED)
        raise ZeroDivisionError


def test_a_job_is_counted_with_its_end(here: TestClient) -> None:
    before = scrape(here)
    with metrics.job_run("test.job"):
        pass
    with pytest.raises(ValueError, match="broken"), metrics.job_run("test.job"):
        raise ValueError("broken")
    after = scrape(here)
    for outcome in ("done", "failed"):
        labels = {"name": "test.job", "outcome": outcome}
        assert value(after, "jobs_total", **labels) - value(before, "jobs_total", **labels) == 1
    counted = value(after, "job_seconds_count", name="test.job")
    assert counted - value(before, "job_seconds_count", name="test.job") == 2


def test_without_a_token_only_this_machine_reads_them(client: TestClient, here: TestClient) -> None:
    assert here.get("/metrics").status_code == 200
    refused = client.get("/metrics", headers={"Accept-Language": "zh-CN"})
    assert (refused.status_code, refused.json()["code"]) == (403, "METRICS_CLOSED")
    assert "本机" in refused.json()["detail"]


def test_with_a_token_whoever_brings_it_reads_them(
    client: TestClient, here: TestClient, platform: Platform, as_admin: Headers
) -> None:
    platform.settings = platform.settings.model_copy(update={"metrics_token": "sésame"})
    for headers in ({}, as_admin, {"Authorization": "Basic c8Opc2FtZQ=="}):
        refused = here.get("/metrics", headers=headers)
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"] == "Bearer"
    bearer = {"Authorization": "Bearer sésame".encode()}
    assert client.get("/metrics", headers=bearer).status_code == 200


def test_a_database_that_is_away_hides_nothing_else(
    here: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_platform: Platform) -> Any:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    monkeypatch.setattr(figures, "_make", away)
    told = scrape(here)
    assert value(told, "database_up") == 0
    assert ("database_up", ()) in told
    assert any(name == "http_requests_total" for name, _ in told)


def test_a_process_without_api_and_sockets_tells_its_figures_too(platform: Platform) -> None:
    app = create_app(platform, api=False, sockets=False)
    with TestClient(app, client=("127.0.0.1", 1)) as scheduler:
        told = scrape(scheduler)
    assert value(told, "database_up") == 1
    assert ("sockets", ()) in told


def test_the_alert_rules_ask_for_figures_that_are_there(here: TestClient) -> None:
    told = set(re.findall(r"^# TYPE (\w+) ", here.get("/metrics").text, re.MULTILINE))
    for path in (ROOT / "deploy" / "prometheus").iterdir():
        asked = set(re.findall(r"\bhounsfield_[a-z_]+", path.read_text("utf-8")))
        assert asked <= told, f"{path.name} asks for {asked - told}"


def test_prometheus_itself_finds_the_alert_rules_right() -> None:
    rules = ROOT / "deploy" / "prometheus"
    loaded = yaml.safe_load((rules / "alerts.yml").read_text("utf-8"))
    for group in loaded["groups"]:
        for rule in group["rules"]:
            assert {"alert", "expr", "for", "labels", "annotations"} == set(rule)
            assert rule["labels"]["severity"] in ("warning", "critical")
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed; the shape of the rules was checked")
    for command in (["check", "rules", "alerts.yml"], ["test", "rules", "alerts.test.yml"]):
        done = subprocess.run([promtool, *command], cwd=rules, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_reading_is_made_once_in_a_while(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    now, made = [100.0], []
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    reading = Reading(lambda _platform: made.append(1) or len(made), 5.0)
    assert [reading.of(platform), reading.of(platform)] == [1, 1]
    now[0] = 105.0
    assert reading.of(platform) == 2
