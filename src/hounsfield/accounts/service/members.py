"""What administrators do to the users below them."""

from sqlalchemy import Select
from sqlalchemy.orm import Session

from hounsfield.accounts import hooks, repository
from hounsfield.accounts.access import managed_user_for
from hounsfield.accounts.errors import LastSuperAdmin
from hounsfield.accounts.models import ClinicalRole, Tier, User, UserStatus
from hounsfield.accounts.permissions import Actor
from hounsfield.accounts.service.sessions import revoke_all
from hounsfield.kit.errors import Forbidden


def listing(actor: Actor, *, text: str | None, status: UserStatus | None, tier: Tier | None) -> Select[User]:
    """Return the query for the users within the actor's reach; Forbidden where it may read none."""
    actor.require("user:read")
    visible = actor.visible(User.id, User.organization_id)
    return repository.users(visible, text=text, status=status, tier=tier)


def set_status(session: Session, actor: Actor, user_id: str, status: UserStatus) -> User:
    """Disable a user, which ends all its sessions, or enable it again.

    Raises
    ------
    NotFound, Forbidden
        The user is out of the actor's sight, or not below it.
    LastSuperAdmin
        Nobody would be left to run the platform.
    """
    super_admins = repository.lock_super_admins(session)
    user = managed_user_for(session, actor, user_id, "user:update")
    if user.status is status:
        return user
    if status is UserStatus.DISABLED:
        _keep_one(super_admins, user)
        revoke_all(session, user.id)
    user.status = status
    hooks.access_changed.fire(session, user.id, "status")
    return user


def set_roles(
    session: Session, actor: Actor, user_id: str, *, tier: Tier | None, clinical_role: ClinicalRole | None
) -> User:
    """Change what a user may do, never beyond what the actor may grant.

    Raises
    ------
    NotFound, Forbidden
        The user is out of the actor's sight, not below it, or the tier above the actor's gift.
    LastSuperAdmin
        Nobody would be left to run the platform.
    """
    super_admins = repository.lock_super_admins(session)
    user = managed_user_for(session, actor, user_id, "user:update")
    wanted = (tier or user.tier, clinical_role or user.clinical_role)
    if not actor.may_grant(wanted[0]):
        raise Forbidden
    if wanted == (user.tier, user.clinical_role):
        return user
    if wanted[0] is not Tier.SUPER_ADMIN:
        _keep_one(super_admins, user)
    user.tier, user.clinical_role = wanted
    hooks.access_changed.fire(session, user.id, "roles")
    return user


def _keep_one(super_admins: list[str], user: User) -> None:
    if super_admins == [user.id]:
        raise LastSuperAdmin
