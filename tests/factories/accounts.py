"""People for tests, made straight in the database: no password is hashed unless a test signs in with it."""

from datetime import timedelta

from hounsfield.accounts import hooks, names, passwords, tokens
from hounsfield.accounts.actor import Actor, actor_from_token
from hounsfield.accounts.models import (
    ClinicalRole,
    Organization,
    OrganizationKind,
    Tier,
    User,
    UserSession,
    UserStatus,
)
from hounsfield.kit.clock import utc_now
from hounsfield.kit.platform import Platform

PASSWORD = "correct horse 电池"
CHEAP = passwords.Hasher(memory_kib=8, passes=1)


def make_organization(platform: Platform, name: str = "Riverside Clinic") -> str:
    """Return the id of a new organization."""
    with platform.db.write() as session:
        organization = Organization(name=name, kind=OrganizationKind.CLINIC)
        session.add(organization)
        session.flush()
        return organization.id


def make_user(
    platform: Platform,
    username: str,
    *,
    organization_id: str | None = None,
    tier: Tier = Tier.USER,
    clinical_role: ClinicalRole = ClinicalRole.NONE,
    parent: User | None = None,
    status: UserStatus = UserStatus.ACTIVE,
    password: str | None = None,
) -> User:
    """Return a new user; without an organization it gets its own, with a parent the parent's."""
    home = organization_id or (parent.organization_id if parent else make_organization(platform, username))
    with platform.db.write() as session:
        user = User(
            organization_id=home,
            username=username,
            username_key=names.fold(username),
            password_hash=CHEAP.hash(password) if password else "!",
            display_name=username,
            tier=tier,
            clinical_role=clinical_role,
            parent_user_id=parent.id if parent else None,
            status=status,
        )
        session.add(user)
        session.flush()
        hooks.registered.fire(session, user)
        return user


def make_token(platform: Platform, user: User) -> str:
    """Return an access token of a new session of this user."""
    with platform.db.write() as session:
        opened = UserSession(
            user_id=user.id, expires_at=utc_now() + timedelta(days=1), address="192.0.2.1", user_agent="test"
        )
        session.add(opened)
        session.flush()
        return tokens.issue_access(platform.settings, user.id, opened.id)


def bearer(platform: Platform, user: User) -> dict[str, str]:
    """Return the headers of a request that this user makes."""
    return {"Authorization": f"Bearer {make_token(platform, user)}"}


def make_actor(platform: Platform, user: User) -> Actor:
    return actor_from_token(platform, make_token(platform, user))
