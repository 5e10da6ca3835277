"""The ledger's invariants under any sequence of operations (domain.md, Money)."""

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule
from sqlalchemy import func, select
from tests.factories.database import new_sqlite

from hounsfield.kit.db import Database
from hounsfield.points import ledger
from hounsfield.points.errors import HoldResolved, InsufficientPoints
from hounsfield.points.models import Charge, Hold, LedgerAccount, Posting

PEOPLE = st.sampled_from(["ann", "bob"])
AMOUNTS = st.integers(0, 50)
UNIT = ledger.POINT_LOW


class LedgerMachine(RuleBasedStateMachine):
    """A model in two dictionaries beside the real ledger on SQLite."""

    holds = Bundle("holds")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.db = Database(new_sqlite(Path(self.folder.name) / "ledger.db"))
        self.available = {"ann": 0, "bob": 0}
        self.held = {"ann": 0, "bob": 0}
        self.orders = 0

    @initialize()
    def begin(self) -> None:
        """Without points at the beginning most operations would only be refused."""
        for person in self.available:
            self.grant(person, 100)

    @rule(person=PEOPLE, amount=st.integers(-30, 50))
    def grant(self, person: str, amount: int) -> None:
        possible = self.available[person] + amount >= 0
        with Refusal(InsufficientPoints, unless=possible), self.db.write() as session:
            ledger.grant(session, person, UNIT, amount, actor_id=None, reason="test")
        if possible:
            self.available[person] += amount

    @rule(giver=PEOPLE, amount=AMOUNTS)
    def transfer(self, giver: str, amount: int) -> None:
        taker = "bob" if giver == "ann" else "ann"
        possible = self.available[giver] >= amount
        with Refusal(InsufficientPoints, unless=possible), self.db.write() as session:
            ledger.transfer(session, giver, taker, UNIT, amount, actor_id=giver, reason="test")
        if possible:
            self.available[giver] -= amount
            self.available[taker] += amount

    @rule(target=holds, person=PEOPLE, amount=AMOUNTS)
    def hold(self, person: str, amount: int) -> Any:
        self.orders += 1
        order = f"order-{self.orders}"
        possible = self.available[person] >= amount
        with Refusal(InsufficientPoints, unless=possible), self.db.write() as session:
            ledger.hold(session, person, UNIT, amount, order_no=order)
        if not possible:
            return multiple()
        self.available[person] -= amount
        self.held[person] += amount
        return (order, person, amount)

    @rule(held=consumes(holds), captured=st.booleans(), again=st.booleans())
    def resolve(self, held: tuple[str, str, int], captured: bool, again: bool) -> None:
        order, person, amount = held
        with self.db.write() as session:
            (ledger.capture if captured else ledger.release)(session, order)
        self.held[person] -= amount
        if not captured:
            self.available[person] += amount
        with Refusal(HoldResolved, unless=False), self.db.write() as session:
            (ledger.capture if again else ledger.release)(session, order)

    @invariant()
    def model_and_ledger_agree(self) -> None:
        with self.db.read() as session:
            for person in ("ann", "bob"):
                assert ledger.balance(session, person, UNIT) == self.available[person]
                assert ledger.balance(session, person, UNIT, "held") == self.held[person]

    @invariant()
    def nothing_is_created_or_lost(self) -> None:
        with self.db.read() as session:
            assert (session.scalar(select(func.sum(LedgerAccount.balance))) or 0) == 0
            sums = session.execute(
                select(Posting.entry_id, func.sum(Posting.amount)).group_by(Posting.entry_id)
            )
            assert all(total == 0 for _, total in sums)

    @invariant()
    def balances_are_a_replay_of_the_postings(self) -> None:
        with self.db.read() as session:
            kept = {row.id: row.balance for row in session.scalars(select(LedgerAccount))}
            replayed = ledger.rebuilt(session)
            assert {key: value for key, value in kept.items() if value} == {
                key: value for key, value in replayed.items() if value
            }

    @invariant()
    def each_captured_order_is_charged_once(self) -> None:
        with self.db.read() as session:
            captured = set(session.scalars(select(Hold.order_no).where(Hold.status == "CAPTURED")))
            assert captured == set(session.scalars(select(Charge.order_no)))

    def teardown(self) -> None:
        self.db.dispose()
        self.folder.cleanup()


class Refusal:
    """Swallow an error that must come unless the operation is possible."""

    def __init__(self, kind: type[Exception], *, unless: bool) -> None:
        self.kind, self.possible = kind, unless

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        if self.possible:
            return False
        assert kind is not None, "this had to be refused"
        return issubclass(kind, self.kind)


TestLedger = LedgerMachine.TestCase
TestLedger.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
