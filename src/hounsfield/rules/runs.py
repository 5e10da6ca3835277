"""Carrying out a run: each step in a transaction of its own, so that what is done stays done when the news comes again."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hounsfield.imaging.models import Series, Study
from hounsfield.kit.clock import utc_now
from hounsfield.kit.errors import DomainError, NotFound
from hounsfield.kit.i18n import LANGUAGES
from hounsfield.kit.jobs import job
from hounsfield.kit.outbox import send_job
from hounsfield.kit.platform import Platform
from hounsfield.rules.actions import ACTION, Doing, carry_out
from hounsfield.rules.errors import NothingToRetry
from hounsfield.rules.models import RuleRun
from hounsfield.rules.people import administrators, inform

_TITLE = {"en": "Rule “{rule}” could not be carried out", "zh-CN": "规则“{rule}”执行失败"}


@job("rules.run")
def run_job(platform: Platform, **arguments: Any) -> None:
    """Carry out what is still to be done of a run."""
    with platform.db.read() as session:
        run = session.get(RuleRun, arguments["run_id"])
    if run is None or run.status != "PENDING":
        return
    for index in range(len(run.steps)):
        with platform.db.write() as session:
            _step(session, run.id, index)


def _step(session: Session, run_id: str, index: int) -> None:
    run = session.get_one(RuleRun, run_id, with_for_update=True)
    if run.steps[index]["status"] != "PENDING":
        return
    try:
        # a step that fails leaves nothing behind but the reason
        with session.begin_nested():
            status, result = carry_out(
                _doing(session, run, index), ACTION.validate_python(run.steps[index]["action"])
            )
    except DomainError as error:
        fail(session, run, index, error)
    else:
        settle(session, run, index, status=status, result=result)


def _doing(session: Session, run: RuleRun, index: int) -> Doing:
    query = (
        select(Study, Series)
        .join(Series, Series.study_id == Study.id)
        .where(Series.id == run.series_id, Study.deleted_at.is_(None))
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound
    study, series = found
    return Doing(session, run, index, study, series)


def fail(session: Session, run: RuleRun, index: int, error: DomainError) -> None:
    """Write down why a step failed, and tell the organization's administrators."""
    message = {language: error.detail(language) for language in LANGUAGES}
    settle(session, run, index, status="FAILED", code=error.code, message=message)
    inform(
        session,
        administrators(session, run.organization_id),
        "rule_failed",
        title={language: text.format(rule=run.rule_name) for language, text in _TITLE.items()},
        content=message,
        priority="high",
        metadata={"run_id": run.id, "code": error.code, "study_uid": run.study_uid},
    )


def settle(session: Session, run: RuleRun, index: int, **changes: Any) -> None:
    """Change a step; the run is over when none is left."""
    steps = [dict(step) for step in run.steps]
    steps[index] |= changes
    run.steps = steps
    states = {step["status"] for step in steps}
    if not states & {"PENDING", "SENDING"}:
        run.status, run.finished_at = "FAILED" if "FAILED" in states else "DONE", utc_now()
    session.flush()


def retry(session: Session, run: RuleRun) -> None:
    """Try again what has failed of a run; what was done is not done again.

    Raises
    ------
    NothingToRetry
        Nothing has failed.
    """
    if run.status != "FAILED":
        raise NothingToRetry
    run.steps = [
        {"action": step["action"], "status": "PENDING", "result": {}} if step["status"] == "FAILED" else step
        for step in run.steps
    ]
    run.status, run.finished_at = "PENDING", None
    session.flush()
    send_job(session, "rules.run", run_id=run.id)
