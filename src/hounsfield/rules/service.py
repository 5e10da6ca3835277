"""Making, changing, ordering and removing rules; what they name is checked before it is kept."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.archive.projects import project_of
from hounsfield.kit.clock import utc_now
from hounsfield.kit.errors import NotFound
from hounsfield.rules.access import node_of, of_organization
from hounsfield.rules.arrivals import rules_of
from hounsfield.rules.errors import TargetGone
from hounsfield.rules.models import DicomwebPeer, Rule
from hounsfield.rules.people import payer, people
from hounsfield.rules.schemas import (
    Action,
    Deidentify,
    ForwardToNode,
    ForwardToPeer,
    Notify,
    OrderTask,
    RuleWish,
)
from hounsfield.tasks.orders import check_order
from hounsfield.tasks.schemas import OrderWish


def make(session: Session, actor: Actor, wish: RuleWish) -> Rule:
    """Add a rule behind those that are there."""
    check(session, actor.organization_id, wish)
    last = session.scalar(
        select(func.max(Rule.position)).where(Rule.organization_id == actor.organization_id)
    )
    rule = Rule(
        organization_id=actor.organization_id,
        position=(last or 0) + 1,
        version=1,
        created_by=actor.user_id,
        **_columns(wish),
    )
    session.add(rule)
    session.flush()
    return rule


def change(session: Session, rule: Rule, wish: RuleWish) -> None:
    """Change a rule. New conditions or actions are a new version, which may run on what an earlier one ran on."""
    check(session, rule.organization_id, wish)
    columns = _columns(wish)
    if (columns["conditions"], columns["actions"]) != (rule.conditions, rule.actions):
        rule.version += 1
    for name, value in columns.items():
        setattr(rule, name, value)
    rule.updated_at = utc_now()
    session.flush()


def remove(session: Session, rule: Rule) -> None:
    """Remove a rule; what it did stays on record."""
    rule.deleted_at, rule.enabled = utc_now(), False
    session.flush()


def arrange(session: Session, actor: Actor, rule_ids: list[str]) -> None:
    """Put the rules into this order; those that are not named follow as they were.

    Raises
    ------
    NotFound
        One of them is not there.
    """
    rules = {rule.id: rule for rule in rules_of(session, actor.organization_id)}
    if not rules.keys() >= set(rule_ids):
        raise NotFound
    order = list(dict.fromkeys([*rule_ids, *rules]))
    for position, rule_id in enumerate(order, start=1):
        rules[rule_id].position = position
    session.flush()


def check(session: Session, organization_id: str, wish: RuleWish) -> None:
    """Refuse a rule that names what is not there, or what cannot be ordered."""
    for action in wish.actions:
        _check(session, organization_id, action)


def _check(session: Session, organization_id: str, action: Action) -> None:
    try:
        match action:
            case OrderTask():
                payer(session, organization_id, action.payer_id)
                check_order(session, OrderWish(task_type=action.task_type, parameters=action.parameters))
            case Notify():
                found = {user.id for user in people(session, organization_id, action.user_ids, ())}
                if found != set(action.user_ids):
                    raise TargetGone(what="user")
            case ForwardToNode():
                node_of(session, organization_id, action.node_id)
            case ForwardToPeer():
                of_organization(session, DicomwebPeer, action.peer_id, organization_id)
            case Deidentify():
                project_of(session, organization_id, action.project_id)
    except NotFound:
        raise TargetGone(what=action.kind) from None


def _columns(wish: RuleWish) -> dict[str, object]:
    said = wish.model_dump(mode="json")
    return {name: said[name] for name in ("name", "enabled", "conditions", "actions")}
