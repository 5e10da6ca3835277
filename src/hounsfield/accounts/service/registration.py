"""Becoming a user: by oneself, through an administrator, or as the first administrator of all."""

import secrets

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hounsfield.accounts import hooks, names, passwords, repository, throttle
from hounsfield.accounts.errors import RegistrationClosed, UsernameTaken, WeakPassword
from hounsfield.accounts.models import ClinicalRole, Organization, OrganizationKind, Tier, User
from hounsfield.accounts.permissions import Actor
from hounsfield.kit.db import Database
from hounsfield.kit.errors import Forbidden
from hounsfield.system import configs

log = structlog.get_logger()
ADMINISTRATOR = "admin"

OPEN = configs.declare(
    "registration_open", bool, True, en="Whether anybody may register an account", zh="是否允许自行注册账号"
)


def register(
    db: Database,
    *,
    username: str,
    password: str,
    email: str | None,
    phone: str | None,
    language: str,
    address: str,
) -> User:
    """Create a user in a personal organization of its own.

    Raises
    ------
    RegistrationClosed, InvalidUsername, WeakPassword, UsernameTaken, TooMany
    """
    name = names.checked(username)
    passwords.check_policy(password, name)
    with db.write() as session:
        if not configs.get(session, OPEN):
            raise RegistrationClosed
        throttle.attempt(session, throttle.registrations(address))
    password_hash = passwords.hasher().hash(password)  # outside any transaction: it takes its time
    with db.write() as session:
        organization = Organization(name=name, kind=OrganizationKind.PERSONAL)
        return _add(
            session,
            organization,
            User(username=name, password_hash=password_hash, email=email, phone=phone, language=language),
        )


def create_sub_account(
    db: Database,
    actor: Actor,
    *,
    username: str,
    password: str,
    email: str | None,
    clinical_role: ClinicalRole,
    tier: Tier,
    language: str,
) -> User:
    """Create a user below the actor, in the same organization.

    Raises
    ------
    Forbidden
        The actor may not create users, or none of this tier.
    InvalidUsername, WeakPassword, UsernameTaken
    """
    actor.require("user:create")
    if not actor.may_grant(tier):
        raise Forbidden
    name = names.checked(username)
    passwords.check_policy(password, name)
    password_hash = passwords.hasher().hash(password)
    with db.write() as session:
        return _add(
            session,
            repository.organization(session, actor.organization_id),
            User(
                username=name,
                password_hash=password_hash,
                email=email,
                language=language,
                clinical_role=clinical_role,
                tier=tier,
                parent_user_id=actor.user_id,
            ),
        )


def ensure_administrator(session: Session, password: str | None) -> str | None:
    """Create the user `admin` (SUPER_ADMIN) where there is no super administrator yet.

    Returns the password that was made up for it; None where one was given, or where nothing had to be done.
    """
    if repository.has_super_admin(session):
        return None
    chosen = password or secrets.token_urlsafe(18)
    try:
        passwords.check_policy(chosen, ADMINISTRATOR)
    except WeakPassword:  # the operator's own choice stands, but not unremarked
        log.warning("administrator.weak_password")
    user = User(username=ADMINISTRATOR, password_hash=passwords.hasher().hash(chosen), tier=Tier.SUPER_ADMIN)
    organization = Organization(name="Hounsfield", kind=OrganizationKind.CLINIC)
    try:
        with session.begin_nested():
            _add(session, organization, user)
    except UsernameTaken:  # another process, started at the same moment
        return None
    return None if password else chosen


def _add(session: Session, organization: Organization, user: User) -> User:
    session.add(organization)
    session.flush()
    user.organization_id = organization.id
    user.username_key, user.display_name = names.fold(user.username), user.username
    session.add(user)
    try:
        session.flush()
    except IntegrityError:
        raise UsernameTaken from None
    hooks.registered.fire(session, user)
    return user
