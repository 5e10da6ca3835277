"""What this process has counted since it started, for Prometheus: one line where it happens.

Labels come from small sets (routes, states, codes): never from ids of tasks, people or files.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from time import perf_counter

from prometheus_client import Counter, Histogram
from sqlalchemy.orm import Session

QUICK = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)
LONG = (0.01, 0.1, 1.0, 5.0, 30.0, 120.0, 600.0)
MAX_CODES = 100

REQUESTS = Counter("hounsfield_http_requests", "Requests answered", ["method", "route", "status"])
REQUEST_SECONDS = Histogram(
    "hounsfield_http_request_seconds", "Until the answer was sent", ["route"], buckets=QUICK
)
REFUSALS = Counter("hounsfield_refusals", "Requests refused, by the code of their problem", ["code"])
OUTBOX = Counter("hounsfield_outbox_messages", "Messages published, or tried in vain", ["kind", "outcome"])
JOBS = Counter("hounsfield_jobs", "Runs of jobs", ["name", "outcome"])
JOB_SECONDS = Histogram("hounsfield_job_seconds", "Time a job took", ["name"], buckets=LONG)
TRANSITIONS = Counter("hounsfield_task_transitions", "Tasks moved between states", ["origin", "target"])
FAILURES = Counter("hounsfield_task_failures", "Tasks failed, by the code of their failure", ["code"])
LEASES_EXPIRED = Counter("hounsfield_leases_expired", "Attempts whose engine fell silent")
SCHEDULER_PASS_SECONDS = Histogram(
    "hounsfield_scheduler_pass_seconds", "Passes of the scheduler", buckets=QUICK
)
EVENTS = Counter("hounsfield_events", "Events that reached the sockets of this process", ["name"])

_codes: set[str] = set()


def on_commit(session: Session, counter: Counter) -> None:
    """Count once the session's transaction is committed: what is rolled back has not happened."""
    session.info.setdefault("counted", []).append(counter)


def committed(session: Session) -> None:
    """Count what a transaction that is now committed did."""
    for counter in session.info.pop("counted", ()):
        counter.inc()


def task_moved(session: Session, origin: str, target: str, failure_code: str | None) -> None:
    on_commit(session, TRANSITIONS.labels(origin, target))
    if target == "FAILED":
        on_commit(session, FAILURES.labels(failure_label(failure_code or "NONE")))


def failure_label(code: str) -> str:
    """Return a failure code as a label. Engines make codes up: past a hundred they share one."""
    if len(_codes) < MAX_CODES:
        _codes.add(code)
    return code if code in _codes else "OTHER"


def outbox_sent(messages: Iterable[tuple[str, bool]]) -> None:
    """Count messages of the outbox, given the kind of each and whether it was published."""
    for kind, published in messages:
        OUTBOX.labels(kind, "published" if published else "failed").inc()


@contextmanager
def job_run(name: str) -> Iterator[None]:
    """Count a run of a job: how long it took, and whether it failed."""
    began, outcome = perf_counter(), "failed"
    try:
        yield
        outcome = "done"
    finally:
        JOB_SECONDS.labels(name).observe(perf_counter() - began)
        JOBS.labels(name, outcome).inc()
