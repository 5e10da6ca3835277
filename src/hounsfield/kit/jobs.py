"""Jobs are functions with a name, run by a worker at least once; each must be harmless when run again."""

from collections.abc import Callable
from typing import Any, Protocol

import structlog
from celery import Celery, Task

from hounsfield.kit.platform import Platform

log = structlog.get_logger()
MAX_RETRIES = 6


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
    def task(self: "Task[..., None]", **arguments: Any) -> None:
        try:
            function(platform, **arguments)
        except Exception as error:
            log.exception("job.failed", job=name, tries=self.request.retries + 1)
            if self.request.retries >= MAX_RETRIES:
                if given_up:
                    given_up(platform, **arguments)
                raise
            raise self.retry(exc=error, countdown=min(2**self.request.retries, 60)) from error

    return task
