"""Two that want different things at once: one wins, the other learns it, the money follows the winner."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.factories.engines import PLAIN, FakeEngine

from hounsfield.accounts.models import User
from hounsfield.kit.platform import Platform
from hounsfield.points import ledger
from hounsfield.tasks.scheduler import schedule

Headers = dict[str, str]


@pytest.mark.parametrize("rounds", [10])
def test_cancel_racing_completion_ends_once_and_charges_only_completion(
    client: TestClient,
    platform: Platform,
    owner: User,
    as_owner: Headers,
    engine: FakeEngine,
    run_outbox: Any,
    rounds: int,
) -> None:
    charged = 0
    for _ in range(rounds):
        task_id = client.post("/api/v1/tasks", json={"task_type": "plain"}, headers=as_owner).json()[
            "task_id"
        ]
        run_outbox()
        assert schedule(platform) == 1
        engine.claim(task_id, 1)
        with ThreadPoolExecutor(2) as pool:
            done = pool.submit(engine.complete, task_id, 1)
            stopped = pool.submit(client.post, f"/api/v1/tasks/{task_id}/cancel", headers=as_owner)
            answers = sorted((done.result().status_code, stopped.result().status_code))
        assert answers == [200, 409]
        status = client.get(f"/api/v1/tasks/{task_id}", headers=as_owner).json()["status"]
        assert status == ("COMPLETED" if done.result().status_code == 200 else "CANCELLED")
        charged += 10 * (status == "COMPLETED")
        with platform.db.read() as session:
            assert ledger.balance(session, owner.id, ledger.POINT_LOW) == 100 - charged
            assert ledger.balance(session, owner.id, ledger.POINT_LOW, "held") == 0


def test_eight_schedulers_at_once_assign_each_task_once(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine, run_outbox: Any
) -> None:
    wide = FakeEngine(client, engine.token, engine_id="wide", capacity=20)
    wide.register()
    for _ in range(6):
        client.post("/api/v1/tasks", json={"task_type": "plain"}, headers=as_owner)
    run_outbox()
    with ThreadPoolExecutor(8) as pool:
        given = sum(pool.map(lambda _: schedule(platform), range(8)))
    assert given == 6
    offers = run_outbox().of("offer")
    assert len({offer["task_id"] for offer in offers}) == len(offers) == 6


def test_eight_engines_that_bring_the_same_new_algorithm_at_once_are_all_taken(
    client: TestClient, engine: FakeEngine
) -> None:
    for turn in range(5):
        new = {**PLAIN, "name": f"new_{turn}"}
        fleet = [FakeEngine(client, engine.token, f"engine-{turn}-{n}", algorithms=[new]) for n in range(8)]
        with ThreadPoolExecutor(8) as pool:
            assert [answer.status_code for answer in pool.map(FakeEngine.register, fleet)] == [201] * 8
