"""The only way to a user: returns it, or there is no such user."""

import re

from sqlalchemy.orm import Session

from hounsfield.accounts import repository
from hounsfield.accounts.models import User
from hounsfield.accounts.permissions import Actor
from hounsfield.kit.errors import Forbidden, NotFound

_ID = re.compile("[0-9a-f]{32}")


def is_id(text: str) -> bool:
    """Tell whether a text can be an id; anything else (a NUL, a novel) need not trouble a database."""
    return _ID.fullmatch(text) is not None


def user_for(session: Session, actor: Actor, user_id: str) -> User:
    """Return a user that the actor may know of: itself, a sub-account of its own, or one within its reach.

    Raises
    ------
    NotFound
        There is none, or the actor must not learn that there is.
    """
    user = repository.user(session, user_id) if is_id(user_id) else None
    if user is None:
        raise NotFound
    if actor.user_id in (user.id, user.parent_user_id):
        return user
    if actor.may("user:read") and actor.sees(user.id, user.organization_id):
        return user
    raise NotFound


def managed_user_for(session: Session, actor: Actor, user_id: str, permission: str) -> User:
    """Return a user that the actor may do something to.

    Raises
    ------
    NotFound
        As `user_for`.
    Forbidden
        The actor sees the user, but lacks the permission or is not above them.
    """
    user = user_for(session, actor, user_id)
    actor.require(permission)
    if not actor.manages(user):
        raise Forbidden
    return user
