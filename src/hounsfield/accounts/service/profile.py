"""What people change about themselves."""

from typing import Any

from hounsfield.accounts import hooks, passwords, repository, throttle
from hounsfield.accounts.errors import WrongPassword
from hounsfield.accounts.models import Organization, User
from hounsfield.accounts.permissions import Actor
from hounsfield.accounts.service.sessions import revoke_all
from hounsfield.kit.db import Database


def read(db: Database, actor: Actor) -> tuple[User, Organization]:
    with db.read() as session:
        user = session.get_one(User, actor.user_id)
        return user, repository.organization(session, user.organization_id)


def change(db: Database, actor: Actor, changes: dict[str, Any]) -> None:
    """Set columns of the actor's own row; the schema decides which there may be."""
    with db.write() as session:
        user = session.get_one(User, actor.user_id)
        for column, value in changes.items():
            setattr(user, column, value)


def change_password(db: Database, actor: Actor, current: str, new: str) -> None:
    """Change the actor's password and end its other sessions.

    Raises
    ------
    WrongPassword
        The current one is another.
    WeakPassword, TooMany
    """
    passwords.check_policy(new, actor.username)
    guesses = throttle.password_of(actor.user_id)
    with db.write() as session:
        throttle.attempt(session, guesses)
        kept = session.get_one(User, actor.user_id).password_hash
    if not passwords.hasher().verify(current, kept):
        raise WrongPassword
    password_hash = passwords.hasher().hash(new)
    with db.write() as session:
        user = session.get_one(User, actor.user_id, with_for_update=True)
        if user.password_hash != kept:  # changed elsewhere meanwhile
            raise WrongPassword
        user.password_hash = password_hash
        throttle.forgive(session, forget=guesses)
        revoke_all(session, user.id, but=actor.session_id)
        hooks.access_changed.fire(session, user.id, "password")
