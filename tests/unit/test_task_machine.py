"""Tasks under any interleaving of people, engines, scheduler and reaper: the invariants of the domain hold.

Time passes by moving the deadlines back, never by waiting.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import func, select, update
from tests.factories.accounts import make_actor, make_user
from tests.factories.database import new_sqlite
from tests.factories.engines import PLAIN
from tests.invariants import event_faults, ledger_faults, news_faults, order_faults, result_faults

from hounsfield.engines.models import Engine
from hounsfield.engines.schemas import Registration
from hounsfield.engines.service import EngineCredential, make_token, register
from hounsfield.kit.errors import DomainError
from hounsfield.kit.platform import Platform
from hounsfield.kit.settings import Settings
from hounsfield.points.errors import InsufficientPoints
from hounsfield.tasks import leases, orders
from hounsfield.tasks.access import task_for
from hounsfield.tasks.models import Task
from hounsfield.tasks.prepare import prepare
from hounsfield.tasks.reaper import reap
from hounsfield.tasks.scheduler import schedule
from hounsfield.tasks.schemas import Attempt, CompletionReport, FailureReport, OrderWish

ENGINES = ("e1", "e2")
ENDS = ("COMPLETED", "FAILED", "CANCELLED")
CLOCKS = ("lease_until", "close_by", "schedule_by", "not_before")
MOST_REQUEUES = 3
PICK = st.integers(0, 3)
ENGINE = st.sampled_from(ENGINES)
SELDOM = st.integers(0, 3).map(lambda number: number == 3)

some_task = precondition(lambda machine: machine.ordered)


class Word(NamedTuple):
    """Of which attempt an engine speaks."""

    task_id: str
    epoch: int
    engine: str


class TaskMachine(RuleBasedStateMachine):
    """One owner with points for a few orders, two engines of one slot each."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        data_dir = Path(self.folder.name)
        url = new_sqlite(data_dir / "tasks.db")
        self.platform = Platform.open(
            Settings(data_dir=data_dir, database_url=url, secret_key="k" * 40, lease_seconds=60)
        )
        self.boots = self.ordered = 0
        self.ended: dict[str, str] = {}

    @initialize()
    def begin(self) -> None:
        self.owner = make_user(self.platform, "owner")
        self.actor = make_actor(self.platform, self.owner)
        with self.platform.db.write() as session:
            token, _ = make_token(session, "test", created_by=None)
            self.credential = EngineCredential(token.id)
        for engine in ENGINES:
            self.engine_starts(engine)

    @rule(engine=ENGINE)
    def engine_starts(self, engine: str) -> None:
        self.boots += 1
        wish = Registration.model_validate(
            {
                "engine_id": engine,
                "boot_id": f"boot-{self.boots}",
                "hostname": "here",
                "capacity": 1,
                "supported_algorithms": [PLAIN],
            }
        )
        with self.platform.db.write() as session:
            register(session, self.credential, wish)

    @rule()
    def order(self) -> None:
        with suppress(InsufficientPoints):
            with self.platform.db.write() as session:
                task_id = orders.order(session, self.actor, OrderWish(task_type="plain")).id
            self.ordered += 1
            prepare(self.platform, task_id=task_id)

    @rule()
    def assign(self) -> None:
        schedule(self.platform)

    @some_task
    @rule(pick=PICK, late=SELDOM, strange=SELDOM)
    def claim(self, pick: int, late: bool, strange: bool) -> None:
        with self._word("ASSIGNED", pick, late, strange) as said:
            self._claim(said)

    def _claim(self, said: "Word") -> None:
        with self.platform.db.write() as session:
            leases.claim(session, session.get_one(Engine, said.engine), said.task_id, said.epoch, 60)

    @some_task
    @rule(pick=PICK, late=SELDOM, strange=SELDOM, progress=st.integers(0, 100))
    def beat(self, pick: int, late: bool, strange: bool, progress: int) -> None:
        with self._word("IN_PROGRESS", pick, late, strange) as said, self.platform.db.write() as session:
            attempt = Attempt(task_id=said.task_id, epoch=said.epoch, progress=progress)
            leases.keep(session, session.get_one(Engine, said.engine), [attempt], 60)

    @some_task
    @rule(pick=PICK, late=SELDOM)
    def complete(self, pick: int, late: bool) -> None:
        with self._word("IN_PROGRESS", pick, late) as said, self.platform.db.write() as session:
            report = CompletionReport(epoch=said.epoch, results=[])
            leases.complete(session, said.task_id, self.credential.token_id, report)

    @some_task
    @rule(
        pick=PICK,
        late=SELDOM,
        decision=st.sampled_from(["user_facing", "retry_elsewhere", "poison", "cancelled"]),
    )
    def fail(self, pick: int, late: bool, decision: str) -> None:
        with self._word("IN_PROGRESS", pick, late) as said, self.platform.db.write() as session:
            report = FailureReport(epoch=said.epoch, code="ENGINE_CHILD_CRASHED", decision=decision)
            leases.fail(session, said.task_id, self.credential.token_id, report)

    @some_task
    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        task_id = self._pick(pick)["id"]
        with suppress(DomainError), self.platform.db.write() as session:
            orders.cancel(session, self.actor, task_for(session, self.actor, task_id))

    @rule(column=st.sampled_from(CLOCKS))
    def time_passes(self, column: str) -> None:
        with self.platform.db.write() as session:
            for task in session.scalars(select(Task).where(getattr(Task, column).is_not(None))).all():
                earlier = getattr(task, column) - timedelta(hours=2)
                session.execute(update(Task).where(Task.id == task.id).values({column: earlier}))
        reap(self.platform)

    @rule(pick=PICK, silent=st.booleans())
    def an_engine_takes_one(self, pick: int, silent: bool) -> None:
        """Steps in a row that chance alone would seldom take often enough, neither to the work nor to the end of all tries."""
        if not self.ordered:
            self.order()
        self.time_passes("not_before")
        schedule(self.platform)
        seen = self._pick(pick, "ASSIGNED")
        if seen["status"] == "ASSIGNED":
            self._claim(Word(seen["id"], seen["epoch"], seen["assigned_engine_id"] or ENGINES[0]))
            if silent:
                self.time_passes("lease_until")

    @invariant()
    def the_domain_holds(self) -> None:
        with self.platform.db.read() as session:
            checks = (ledger_faults, order_faults, event_faults, result_faults, news_faults)
            assert [fault for check in checks for fault in check(session)] == []

    @invariant()
    def what_has_ended_stays_as_it_is_and_nothing_is_tried_for_ever(self) -> None:
        with self.platform.db.read() as session:
            tasks = list(session.scalars(select(Task)))
        for task in tasks:
            assert self.ended.get(task.id, task.status) == task.status
            assert task.requeues <= MOST_REQUEUES
            if task.status in ENDS:
                self.ended[task.id] = task.status

    @invariant()
    def no_engine_has_more_than_it_can(self) -> None:
        query = (
            select(Task.assigned_engine_id, func.count())
            .where(Task.status.in_(["ASSIGNED", "IN_PROGRESS"]))
            .group_by(Task.assigned_engine_id)
        )
        with self.platform.db.read() as session:
            # an offer to whichever engine comes is taken when one has room, so one more may slip in
            assert all(count <= 2 for engine, count in session.execute(query) if engine)

    @contextmanager
    def _word(self, state: str, pick: int, late: bool, strange: bool = False) -> Iterator["Word"]:
        """Yield what an engine says about a task.

        Of a task in this state, in time and by the engine that has it, its word must be taken; else it must change nothing.
        """
        before = self._pick(pick, state)
        holder = before["assigned_engine_id"] or ENGINES[0]
        engine = next(name for name in ENGINES if (name != holder) is strange)
        earlier = before["epoch"] - 1 or before["epoch"] + 1
        due = before["status"] == state and not late and (not strange or before["assigned_engine_id"] is None)
        try:
            yield Word(before["id"], earlier if late else before["epoch"], engine)
        except DomainError:
            assert not due, f"a word in time was refused: {before}"
        if not due:
            assert before in self._rows(), "a word that came too late, or from the wrong one, was taken"

    def _pick(self, pick: int, state: str = "") -> dict[str, Any]:
        """Return one of the tasks, mostly one in this state where there is any."""
        rows = self._rows()
        wanted = [row for row in rows if row["status"] == state]
        return wanted[pick % len(wanted)] if wanted and pick else rows[pick % len(rows)]

    def _rows(self) -> list[dict[str, Any]]:
        with self.platform.db.read() as session:
            return [dict(row) for row in session.execute(select(Task.__table__).order_by(Task.id)).mappings()]

    def teardown(self) -> None:
        self.platform.close()
        self.folder.cleanup()


TestTasks = TaskMachine.TestCase
TestTasks.settings = settings(
    max_examples=20, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
