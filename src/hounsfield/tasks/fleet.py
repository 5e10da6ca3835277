"""What the engines can take at this moment: who is there, what it supports, how much room it has."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from hounsfield.engines.service import REGISTERED
from hounsfield.kit.db import run, table_of
from hounsfield.tasks.models import Task
from hounsfield.tasks.transitions import Status

RUNNING = (Status.ASSIGNED.value, Status.IN_PROGRESS.value)
_TASKS = table_of(Task)
_LOADS = (
    select(
        _TASKS.c.assigned_engine_id,
        func.count().label("load"),
        func.sum(_TASKS.c.memory_mb).label("memory"),
    )
    .where(_TASKS.c.status.in_(RUNNING), _TASKS.c.assigned_engine_id.is_not(None))
    .group_by(_TASKS.c.assigned_engine_id)
)


@dataclass
class Place:
    """One engine and the room it has left. Load is never counted by hand: it is the number of live attempts."""

    engine_id: str
    supports: frozenset[str]
    capacity: int
    memory_mb: int | None  # for all attempts together; None: the engine did not say
    fresh: bool
    load: int = 0
    memory_used: int = 0
    reserved: bool = False  # kept free in this pass for a task that needs more memory than is left

    @property
    def slots(self) -> int:
        return max(self.capacity - self.load, 0) if self.fresh and not self.reserved else 0

    def could_ever_run(self, task: Task) -> bool:
        return task.runs_on in self.supports and (self.memory_mb is None or task.memory_mb <= self.memory_mb)

    def has_room_for(self, task: Task) -> bool:
        left = None if self.memory_mb is None else self.memory_mb - self.memory_used
        return self.slots > 0 and self.could_ever_run(task) and (left is None or task.memory_mb <= left)

    def take(self, task: Task) -> None:
        self.load += 1
        self.memory_used += task.memory_mb


class Fleet:
    """All registered engines."""

    def __init__(self, session: Session, now: datetime, timeout_seconds: float) -> None:
        since = now - timedelta(seconds=timeout_seconds)
        self.places = {engine.id: _place(engine, since) for engine in run(session, REGISTERED, {})}
        for live in run(session, _LOADS, {}):
            if place := self.places.get(live.assigned_engine_id):
                place.load, place.memory_used = live.load, int(live.memory)

    def room(self, runs_on: str) -> int:
        """Return how many attempts of a kind could start now, memory aside."""
        return sum(place.slots for place in self.places.values() if runs_on in place.supports)

    def someone_alive(self, runs_on: str) -> bool:
        return any(place.fresh and runs_on in place.supports for place in self.places.values())

    def someone_registered(self, runs_on: str) -> bool:
        return any(runs_on in place.supports for place in self.places.values())

    def big_enough(self, task: Task) -> bool:
        """Tell whether any registered engine could run the task if it were there and empty."""
        return any(place.could_ever_run(task) for place in self.places.values())

    def choose(self, task: Task) -> Place | None:
        """Return the least loaded engine with room for the task.

        A task waits for an engine that has not died of it while one is there: to try it again where it crashed tells
        nothing new. Where only memory is short, the engine that comes nearest is kept free for it: small tasks behind
        it in the queue must not keep a large one out for ever.
        """
        able = [place for place in self.places.values() if place.could_ever_run(task)]
        untried = [place for place in able if place.fresh and place.engine_id not in task.crashed_on]
        free = [place for place in untried or able if place.has_room_for(task)]
        if free:
            return min(free, key=lambda p: (p.load / p.capacity, p.engine_id))
        short = [p for p in untried or able if p.slots and p.memory_mb]
        if short:
            max(short, key=lambda p: (p.memory_mb or 0) - p.memory_used).reserved = True
        return None


def _place(engine: Row[Any], since: datetime) -> Place:
    names = frozenset(str(entry["name"]) for entry in engine.algorithms)
    there = engine.heartbeat_at > since and not engine.draining
    return Place(engine.id, names, engine.capacity, engine.memory_mb, there)
