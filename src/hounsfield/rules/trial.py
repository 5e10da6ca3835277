"""A dry run: what a rule would have done with the newest series. It reads and changes nothing."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.archive.projects import project_of
from hounsfield.imaging.access import PRESENT
from hounsfield.imaging.models import Series, Study
from hounsfield.kit.errors import DomainError
from hounsfield.points.prices import Price, paying_unit, price_of
from hounsfield.rules.access import node_of, of_organization
from hounsfield.rules.arrivals import has_run
from hounsfield.rules.matching import facts_of, why_not
from hounsfield.rules.models import DicomwebPeer, Rule
from hounsfield.rules.people import payer, people
from hounsfield.rules.schemas import (
    Action,
    Deidentify,
    DryRun,
    ForwardToNode,
    ForwardToPeer,
    Notify,
    OrderTask,
    RuleWish,
    Tried,
    Would,
)
from hounsfield.tasks.orders import check_order
from hounsfield.tasks.schemas import OrderWish


def dry_run(
    session: Session, actor: Actor, wish: RuleWish, *, saved: Rule | None, limit: int, language: str
) -> DryRun:
    """Look at an organization's newest series as if they arrived now."""
    trial = _Trial(session, actor.organization_id, language)
    query = (
        select(Series, Study)
        .join(Study, Study.id == Series.study_id)
        .where(Series.organization_id == actor.organization_id, PRESENT)
        .order_by(Series.created_at.desc(), Series.id)
        .limit(limit)
    )
    tried = [trial.look_at(wish, saved, series, study) for series, study in session.execute(query)]
    return DryRun(looked_at=len(tried), matched=sum(each.matched for each in tried), items=tried)


class _Trial:
    def __init__(self, session: Session, organization_id: str, language: str) -> None:
        self._session, self._organization_id, self._language = session, organization_id, language
        self._spent: dict[str, int] = {}  # by those who would have paid for the series before

    def look_at(self, wish: RuleWish, saved: Rule | None, series: Series, study: Study) -> Tried:
        unmet = why_not(wish.conditions, facts_of(self._session, series))
        already = saved is not None and has_run(self._session, saved, series.id)
        does = not unmet and not already
        return Tried(
            series_uid=series.series_uid,
            study_uid=study.study_uid,
            modality=series.modality,
            body_part=series.body_part,
            description=series.description,
            slices=series.instance_count,
            source=series.source,
            received_at=series.changed_at or series.created_at,
            matched=not unmet,
            why_not=unmet,
            already_run=already,
            would=[self._would(action, study, series) for action in wish.actions] if does else [],
        )

    def _would(self, action: Action, study: Study, series: Series) -> Would:
        try:
            return Would(kind=action.kind, what=_WHAT[action.kind](self, action, study, series))
        except DomainError as error:
            return Would(
                kind=action.kind, what="", problem_code=error.code, problem=error.detail(self._language)
            )

    def order(self, action: OrderTask, study: Study, series: Series) -> str:
        actor = payer(self._session, self._organization_id, action.payer_id)
        wish = OrderWish(
            task_type=action.task_type,
            study_uid=study.study_uid,
            series_uid=series.series_uid,
            parameters=action.parameters,
        )
        chosen = check_order(self._session, wish)
        price = price_of(self._session, action.task_type)
        if price.mode == "prepaid_mode":
            # as many as fit in front of this one would have been paid already
            spent = self._spent.get(actor.user_id, 0)
            paying_unit(
                self._session,
                actor.user_id,
                Price(amount=price.amount + spent, units=price.units, mode=price.mode),
            )
            self._spent[actor.user_id] = spent + price.amount
        return chosen.manifest.title.get(self._language, action.task_type)

    def notify(self, action: Notify, _study: Study, _series: Series) -> str:
        found = people(self._session, self._organization_id, action.user_ids, action.roles)
        return ", ".join(user.display_name for user in found)

    def forward_node(self, action: ForwardToNode, _study: Study, _series: Series) -> str:
        return node_of(self._session, self._organization_id, action.node_id).ae_title

    def forward_web(self, action: ForwardToPeer, _study: Study, _series: Series) -> str:
        return of_organization(self._session, DicomwebPeer, action.peer_id, self._organization_id).name

    def deidentify(self, action: Deidentify, _study: Study, _series: Series) -> str:
        return project_of(self._session, self._organization_id, action.project_id).name


_WHAT: dict[str, Callable[[_Trial, Any, Study, Series], str]] = {
    "order_task": _Trial.order,
    "notify": _Trial.notify,
    "forward_node": _Trial.forward_node,
    "forward_web": _Trial.forward_web,
    "deidentify": _Trial.deidentify,
}
