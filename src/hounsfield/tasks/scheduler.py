"""Giving waiting tasks to engines: one pass, whose cost depends on what it gives out and not on how much waits."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session

from hounsfield.kit import metrics
from hounsfield.kit.db import db_now, table_of
from hounsfield.kit.outbox import send_offer
from hounsfield.kit.platform import Platform
from hounsfield.tasks import fairness
from hounsfield.tasks.errors import IllegalTransition
from hounsfield.tasks.fleet import Fleet
from hounsfield.tasks.models import Task
from hounsfield.tasks.transitions import Status, move

BATCH = 100
LOOKAHEAD = 20  # tasks read beyond the free places, past those that need more memory than is left
GENERAL_OFFERS = 100  # on offer at a time to engines that may yet come; the rest waits where priority counts

QUEUED = Task.status == Status.QUEUED.value
_TASKS = table_of(Task)
_NEXT_KIND = select(func.min(_TASKS.c.runs_on)).where(
    _TASKS.c.status == Status.QUEUED.value, _TASKS.c.runs_on > bindparam("after")
)
_IN_ORDER = (
    select(Task)
    .where(
        QUEUED,
        Task.runs_on == bindparam("kind"),
        or_(Task.not_before.is_(None), Task.not_before <= bindparam("now", type_=Task.not_before.type)),
    )
    .order_by(Task.queue_rank, Task.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)


@metrics.SCHEDULER_PASS_SECONDS.time()
def schedule(platform: Platform) -> int:
    """Give out waiting tasks in the order of `queue_rank`; return how many were moved."""
    kinds = _kinds(platform)
    if not kinds:
        return 0
    with platform.db.write() as session:
        now = db_now(session)
        return _Pass(
            session, now, platform.settings.lease_seconds, platform.settings.unschedulable_seconds
        ).run(kinds)


class _Pass:
    """One transaction of the scheduler."""

    def __init__(self, session: Session, now: datetime, lease_seconds: float, grace_seconds: float) -> None:
        self._session, self._now = session, now
        self._lease, self._grace = timedelta(seconds=lease_seconds), timedelta(seconds=grace_seconds)
        self._fleet = Fleet(session, now, lease_seconds)
        self._given: list[float] = []
        self._failed = 0

    def run(self, kinds: list[str]) -> int:
        candidates: list[Task] = []
        for runs_on in kinds:
            if self._fleet.someone_alive(runs_on):
                if room := self._fleet.room(runs_on):
                    candidates += self._waiting(runs_on, min(room, BATCH) + LOOKAHEAD)
            elif self._fleet.someone_registered(runs_on):
                self._offer_to_all(runs_on)
            else:
                for task in self._waiting(runs_on, BATCH):
                    self._report(task, "NO_ENGINE")
        for task in sorted(candidates, key=lambda task: (task.queue_rank, task.id)):
            if len(self._given) < BATCH:
                self._place(task)
        fairness.advance(self._session, self._given)
        return len(self._given) + self._failed

    def _waiting(self, runs_on: str, limit: int) -> list[Task]:
        values = {"kind": runs_on, "now": self._now, "most": limit}
        return list(self._session.scalars(_IN_ORDER, values))

    def _place(self, task: Task) -> None:
        place = self._fleet.choose(task)
        if place is not None:
            if self._assign(task, place.engine_id, f"engine.{place.engine_id}", f"engine {place.engine_id}"):
                place.take(task)
        elif not self._fleet.big_enough(task):
            self._report(task, "NOT_ENOUGH_MEMORY")

    def _offer_to_all(self, runs_on: str) -> None:
        """Every engine of this kind is silent: whichever is back first takes what it can."""
        query = select(func.count()).where(
            Task.status == Status.ASSIGNED.value, Task.assigned_engine_id.is_(None), Task.runs_on == runs_on
        )
        room = GENERAL_OFFERS - (self._session.scalar(query) or 0)
        for task in self._waiting(runs_on, room) if room > 0 else []:
            if self._fleet.big_enough(task):
                self._assign(
                    task, None, f"algorithm.{runs_on}", "no engine is there; offered to whichever comes"
                )
            else:
                self._report(task, "NOT_ENOUGH_MEMORY")

    def _assign(self, task: Task, engine_id: str | None, queue: str, reason: str) -> bool:
        try:
            move(
                self._session,
                task,
                Status.ASSIGNED,
                actor="scheduler",
                reason=reason,
                assigned_engine_id=engine_id,
                lease_until=self._now + self._lease,
                waiting_reason=None,
            )
        except IllegalTransition:
            return False
        send_offer(self._session, queue, task_id=task.id, epoch=task.epoch, priority=task.priority)
        self._given.append(task.queue_rank)
        return True

    def _report(self, task: Task, code: str) -> None:
        """Say why nothing can run this task, and end it if that lasts: an engine may be about to register."""
        if self._now - (task.queued_at or self._now) > self._grace:
            params = {"task_type": task.task_type, "memory_mb": task.memory_mb}
            move(
                self._session,
                task,
                Status.FAILED,
                actor="scheduler",
                reason=code,
                failure_code=code,
                failure_params=params,
                waiting_reason=code,
            )
            self._failed += 1
        elif task.waiting_reason != code:
            task.waiting_reason = code


def _kinds(platform: Platform) -> list[str]:
    """Return what the waiting tasks need, in as many index look-ups as there are kinds."""
    kinds: list[str] = []
    with platform.db.look() as connection:
        while kind := connection.scalar(_NEXT_KIND, {"after": (kinds or [""])[-1]}):
            kinds.append(kind)
    return kinds
