"""What the task machine must find: each defect that is planted here shows within a hundred histories."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import update
from sqlalchemy.orm import Session
from tests.unit.test_task_machine import ENDS, QUIET, TaskMachine

from hounsfield.engines.models import Engine
from hounsfield.kit.errors import DomainError
from hounsfield.tasks import leases, requeue, transitions
from hounsfield.tasks.models import Task
from hounsfield.tasks.schemas import Attempt


def a_stale_epoch_completes(patch: pytest.MonkeyPatch) -> None:
    def attempt_to_end(
        session: Session, task_id: str, epoch: int, token_id: str, target: transitions.Status
    ) -> tuple[Task, bool]:
        task = session.get_one(Task, task_id)
        if task.status == transitions.Status.IN_PROGRESS:  # whoever has it, and whichever attempt it is
            return task, False
        return original(session, task_id, epoch, token_id, target)

    original = leases._attempt_to_end
    patch.setattr(leases, "_attempt_to_end", attempt_to_end)


def a_late_beat_keeps_a_lease_that_is_anothers(patch: pytest.MonkeyPatch) -> None:
    def extend(session: Session, engine_id: str, attempt: Attempt, until: object) -> bool:
        now = {"epoch": session.get_one(Task, attempt.task_id).epoch}
        return original(session, engine_id, attempt.model_copy(update=now), until)

    original = leases._extend
    patch.setattr(leases, "_extend", extend)


def a_late_beat_wakes_what_was_given_back(patch: pytest.MonkeyPatch) -> None:
    def extend(session: Session, engine_id: str, attempt: Attempt, until: object) -> bool:
        lapsed = update(Task).where(Task.id == attempt.task_id, Task.status.not_in(ENDS))
        session.execute(lapsed.values(lease_until=until))
        return original(session, engine_id, attempt, until)

    original = leases._extend
    patch.setattr(leases, "_extend", extend)


def a_lost_attempt_keeps_its_epoch(patch: pytest.MonkeyPatch) -> None:
    def move(session: Session, task: Task, *how: Any, **changes: Any) -> None:
        transitions.move(session, task, *how, **{**changes, "epoch": task.epoch})

    patch.setattr(requeue, "move", move)


def a_lost_task_is_tried_for_ever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(requeue, "MAX_REQUEUES", 99)


def a_completed_task_can_be_cancelled(patch: pytest.MonkeyPatch) -> None:
    completed, cancelled = transitions.Status.COMPLETED, transitions.Status.CANCELLED
    patch.setitem(transitions.TRANSITIONS, completed, frozenset({cancelled}))


def an_offer_is_taken_by_another_engine(patch: pytest.MonkeyPatch) -> None:
    def claim(session: Session, engine: Engine, task_id: str, epoch: int, lease_seconds: float) -> Task:
        session.get_one(Task, task_id).assigned_engine_id = engine.id
        return original(session, engine, task_id, epoch, lease_seconds)

    original = leases.claim
    patch.setattr(leases, "claim", claim)


@pytest.mark.parametrize(
    "plant",
    [
        a_stale_epoch_completes,
        a_late_beat_keeps_a_lease_that_is_anothers,
        a_late_beat_wakes_what_was_given_back,
        a_lost_attempt_keeps_its_epoch,
        a_lost_task_is_tried_for_ever,
        a_completed_task_can_be_cancelled,
        an_offer_is_taken_by_another_engine,
    ],
)
def test_the_machine_finds(
    plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    once = settings(
        max_examples=100,  # it ends with the first that fails
        stateful_step_count=25,
        phases=[Phase.generate],
        database=None,
        report_multiple_bugs=False,
        **QUIET,
    )
    with pytest.raises((AssertionError, DomainError)):
        run_state_machine_as_test(TaskMachine, settings=once)
