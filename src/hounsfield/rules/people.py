"""Whom a rule names: who pays, who is told."""

from collections.abc import Collection, Iterable

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.accounts.models import User, UserStatus
from hounsfield.accounts.permissions import Scope, permissions_of
from hounsfield.notifications.service import tell
from hounsfield.rules.errors import PayerUnfit


def payer(session: Session, organization_id: str, user_id: str) -> Actor:
    """Return the person on whose points a rule orders, as an actor.

    Raises
    ------
    PayerUnfit
        There is no such person here, or they would not see what they pay for.
    """
    user = session.get(User, user_id)
    if user is None or user.organization_id != organization_id or user.status is not UserStatus.ACTIVE:
        raise PayerUnfit
    actor = Actor(
        user_id=user.id,
        username=user.username,
        organization_id=user.organization_id,
        tier=user.tier,
        clinical_role=user.clinical_role,
        session_id="",
        parent_user_id=user.parent_user_id,
        permissions=permissions_of(user.tier, user.clinical_role),
    )
    if actor.scope is Scope.OWN or not actor.may("task:create"):
        raise PayerUnfit
    return actor


def people(
    session: Session, organization_id: str, user_ids: Collection[str], roles: Collection[str]
) -> list[User]:
    """Return the active people of an organization that are named, or are one of these things."""
    named = or_(User.id.in_(user_ids), User.tier.in_(roles), User.clinical_role.in_(roles))
    query = select(User).where(
        User.organization_id == organization_id, User.status == UserStatus.ACTIVE, named
    )
    return list(session.scalars(query.order_by(User.id)))


def administrators(session: Session, organization_id: str) -> list[User]:
    return people(session, organization_id, (), ("ADMIN", "SUPER_ADMIN"))


def inform(
    session: Session,
    users: Iterable[User],
    kind: str,
    *,
    title: dict[str, str],
    content: dict[str, str],
    priority: str = "normal",
    metadata: dict[str, str],
) -> None:
    """Tell people something in their own language."""
    for user in users:
        body = {"type": kind, "title": title[user.language], "content": content[user.language]}
        tell(session, user.id, "notification", {**body, "priority": priority, "metadata": metadata})
