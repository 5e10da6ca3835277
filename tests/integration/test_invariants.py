"""The check of the check: each fault that `tests.invariants` knows is planted in a healthy database and found."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from tests.factories import dicom
from tests.factories.engines import FakeEngine, result
from tests.invariants import faults, faults_in, unfinished

from hounsfield.imaging.models import Instance, Upload
from hounsfield.kit.clock import utc_now
from hounsfield.kit.platform import Platform
from hounsfield.models3d.models import Model, ModelInfo
from hounsfield.notifications.models import UserEvent
from hounsfield.points import ledger
from hounsfield.points.models import Charge, Hold, LedgerAccount, Posting
from hounsfield.tasks.models import Task, TaskEvent, TaskFile
from hounsfield.tasks.scheduler import schedule

Headers = dict[str, str]
Row = TypeVar("Row")
STL = b"\0" * 80 + (0).to_bytes(4, "little")


@pytest.fixture
def lived(
    platform: Platform,
    client: TestClient,
    as_owner: Headers,
    as_admin: Headers,
    engine: FakeEngine,
    run_outbox: Any,
) -> Platform:
    """A platform on which tasks completed, failed, were cancelled, were paid afterwards, and one is running."""

    def order() -> str:
        form: dict[str, Any] = {"task_type": (None, "ct_surface"), "file": ("ct.zip", dicom.ct_zip(slices=4))}
        answer = client.post("/api/v1/files/upload", files=form, headers=as_owner)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["task_id"])

    def start(task_id: str) -> None:
        run_outbox()
        schedule(platform)
        assert engine.claim(task_id, 1).status_code == 200

    def complete(task_id: str) -> None:
        start(task_id)
        assert engine.upload(task_id, 1, "bone.stl", STL).status_code == 201
        mesh = result("bone.stl", STL, "mesh_stl", tissue="bone")
        assert engine.complete(task_id, 1, mesh).status_code == 200

    complete(order())
    failing = order()
    start(failing)
    assert engine.fail(failing, 1, "user_facing").status_code == 200
    assert client.post(f"/api/v1/tasks/{order()}/cancel", headers=as_owner).status_code == 200
    _pay_mode(client, as_admin, "postpaid_mode")
    for paying in (False, True):
        later = order()
        complete(later)
        if paying:
            assert client.post(f"/api/v1/tasks/{later}/pay", headers=as_owner).status_code == 200
    _pay_mode(client, as_admin, "prepaid_mode")
    start(order())
    run_outbox()
    return platform


def _pay_mode(client: TestClient, as_admin: Headers, mode: str) -> None:
    answer = client.put("/api/v1/admin/configs/payment_mode", json={"value": mode}, headers=as_admin)
    assert answer.status_code == 200, answer.text


class Saboteur:
    """Changes rows and objects behind the platform's back."""

    def __init__(self, session: Session, platform: Platform, undo: ExitStack) -> None:
        self.session, self.platform, self._undo = session, platform, undo

    def one(self, table: type[Row], **values: Any) -> Row:
        return self.session.scalars(select(table).filter_by(**values)).first() or pytest.fail(f"no {values}")

    def task(self, status: str, payment_mode: str = "prepaid_mode") -> Task:
        return self.one(Task, status=status, payment_mode=payment_mode)

    def hold(self, status: str) -> Hold:
        return self.one(Hold, order_no=self.task(status).order_no)

    def charge(self) -> Charge:
        return self.one(Charge, order_no=self.task("COMPLETED").order_no)

    def pot(self, kind: str) -> LedgerAccount:
        return self.one(LedgerAccount, kind=kind)

    def last_event(self, status: str) -> TaskEvent:
        return self.one(TaskEvent, task_id=self.task(status).id, to_status=status)

    def path(self, table: type[Instance | TaskFile]) -> Path:
        """Return an object's file, which gets its content back afterwards."""
        path = self.platform.blobs.path(self.one(table).sha256)
        self._undo.callback(path.write_bytes, path.read_bytes())
        return path


def change(what: Callable[[Saboteur], Any], **values: Any) -> Callable[[Saboteur], None]:
    """Make a fault that sets columns of a row; a number that comes as text is added."""

    def carry_out(saboteur: Saboteur) -> None:
        row = what(saboteur)
        for name, value in values.items():
            setattr(row, name, getattr(row, name) + int(value) if value in ("+1", "-1") else value)

    return carry_out


def remove(what: Callable[[Saboteur], Any]) -> Callable[[Saboteur], None]:
    return lambda saboteur: saboteur.session.delete(what(saboteur))


def charge_again(saboteur: Saboteur) -> None:
    entry = saboteur.charge().entry_id
    saboteur.session.add(
        Charge(order_no="T-nobody", entry_id=entry, owner_id="x", unit="POINT_LOW", amount=10)
    )


def charge_a_failed_order(saboteur: Saboteur) -> None:
    failed, entry = saboteur.task("FAILED"), saboteur.charge().entry_id
    saboteur.session.add(
        Charge(
            order_no=failed.order_no, entry_id=entry, owner_id=failed.owner_id, unit="POINT_LOW", amount=10
        )
    )


def release_again(saboteur: Saboteur) -> None:
    order_no = saboteur.task("FAILED").order_no
    ledger.post(
        saboteur.session,
        "release",
        [
            ledger.Move(ledger.Pot("somebody", "POINT_LOW", "available"), 10),
            ledger.Move(ledger.revenue("POINT_LOW"), -10),
        ],
        order_no=order_no,
    )


def give_an_order_away(saboteur: Saboteur) -> None:
    done = saboteur.task("COMPLETED")
    moves = [
        ledger.Move(ledger.Pot(done.owner_id, "POINT_LOW", "available"), 10),
        ledger.Move(ledger.revenue("POINT_LOW"), -10),
    ]
    ledger.post(saboteur.session, "adjust", moves, order_no=done.order_no)


def truncate(table: type[Instance | TaskFile]) -> Callable[[Saboteur], None]:
    def carry_out(saboteur: Saboteur) -> None:
        path = saboteur.path(table)
        path.write_bytes(path.read_bytes()[:-1])

    return carry_out


FAULTS: dict[str, tuple[Callable[[Saboteur], None], str]] = {
    "a posting is changed": (change(lambda s: s.one(Posting), amount="+1"), "sums to"),
    "a posting's balance is changed": (change(lambda s: s.one(Posting), balance_after="+1"), "posting"),
    "an entry loses its postings": (
        lambda s: s.session.execute(delete(Posting).where(Posting.entry_id == s.charge().entry_id)),
        "has no posting",
    ),
    "a balance is changed": (change(lambda s: s.pot("available"), balance="+1"), "a replay gives"),
    "a system balance is changed": (change(lambda s: s.pot("revenue"), balance="+1"), "a replay gives"),
    "a hold is larger than what is held": (
        change(lambda s: s.hold("IN_PROGRESS"), amount="+1"),
        "open holds",
    ),
    "a resolved hold has no time": (change(lambda s: s.hold("COMPLETED"), resolved_at=None), "resolved at"),
    "a completed order is released": (
        change(lambda s: s.hold("COMPLETED"), status="RELEASED"),
        "hold, payment",
    ),
    "a failed order stays held": (
        change(lambda s: s.hold("FAILED"), status="HELD", resolved_at=None),
        "hold, payment",
    ),
    "a hold is lost": (remove(lambda s: s.hold("CANCELLED")), "hold, payment"),
    "a charge is lost": (remove(Saboteur.charge), "hold, payment"),
    "a charge is too high": (change(Saboteur.charge, amount="+1"), "was charged"),
    "a charge without an order": (charge_again, "nobody ordered"),
    "a failed order is charged": (charge_a_failed_order, "hold, payment"),
    "an order is released twice": (release_again, "has the entries"),
    "an order costs nothing in the end": (give_an_order_away, "from its owner"),
    "a payment status is wrong": (change(lambda s: s.task("FAILED"), payment_status="PAID"), "hold, payment"),
    "an unpaid task counts as paid": (
        change(lambda s: s.one(Task, payment_status="PENDING"), payment_status="PAID"),
        "hold, payment",
    ),
    "a status is changed by hand": (change(lambda s: s.task("IN_PROGRESS"), status="QUEUED"), "events end"),
    "a step is missing": (
        remove(lambda s: s.one(TaskEvent, task_id=s.task("COMPLETED").id, to_status="ASSIGNED")),
        "went from QUEUED by ASSIGNED",
    ),
    "an end is undone": (change(lambda s: s.last_event("FAILED"), from_status="COMPLETED"), "went from"),
    "an epoch goes back": (change(lambda s: s.last_event("FAILED"), epoch="-1"), "went from"),
    "an attempt is not counted": (change(lambda s: s.task("COMPLETED"), attempt="+1"), "was claimed"),
    "an ended task keeps its lease": (
        change(lambda s: s.task("FAILED"), lease_until=utc_now()),
        "leased until",
    ),
    "a completed task has no end": (change(lambda s: s.task("COMPLETED"), completed_at=None), "ended at"),
    "a running task has a result": (
        change(lambda s: s.one(TaskFile, final=True), epoch="+1"),
        "is a result of",
    ),
    "models stay hidden": (
        change(lambda s: s.one(ModelInfo, status="ENABLED"), status="DISABLED"),
        "models are",
    ),
    "a gap in the news": (remove(lambda s: s.one(UserEvent, seq=3)), "was told"),
    "an image is lost": (lambda s: s.path(Instance).unlink(), "not in the storage"),
    "an image is cut off": (truncate(Instance), "hash to"),
    "a result is lost": (lambda s: s.path(TaskFile).unlink(), "not in the storage"),
    "a result is cut off": (truncate(TaskFile), "hash to"),
    "a mesh has another size": (change(lambda s: s.one(Model), stl_size="+1"), "hash to"),
    "an upload's bytes are lost": (
        change(lambda s: s.one(Upload, status="DONE"), status="RECEIVED"),
        "it confirmed",
    ),
}


def test_a_platform_that_lived_through_everything_is_whole(lived: Platform) -> None:
    assert faults(lived) == []
    with lived.db.read() as session:
        assert [line.split(" stuck in ")[1] for line in unfinished(session)] == ["IN_PROGRESS at epoch 1"]


def test_each_planted_fault_is_found(lived: Platform) -> None:
    missed = [name for name, (carry_out, words) in FAULTS.items() if not _found(lived, carry_out, words)]
    assert missed == []
    assert faults(lived) == []


def _found(lived: Platform, carry_out: Callable[[Saboteur], None], words: str) -> bool:
    """Plant a fault, look for it in the same transaction and take it back."""
    with ExitStack() as undo, lived.db.write() as session:
        carry_out(Saboteur(session, lived, undo))
        session.flush()
        found = faults_in(session, lived.blobs, lived.settings.spool_dir)
        session.rollback()
        return any(words in line for line in found)
