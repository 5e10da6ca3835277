"""How the fleet stands at this moment: what waits, who can run it, who leads. For administrators and for Prometheus."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hounsfield.engines.api import state_of
from hounsfield.engines.service import registered
from hounsfield.http.reading import Reading
from hounsfield.kit.db import db_now
from hounsfield.kit.dead_letters import DeadLetter
from hounsfield.kit.leader import Leader
from hounsfield.kit.platform import Platform
from hounsfield.tasks.backlog import Backlog, backlog, outbox_backlog, preparation_backlog
from hounsfield.tasks.fleet import Fleet
from hounsfield.tasks.models import Task

KEPT_SECONDS = 5.0


@dataclass(frozen=True)
class Queue:
    """The tasks that need one capability, and the engines that have it and are there."""

    name: str
    waiting: int
    oldest_seconds: float
    running: int
    engines: int
    free_slots: int


@dataclass(frozen=True)
class EngineFigures:
    engine_id: str
    status: str
    capacity: int
    load: int
    heartbeat_age_seconds: float
    draining: bool


@dataclass(frozen=True)
class Lead:
    """One lead; `seconds_left` is negative where nobody has renewed it."""

    name: str
    term: int
    seconds_left: float


@dataclass(frozen=True)
class Figures:
    queues: list[Queue]
    tasks: dict[str, int]
    engines: list[EngineFigures]
    preparation: Backlog
    outbox: Backlog
    dead_letters: int
    leads: list[Lead]

    @property
    def engine_states(self) -> Counter[str]:
        return Counter(engine.status for engine in self.engines)


def read(platform: Platform) -> Figures:
    """Read everything afresh."""
    timeout = platform.settings.lease_seconds
    with platform.db.read() as session:
        now = db_now(session)
        fleet = Fleet(session, now, timeout)
        return Figures(
            queues=queues(session, fleet),
            tasks=dict(session.execute(select(Task.status, func.count()).group_by(Task.status)).all()),
            engines=_engines(session, fleet, now, timeout),
            preparation=preparation_backlog(session),
            outbox=outbox_backlog(session),
            dead_letters=dead_letters_waiting(session),
            leads=[
                Lead(leader.name, leader.term, (leader.until - now).total_seconds())
                for leader in session.scalars(select(Leader).order_by(Leader.name))
            ],
        )


figures = Reading(read, KEPT_SECONDS)


def queues(session: Session, fleet: Fleet) -> list[Queue]:
    """Return a line for every capability that an engine offers or a task needs."""
    lines = {line.name: line for line in backlog(session)}
    names = set(lines).union(*(place.supports for place in fleet.places.values()))
    return [_queue(lines.get(name) or Backlog(name, 0, 0.0), fleet) for name in sorted(names)]


def _queue(line: Backlog, fleet: Fleet) -> Queue:
    able = [place for place in fleet.places.values() if place.fresh and line.name in place.supports]
    return Queue(line.name, line.waiting, line.oldest_seconds, line.running, len(able), fleet.room(line.name))


def _engines(session: Session, fleet: Fleet, now: datetime, timeout: float) -> list[EngineFigures]:
    found = []
    for engine in registered(session):
        load, age = fleet.places[engine.id].load, (now - engine.heartbeat_at).total_seconds()
        state = state_of(engine, now, timeout, load)
        found.append(EngineFigures(engine.id, state, engine.capacity, load, max(age, 0.0), engine.draining))
    return found


def dead_letters_waiting(session: Session) -> int:
    query = select(func.count()).select_from(DeadLetter).where(DeadLetter.redriven_at.is_(None))
    return session.scalar(query) or 0
