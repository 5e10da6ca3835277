"""Two that want different things of one task at the same instant, many times over, on PostgreSQL.

HOUNSFIELD_TEST_FAULT_ROUNDS says how often: 60 by itself, 1000 in the form that is run by hand.
"""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import create_engine, make_url, select, text, update
from sqlalchemy.exc import OperationalError
from tests.conftest import SERVERS
from tests.factories.accounts import make_actor, make_user
from tests.factories.engines import PLAIN, engine_token
from tests.faults.production.conftest import Record
from tests.invariants import faults
from tests.servers import missing

from hounsfield.accounts.actor import Actor
from hounsfield.cli import migrate
from hounsfield.engines import service as engines
from hounsfield.engines.models import EngineToken
from hounsfield.engines.schemas import Registration
from hounsfield.kit.db import db_now
from hounsfield.kit.errors import Conflict
from hounsfield.kit.platform import Platform
from hounsfield.kit.settings import Settings
from hounsfield.points import ledger
from hounsfield.tasks import leases, orders
from hounsfield.tasks.models import Task
from hounsfield.tasks.prepare import prepare
from hounsfield.tasks.reaper import reap
from hounsfield.tasks.schemas import CompletionReport, FailureReport, OrderWish
from hounsfield.tasks.transitions import Status, move

ROUNDS = int(os.environ.get("HOUNSFIELD_TEST_FAULT_ROUNDS", "60"))
LOST = ("STALE_EPOCH", "ILLEGAL_TRANSITION")  # what who comes second is told
APART = 0.004  # how far apart the two may begin: about as long as either takes


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A platform on a PostgreSQL database of its own, whose invariants must hold in the end."""
    name = f"hounsfield_races_{os.getpid()}"
    server = make_url(SERVERS["postgresql"])
    admin = create_engine(server.set(database="postgres"), isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
    except OperationalError:
        missing("PostgreSQL does not answer")
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("races"),
        database_url=server.set(database=name).render_as_string(hide_password=False),
        secret_key="a key of a test that is long enough for it",
    )
    assert migrate.bring_up(settings)
    platform = Platform.open(settings)
    yield platform
    found = faults(platform)
    platform.close()
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()
    assert found == []


class Ring:
    """One engine, one owner, and tasks that the one runs for the other."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        user = make_user(platform, f"owner {time.monotonic_ns()}")
        self.owner: Actor = make_actor(platform, user)
        token = engine_token(platform)
        with platform.db.write() as session:
            ledger.grant(session, user.id, ledger.POINT_LOW, 20 * ROUNDS, actor_id=None, reason="for tests")
            digest = engines._hash(token)
            row = session.scalars(select(EngineToken).where(EngineToken.token_hash == digest)).one()
            self.token_id = row.id
            wish = {"engine_id": f"engine-{row.id}", "boot_id": "first boot", "hostname": "here"}
            wish |= {"port": 0, "capacity": 1, "supported_algorithms": [PLAIN]}
            self.engine = engines.register(
                session, engines.EngineCredential(row.id), Registration.model_validate(wish)
            )

    def running(self) -> Task:
        """Return a task that the engine has claimed."""
        with self.platform.db.write() as session:
            task = orders.order(session, self.owner, OrderWish(task_type="plain"))
        prepare(self.platform, task_id=task.id)
        self.offer(task, self.engine.id)
        assert self.claim(task) == "IN_PROGRESS"
        return self.now(task)

    def offer(self, task: Task, engine_id: str | None) -> None:
        """Give a queued task out to one engine, or to whichever comes."""
        with self.platform.db.write() as session:
            row, until = session.get_one(Task, task.id), db_now(session) + timedelta(seconds=60)
            move(session, row, Status.ASSIGNED, actor="test", assigned_engine_id=engine_id, lease_until=until)

    def claim(self, task: Task, epoch: int = 1) -> str:
        return self._try(lambda session: leases.claim(session, self.engine, task.id, epoch, 60).status)

    def complete(self, task: Task) -> str:
        return self._try(
            lambda session: (
                leases.complete(
                    session, task.id, self.token_id, CompletionReport(epoch=1, results=[], metrics={})
                ).status
            )
        )

    def fail(self, task: Task) -> str:
        report = FailureReport(epoch=1, code="BROKEN", message="it broke", decision="user_facing")
        return self._try(lambda session: leases.fail(session, task.id, self.token_id, report).status)

    def give_up(self, task: Task) -> str:
        report = FailureReport(
            epoch=task.epoch, code="ENGINE_CHILD_CRASHED", message="it died", decision="retry_elsewhere"
        )
        return self._try(lambda session: leases.fail(session, task.id, self.token_id, report).status)

    def cancel(self, task: Task) -> str:
        def act(session: object) -> str:
            row = session.get_one(Task, task.id)  # type: ignore[attr-defined]
            orders.cancel(session, self.owner, row)  # type: ignore[arg-type]
            return row.status

        return self._try(act)

    def reap(self, _task: Task) -> str:
        return str(reap(self.platform))

    def _try(self, act: Callable[..., str]) -> str:
        try:
            with self.platform.db.write() as session:
                return act(session)
        except Conflict as refusal:
            return refusal.code

    def now(self, task: Task) -> Task:
        with self.platform.db.read() as session:
            return session.get_one(Task, task.id)


@pytest.fixture
def ring(platform: Platform) -> Ring:
    return Ring(platform)


Act = Callable[[Task], str]


def both(pool: ThreadPoolExecutor, task: Task, one: Act, other: Act) -> tuple[str, str]:
    """Run two at once, the one a little before or after the other."""
    start, head = threading.Barrier(2), random.uniform(-APART, APART)

    def run(act: Act, pause: float) -> str:
        start.wait()
        time.sleep(max(pause, 0))
        return act(task)

    first, second = pool.submit(run, one, head), pool.submit(run, other, -head)
    return first.result(), second.result()


def test_cancel_racing_completion(ring: Ring, record: Record) -> None:
    ends: Counter[str] = Counter()
    with ThreadPoolExecutor(2) as pool:
        for _ in range(ROUNDS):
            task = ring.running()
            answers = both(pool, task, ring.complete, ring.cancel)
            ended = ring.now(task).status
            assert sorted(answers, key=LOST.__contains__)[0] == ended
            assert sum(answer in LOST for answer in answers) == 1
            ends[ended] += 1
    assert len(ends) == 2  # both won at times, or this was no race
    record(rounds=ROUNDS, **ends)


def test_a_failure_told_twice(ring: Ring, record: Record) -> None:
    with ThreadPoolExecutor(2) as pool:
        for _ in range(ROUNDS // 2):
            task = ring.running()
            answers = both(pool, task, ring.fail, ring.fail)
            assert "FAILED" in answers
            assert set(answers) <= {"FAILED", *LOST}
            assert ring.fail(task) == "FAILED"  # and once more, much later
        for _ in range(ROUNDS // 2):
            task = ring.running()
            answers = both(pool, task, ring.give_up, ring.give_up)
            assert answers.count("QUEUED") == 1
            assert sum(answer in LOST for answer in answers) == 1
            row = ring.now(task)
            assert (row.status, row.epoch, row.requeues) == ("QUEUED", 2, 1)
            ring.cancel(task)
    record(rounds=ROUNDS)


def test_an_offer_is_taken_once_by_whom_it_was_made_to(
    ring: Ring, platform: Platform, record: Record
) -> None:
    other = Ring(platform)
    with ThreadPoolExecutor(2) as pool:
        for _ in range(ROUNDS // 2):
            task = ring.running()
            assert ring.give_up(task) == "QUEUED"
            ring.offer(task, ring.engine.id)
            assert ring.claim(task, epoch=1) == "STALE_EPOCH"  # an offer that lay about
            assert other.claim(task, epoch=2) == "STALE_EPOCH"
            assert ring.claim(task, epoch=2) == "IN_PROGRESS"
            assert ring.give_up(ring.now(task)) == "QUEUED"
            ring.offer(task, None)
            answers = both(pool, task, *(partial(one.claim, epoch=3) for one in (ring, other)))
            assert answers.count("IN_PROGRESS") == 1
            assert sum(answer in LOST for answer in answers) == 1
            ring.cancel(task)
    record(rounds=ROUNDS // 2)


def test_the_reaper_racing_the_result(ring: Ring, record: Record) -> None:
    ends: Counter[str] = Counter()
    with ThreadPoolExecutor(2) as pool:
        for _ in range(ROUNDS):
            task = ring.running()
            with ring.platform.db.write() as session:
                past = db_now(session) - timedelta(seconds=1)
                session.execute(update(Task).where(Task.id == task.id).values(lease_until=past))
            answer, _ = both(pool, task, ring.complete, ring.reap)
            row = ring.now(task)
            if answer == "COMPLETED":
                assert (row.status, row.epoch) == ("COMPLETED", 1)
            else:
                assert answer in LOST
                assert (row.status, row.epoch, row.requeues) == ("QUEUED", 2, 1)
                ring.cancel(task)
            ends[row.status] += 1
    assert len(ends) == 2
    record(rounds=ROUNDS, **ends)
