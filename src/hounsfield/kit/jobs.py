"""Jobs are functions with a name, run by a worker at least once; each must be harmless when run again."""

import threading
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, Protocol

import structlog
from celery import Celery, Task

from hounsfield.kit import metrics
from hounsfield.kit.broker import JOBS
from hounsfield.kit.db import db_now
from hounsfield.kit.dead_letters import Redelivery, bury
from hounsfield.kit.platform import Platform

log = structlog.get_logger()
MAX_RETRIES = 6
MAX_REDELIVERIES = 5  # of a job whose worker is gone each time: the job is what takes it down
# handed out again, jobs run one at a time: what takes the worker down must not count against the job beside it
_suspects = threading.Lock()


class JobFunction(Protocol):
    def __call__(self, platform: Platform, **arguments: Any) -> None: ...


_jobs: dict[str, tuple[JobFunction, JobFunction | None]] = {}


def job(name: str, *, given_up: JobFunction | None = None) -> Callable[[JobFunction], JobFunction]:
    """Register a job as `"domain.verb"`; `given_up` runs with the same arguments when every retry has failed."""

    def register(function: JobFunction) -> JobFunction:
        _jobs[name] = (function, given_up)
        return function

    return register


def run_job(platform: Platform, name: str, arguments: dict[str, Any]) -> None:
    """Run a job here and now (what the worker does, and what tests do)."""
    _jobs[name][0](platform, **arguments)


def install(celery: Celery, platform: Platform) -> None:
    """Make every registered job a Celery task of this application."""
    for name, (function, given_up) in _jobs.items():
        celery.task(name=name, bind=True, max_retries=MAX_RETRIES)(
            _as_task(platform, name, function, given_up)
        )


def _as_task(
    platform: Platform, name: str, function: JobFunction, given_up: JobFunction | None
) -> Callable[..., None]:
    def give_up(arguments: dict[str, Any], reason: str) -> None:
        # first the row: whatever else fails, the job can be sent again
        with platform.db.write() as session:
            bury(session, "job", JOBS, {"name": name, "arguments": arguments}, reason)
        metrics.JOBS.labels(name, "given_up").inc()
        if given_up:
            given_up(platform, **arguments)

    def task(self: "Task[..., None]", **arguments: Any) -> None:
        with _suspects if _redelivered(self.request) else nullcontext():
            run(self, arguments)

    def run(self: "Task[..., None]", arguments: dict[str, Any]) -> None:
        if _lost_too_often(platform, self.request):
            log.error("job.poison", job=name)
            give_up(arguments, f"took down its worker {MAX_REDELIVERIES + 1} times")
            return
        try:
            with metrics.job_run(name):
                function(platform, **arguments)
        except Exception as error:
            log.exception("job.failed", job=name, tries=self.request.retries + 1)
            if self.request.retries >= MAX_RETRIES:
                give_up(arguments, f"{type(error).__name__} at every try")
                raise
            raise self.retry(exc=error, countdown=min(2**self.request.retries, 60)) from error

    return task


def _redelivered(request: Any) -> bool:
    return bool((request.delivery_info or {}).get("redelivered"))


def _lost_too_often(platform: Platform, request: Any) -> bool:
    """Count a job that the broker hands out again. Classic queues have no delivery limit of their own."""
    if not _redelivered(request):
        return False
    with platform.db.write() as session:
        row = session.get(Redelivery, request.id, with_for_update=True)
        if row is None:
            session.add(Redelivery(message_id=request.id, count=1, last_at=db_now(session)))
            return False
        row.count, row.last_at = row.count + 1, db_now(session)
        return row.count > MAX_REDELIVERIES
