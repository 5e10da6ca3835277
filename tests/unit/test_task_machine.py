"""Tasks under any interleaving of people, engines, scheduler and reaper: the invariants of the domain hold.

Time passes by moving the deadlines back, never by waiting.
"""

import itertools
import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import func, select, update
from tests.factories.accounts import make_actor, make_user
from tests.factories.engines import PLAIN

from hounsfield.engines.schemas import Registration
from hounsfield.engines.service import EngineCredential, make_token, register
from hounsfield.http import rooms as _rooms  # noqa: F401  every table, job and hook
from hounsfield.kit.db import Base
from hounsfield.kit.errors import DomainError
from hounsfield.kit.platform import Platform
from hounsfield.kit.settings import Settings
from hounsfield.points import ledger
from hounsfield.points.errors import InsufficientPoints
from hounsfield.points.models import Charge, Hold, LedgerAccount
from hounsfield.tasks import leases, orders
from hounsfield.tasks.access import task_for
from hounsfield.tasks.models import Task, TaskEvent
from hounsfield.tasks.prepare import prepare
from hounsfield.tasks.reaper import reap
from hounsfield.tasks.scheduler import schedule
from hounsfield.tasks.schemas import Attempt, CompletionReport, FailureReport, OrderWish
from hounsfield.tasks.transitions import ENDED, TRANSITIONS, Status

ENGINES = ("e1", "e2")
PICK = st.integers(0, 3)
EPOCHS = st.integers(1, 4)


class TaskMachine(RuleBasedStateMachine):
    """One owner with points for a few orders, two engines of one slot each."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.platform = Platform.open(
            Settings(data_dir=Path(self.folder.name), secret_key="k" * 40, lease_seconds=60)
        )
        Base.metadata.create_all(self.platform.db.engine)
        self.boots = 0

    @initialize()
    def begin(self) -> None:
        self.owner = make_user(self.platform, "owner")
        self.actor = make_actor(self.platform, self.owner)
        with self.platform.db.write() as session:
            token, _ = make_token(session, "test", created_by=None)
            self.credential = EngineCredential(token.id)
        for engine in ENGINES:
            self.engine_starts(engine)

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
            register(session, self.credential, wish)

    @rule()
    def order(self) -> None:
        try:
            with self.platform.db.write() as session:
                task_id = orders.order(session, self.actor, OrderWish(task_type="plain")).id
        except InsufficientPoints:
            return
        prepare(self.platform, task_id=task_id)

    @rule()
    def assign(self) -> None:
        schedule(self.platform)

    @rule(engine=st.sampled_from(ENGINES), pick=PICK, epoch=EPOCHS)
    def claim(self, engine: str, pick: int, epoch: int) -> None:
        with self._any(pick) as task_id, self._tolerant(), self.platform.db.write() as session:
            leases.claim(session, session.get_one(_engine(), engine), task_id, epoch, 60)

    @rule(engine=st.sampled_from(ENGINES), pick=PICK, epoch=EPOCHS, progress=st.integers(0, 100))
    def beat(self, engine: str, pick: int, epoch: int, progress: int) -> None:
        with self._any(pick) as task_id, self.platform.db.write() as session:
            said = Attempt(task_id=task_id, epoch=epoch, progress=progress)
            leases.keep(session, session.get_one(_engine(), engine), [said], 60)

    @rule(pick=PICK, epoch=EPOCHS)
    def complete(self, pick: int, epoch: int) -> None:
        with self._any(pick) as task_id, self._tolerant(), self.platform.db.write() as session:
            leases.complete(
                session, task_id, self.credential.token_id, CompletionReport(epoch=epoch, results=[])
            )

    @rule(
        pick=PICK,
        epoch=EPOCHS,
        decision=st.sampled_from(["user_facing", "retry_elsewhere", "poison", "cancelled"]),
    )
    def fail(self, pick: int, epoch: int, decision: str) -> None:
        report = FailureReport(epoch=epoch, code="ENGINE_CHILD_CRASHED", decision=decision)
        with self._any(pick) as task_id, self._tolerant(), self.platform.db.write() as session:
            leases.fail(session, task_id, self.credential.token_id, report)

    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        with self._any(pick) as task_id, self._tolerant(), self.platform.db.write() as session:
            orders.cancel(session, self.actor, task_for(session, self.actor, task_id))

    @rule(column=st.sampled_from(["lease_until", "close_by", "schedule_by", "not_before"]))
    def time_passes(self, column: str) -> None:
        with self.platform.db.write() as session:
            for task in session.scalars(select(Task).where(getattr(Task, column).is_not(None))).all():
                earlier = getattr(task, column) - timedelta(hours=2)
                session.execute(update(Task).where(Task.id == task.id).values({column: earlier}))
        reap(self.platform)

    @invariant()
    def nothing_is_charged_but_what_is_done(self) -> None:
        with self.platform.db.read() as session:
            tasks = list(session.scalars(select(Task)))
            holds = {hold.order_no: hold.status for hold in session.scalars(select(Hold))}
            charged = list(session.scalars(select(Charge.order_no)))
        assert len(charged) == len(set(charged))
        for task in tasks:
            done, ended = task.status == Status.COMPLETED, Status(task.status) in ENDED
            assert (task.order_no in charged) is done
            assert holds[task.order_no] == ("CAPTURED" if done else "RELEASED" if ended else "HELD")
            assert task.payment_status == ("REFUNDED" if ended and not done else "PAID")

    @invariant()
    def points_are_neither_made_nor_lost(self) -> None:
        with self.platform.db.read() as session:
            assert (session.scalar(select(func.sum(LedgerAccount.balance))) or 0) == 0
            kept = {row.id: row.balance for row in session.scalars(select(LedgerAccount)) if row.balance}
            assert kept == {key: value for key, value in ledger.rebuilt(session).items() if value}

    @invariant()
    def every_step_is_in_the_table_and_the_log_is_the_state(self) -> None:
        with self.platform.db.read() as session:
            for task in session.scalars(select(Task)):
                query = select(TaskEvent).where(TaskEvent.task_id == task.id).order_by(TaskEvent.id)
                events = list(session.scalars(query))
                assert events[0].from_status is None
                for earlier, later in itertools.pairwise(events):
                    assert later.from_status == earlier.to_status
                    assert Status(later.to_status) in TRANSITIONS[Status(earlier.to_status)]
                    assert later.epoch >= earlier.epoch
                assert (events[-1].to_status, events[-1].epoch) == (task.status, task.epoch)
                assert task.requeues <= 3

    @invariant()
    def no_engine_has_more_than_it_can(self) -> None:
        live = [Status.ASSIGNED.value, Status.IN_PROGRESS.value]
        query = (
            select(Task.assigned_engine_id, func.count())
            .where(Task.status.in_(live))
            .group_by(Task.assigned_engine_id)
        )
        with self.platform.db.read() as session:
            # an offer to whichever engine comes is taken when one has room, so one more may slip in
            assert all(count <= 2 for engine, count in session.execute(query) if engine)

    def _any(self, pick: int) -> "_Chosen":
        with self.platform.db.read() as session:
            ids = list(session.scalars(select(Task.id).order_by(Task.id)))
        return _Chosen(ids[pick % len(ids)] if ids else "0" * 32)

    @staticmethod
    def _tolerant() -> "_Refusals":
        return _Refusals()

    def teardown(self) -> None:
        self.platform.close()
        self.folder.cleanup()


class _Chosen:
    def __init__(self, task_id: str) -> None:
        self.task_id = task_id

    def __enter__(self) -> str:
        return self.task_id

    def __exit__(self, *_: object) -> None:
        return None


class _Refusals:
    """A refusal is an answer; anything else is a defect."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        return kind is not None and issubclass(kind, DomainError)


def _engine() -> type:
    from hounsfield.engines.models import Engine

    return Engine


TestTasks = TaskMachine.TestCase
TestTasks.settings = settings(
    max_examples=20, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
