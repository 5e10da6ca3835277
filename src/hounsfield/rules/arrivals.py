"""A complete study meets the rules of its organization: what fits becomes a run, in the same transaction."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from hounsfield.imaging.completeness import study_settled
from hounsfield.imaging.models import Series, Study
from hounsfield.kit.outbox import send_job
from hounsfield.rules.matching import facts_of, why_not
from hounsfield.rules.models import Rule, RuleRun
from hounsfield.rules.schemas import Conditions


def rules_of(session: Session, organization_id: str, *, enabled: bool | None = None) -> list[Rule]:
    """Return an organization's rules in the order in which they are looked at."""
    query = select(Rule).where(Rule.organization_id == organization_id, Rule.deleted_at.is_(None))
    if enabled is not None:
        query = query.where(Rule.enabled.is_(enabled))
    return list(session.scalars(query.order_by(Rule.position, Rule.created_at, Rule.id)))


@study_settled.connect
def meet(session: Session, study: Study, changed: list[Series]) -> None:
    """Make a run of each rule that speaks of one of these series, unless that version of it has run on it."""
    rules = [
        (rule, Conditions.model_validate(rule.conditions))
        for rule in rules_of(session, study.organization_id, enabled=True)
    ]
    if not rules:
        return
    for series in changed:
        facts = facts_of(session, series)
        for rule, conditions in rules:
            if not why_not(conditions, facts) and not has_run(session, rule, series.id):
                _begin(session, rule, study, series)


def has_run(session: Session, rule: Rule, series_id: str) -> bool:
    query = select(RuleRun.id).where(
        RuleRun.rule_id == rule.id, RuleRun.rule_version == rule.version, RuleRun.series_id == series_id
    )
    return session.scalar(query) is not None


def _begin(session: Session, rule: Rule, study: Study, series: Series) -> None:
    run = RuleRun(
        organization_id=rule.organization_id,
        rule_id=rule.id,
        rule_version=rule.version,
        rule_name=rule.name,
        series_id=series.id,
        study_uid=study.study_uid,
        series_uid=series.series_uid,
        steps=[{"action": action, "status": "PENDING", "result": {}} for action in rule.actions],
    )
    session.add(run)
    session.flush()
    send_job(session, "rules.run", run_id=run.id)
