"""Tasks under any interleaving of people, engines, scheduler and reaper: the invariants of the domain hold.

Time passes by moving the deadlines back, never by waiting. That the machine finds what it is there to find is tested
too: the second half plants a defect in the product and wants to see it found.
"""

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)
from sqlalchemy import func, select, update
from tests.factories.accounts import make_actor, make_user
from tests.factories.database import new_sqlite
from tests.factories.engines import PLAIN
from tests.invariants import event_faults, ledger_faults, news_faults, order_faults, result_faults

from hounsfield.engines.models import Engine
from hounsfield.engines.schemas import Registration
from hounsfield.engines.service import EngineCredential, make_token, register
from hounsfield.kit.db import db_now
from hounsfield.kit.errors import DomainError
from hounsfield.kit.ids import new_id
from hounsfield.kit.platform import Platform
from hounsfield.kit.settings import Settings
from hounsfield.tasks import leases, orders
from hounsfield.tasks.access import task_for
from hounsfield.tasks.errors import IllegalTransition, StaleEpoch
from hounsfield.tasks.models import Task
from hounsfield.tasks.prepare import prepare
from hounsfield.tasks.reaper import reap
from hounsfield.tasks.scheduler import schedule
from hounsfield.tasks.schemas import Attempt, CompletionReport, FailureReport, OrderWish

ENGINES = ("e1", "e2")
ENDS = ("COMPLETED", "FAILED", "CANCELLED")
CLOCKS = ("lease_until", "close_by", "schedule_by", "not_before")
# what domain.md says, kept apart from the code that must follow it
MOST_ATTEMPTS = 1 + 3
MOST_ORDERS = 4
SELDOM = st.integers(0, 3).map(lambda number: number == 3)
OFF = st.sampled_from([0, 0, 0, 0, -1, 1])  # how far an engine's epoch is from the one it was told
DECISIONS = st.sampled_from(["user_facing", "retry_elsewhere", "poison", "cancelled"])
QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck)}


class Word(NamedTuple):
    """What an engine was once told: a task, and which attempt of it."""

    task_id: str
    epoch: int


class TaskMachine(RuleBasedStateMachine):
    """One owner with points for a few orders, two engines of one slot each that forget nothing they were ever told."""

    tasks = Bundle("tasks")
    words = Bundle("words")

    def __init__(self) -> None:
        super().__init__()
        data_dir = Path(_folder().name)
        url = new_sqlite(data_dir / f"{new_id()}.db")
        self.platform = Platform.open(
            Settings(data_dir=data_dir, database_url=url, secret_key="k" * 40, lease_seconds=60)
        )
        self.boots = self.ordered = 0
        self.claims: Counter[str] = Counter()
        self.ended: dict[str, str] = {}
        self.credentials: dict[str, EngineCredential] = {}

    @initialize()
    def begin(self) -> None:
        self.actor = make_actor(self.platform, make_user(self.platform, "owner"))
        for engine in ENGINES:
            with self.platform.db.write() as session:
                self.credentials[engine] = EngineCredential(
                    make_token(session, engine, created_by=None)[0].id
                )
            self.engine_starts(engine)

    # ---- people, scheduler, reaper

    @precondition(lambda self: self.ordered < MOST_ORDERS)
    @rule(target=tasks)
    def order(self) -> str:
        self.ordered += 1
        with self.platform.db.write() as session:
            task_id = orders.order(session, self.actor, OrderWish(task_type="plain")).id
        prepare(self.platform, task_id=task_id)
        return task_id

    @rule(task_id=tasks)
    def cancel(self, task_id: str) -> None:
        before = self._row(task_id)
        due = before["status"] not in ENDS
        with self._said(before, due=due, refusal=IllegalTransition), self.platform.db.write() as session:
            orders.cancel(session, self.actor, task_for(session, self.actor, task_id))

    @rule(target=words)
    def assign(self) -> Any:
        schedule(self.platform)
        with self.platform.db.read() as session:
            offered = select(Task.id, Task.epoch).where(Task.status == "ASSIGNED")
            return multiple(*(Word(*row) for row in session.execute(offered)))

    @rule(column=st.sampled_from(CLOCKS), noticed=st.booleans())
    def time_passes(self, column: str, noticed: bool) -> None:
        with self.platform.db.write() as session:
            for task in session.scalars(select(Task).where(getattr(Task, column).is_not(None))).all():
                earlier = getattr(task, column) - timedelta(hours=2)
                session.execute(update(Task).where(Task.id == task.id).values({column: earlier}))
        if noticed:
            reap(self.platform)

    # ---- engines

    @rule(engine=st.sampled_from(ENGINES))
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
            register(session, self.credentials[engine], wish)

    @rule(word=words, strange=SELDOM, off=OFF)
    def claim(self, word: Word, strange: bool, off: int) -> None:
        before, engine, word = self._speaks(word, strange, off)
        offered = before["assigned_engine_id"] in (None, engine)
        due = (before["status"], before["epoch"]) == ("ASSIGNED", word.epoch) and offered
        with self._said(before, due=due), self.platform.db.write() as session:
            leases.claim(session, session.get_one(Engine, engine), word.task_id, word.epoch, 60)
        self.claims[word.task_id] += due

    @rule(word=words, strange=SELDOM, off=OFF, progress=st.integers(0, 100))
    def beat(self, word: Word, strange: bool, off: int, progress: int) -> None:
        """A lapsed lease that nobody has noticed may still be kept: nobody else has the task yet."""
        before, engine, word = self._speaks(word, strange, off)
        due = _has(before, engine, word)
        attempt = Attempt(task_id=word.task_id, epoch=word.epoch, progress=progress)
        with self._said(before, due=due), self.platform.db.write() as session:
            stop = leases.keep(session, session.get_one(Engine, engine), [attempt], 60)
            assert stop == ([] if due else [word.task_id])
        if due:
            with self.platform.db.read() as session:
                assert session.get_one(Task, word.task_id).lease_until > db_now(session)

    @rule(word=words, strange=SELDOM, off=OFF)
    def complete(self, word: Word, strange: bool, off: int) -> None:
        before, engine, word = self._speaks(word, strange, off)
        with self._said(before, due=_has(before, engine, word)), self.platform.db.write() as session:
            report = CompletionReport(epoch=word.epoch, results=[])
            leases.complete(session, word.task_id, self.credentials[engine].token_id, report)

    @rule(word=words, strange=SELDOM, off=OFF, decision=DECISIONS)
    def fail(self, word: Word, strange: bool, off: int, decision: str) -> None:
        before, engine, word = self._speaks(word, strange, off)
        with self._said(before, due=_has(before, engine, word)), self.platform.db.write() as session:
            report = FailureReport(epoch=word.epoch, code="ENGINE_CHILD_CRASHED", decision=decision)
            leases.fail(session, word.task_id, self.credentials[engine].token_id, report)

    # ---- steps in a row that chance alone would seldom take

    @rule(target=words, task_id=tasks, contested=st.booleans())
    def an_engine_takes(self, task_id: str, contested: bool) -> Any:
        taken = self._take(task_id, contested=contested)
        return taken or multiple()

    @rule(target=words, task_id=tasks, times=st.integers(1, MOST_ATTEMPTS + 1))
    def engines_take_and_lose(self, task_id: str, times: int) -> Any:
        """The more often, the nearer to the end of all tries; every lost attempt may come back to life."""
        lost = []
        for _ in range(times):
            if taken := self._take(task_id):
                lost.append(taken)
                self.time_passes("lease_until", noticed=True)
        return multiple(*lost)

    @rule(task_id=tasks)
    def an_attempt_comes_back_from_the_dead(self, task_id: str) -> None:
        """While the next one runs, and at the moment when that one's lease has lapsed too."""
        if dead := self._take(task_id):
            self.time_passes("lease_until", noticed=True)
            self._take(task_id)
            self.time_passes("lease_until", noticed=False)
            for strange in (False, True):
                self.beat(dead, strange, 0, 50)
            self.complete(dead, False, 0)
            self.fail(dead, False, 0, "user_facing")

    @rule(task_id=tasks)
    def a_task_is_done_and_everybody_speaks_again(self, task_id: str) -> None:
        if word := self._take(task_id):
            self.complete(word, False, 0)
            self.cancel(task_id)
            self.fail(word, False, 0, "user_facing")
            self.beat(word, False, 0, 50)

    def _take(self, task_id: str, *, contested: bool = False) -> Word | None:
        """Bring a task to an engine; if contested, another one asks for it first."""
        with self.platform.db.write() as session:
            session.execute(update(Task).where(Task.id == task_id).values(not_before=None))
        schedule(self.platform)
        before = self._row(task_id)
        if before["status"] != "ASSIGNED":
            return None
        word = Word(task_id, before["epoch"])
        if contested:
            self.claim(word, True, 0)
        self.claim(word, False, 0)
        return word

    # ---- what must be true

    @invariant()
    def what_has_ended_stays_as_it_is_and_nothing_is_tried_for_ever(self) -> None:
        with self.platform.db.read() as session:
            states = dict(session.execute(select(Task.id, Task.status)).all())
        for task_id, status in states.items():
            assert self.ended.get(task_id, status) == status
            assert self.claims[task_id] <= MOST_ATTEMPTS
            if status in ENDS:
                self.ended[task_id] = status

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

    def teardown(self) -> None:
        """What the rows keep is judged once, in the end: no later step can hide what an earlier one wrote."""
        try:
            with self.platform.db.read() as session:
                checks = (ledger_faults, order_faults, event_faults, result_faults, news_faults)
                assert [fault for check in checks for fault in check(session)] == []
        finally:
            self.platform.close()

    # ---- what an engine says

    def _speaks(self, word: Word, strange: bool, off: int) -> tuple[dict[str, Any], str, Word]:
        """Return a task as it is, who speaks of it (mostly the engine that has it), and of which attempt."""
        before = self._row(word.task_id)
        holder = before["assigned_engine_id"] or ENGINES[0]
        engine = next(name for name in ENGINES if (name != holder) is strange)
        return before, engine, Word(word.task_id, max(word.epoch + off, 1))

    @contextmanager
    def _said(
        self, before: dict[str, Any], *, due: bool, refusal: type[DomainError] = StaleEpoch
    ) -> Iterator[None]:
        """What is due must be taken; anything else changes nothing, and is refused as what it is if it is refused."""
        try:
            yield
        except refusal:
            assert not due, f"a word in time was refused: {before}"
        if not due:
            assert self._row(before["id"]) == before, (
                "a word that came too late, or from the wrong one, was taken"
            )

    def _row(self, task_id: str) -> dict[str, Any]:
        with self.platform.db.read() as session:
            return dict(session.execute(select(Task.__table__).where(Task.id == task_id)).mappings().one())


def _has(before: dict[str, Any], engine: str, word: Word) -> bool:
    return (before["status"], before["epoch"], before["assigned_engine_id"]) == (
        "IN_PROGRESS",
        word.epoch,
        engine,
    )


@cache
def _folder() -> "tempfile.TemporaryDirectory[str]":
    """Return a folder for the databases of this process: the storage beside them is made only once."""
    return tempfile.TemporaryDirectory()


TestTasks = TaskMachine.TestCase
TestTasks.settings = settings(max_examples=12, stateful_step_count=25, **QUIET)


# ---- the same machine on a product with a defect
