"""The figures of the fleet as gauges for Prometheus.

Every process gives the same ones: a query takes their maximum, never their sum.
"""

from collections.abc import Callable, Iterable, Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from hounsfield.http.figures import EngineFigures, Figures, Queue

SHOWN_SECONDS = 86_400.0  # an engine that has been silent for a day has no lines of its own any more

OF_A_QUEUE: list[tuple[str, str, Callable[[Queue], float]]] = [
    ("queue_depth", "Tasks that wait for an engine", lambda queue: queue.waiting),
    ("queue_oldest_seconds", "Age of the oldest of them", lambda queue: queue.oldest_seconds),
    ("queue_running", "Tasks that engines hold", lambda queue: queue.running),
    ("queue_engines", "Engines that are there and take such tasks", lambda queue: queue.engines),
    ("queue_free_slots", "Tasks that could start at once", lambda queue: queue.free_slots),
]
OF_AN_ENGINE: list[tuple[str, str, Callable[[EngineFigures], float]]] = [
    ("engine_heartbeat_age_seconds", "Silence of an engine", lambda engine: engine.heartbeat_age_seconds),
    ("engine_capacity", "Tasks an engine takes at once", lambda engine: engine.capacity),
    ("engine_load", "Tasks an engine holds", lambda engine: engine.load),
    ("engine_draining", "Whether an engine takes nothing more", lambda engine: engine.draining),
]


def database_up(answers: bool) -> Metric:
    return _one("database_up", "Whether the database answers", answers)


def sockets(connected: int) -> Metric:
    return _one("sockets", "Connected sockets of this process", connected)


def gauges(now: Figures) -> Iterator[Metric]:
    """Yield every gauge of the fleet."""
    for name, meaning, of_queue in OF_A_QUEUE:
        yield _many(name, meaning, "capability", ((line.name, of_queue(line)) for line in now.queues))
    shown = [engine for engine in now.engines if engine.heartbeat_age_seconds < SHOWN_SECONDS]
    for name, meaning, of_engine in OF_AN_ENGINE:
        yield _many(name, meaning, "engine", ((line.engine_id, of_engine(line)) for line in shown))
    yield _many("engines", "Engines by state", "state", now.engine_states.items())
    yield _many("tasks", "Tasks by status", "status", now.tasks.items())
    yield _one("preparation_depth", "Orders that wait for a worker", now.preparation.waiting)
    yield _one("preparation_oldest_seconds", "Age of the oldest of them", now.preparation.oldest_seconds)
    yield _one("outbox_depth", "Messages not published yet", now.outbox.waiting)
    yield _one("outbox_oldest_seconds", "Age of the oldest of them", now.outbox.oldest_seconds)
    yield _one("dead_letters", "Messages given up and not sent again", now.dead_letters)
    leads = now.leads
    yield _many("leader_term", "How often a lead has changed", "lead", ((x.name, x.term) for x in leads))
    ends = ((lead.name, lead.seconds_left) for lead in leads)
    yield _many("leader_seconds_left", "Until a lead ends; negative: nobody leads", "lead", ends)


def _one(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(f"hounsfield_{name}", meaning, value=value)


def _many(name: str, meaning: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    family = GaugeMetricFamily(f"hounsfield_{name}", meaning, labels=[label])
    for labelled, value in values:
        family.add_metric([labelled], value)
    return family
