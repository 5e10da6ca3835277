"""Who may do what to whose things: the matrix, and the actor that every request is made by."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, bindparam, true
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import SQLColumnExpression

from hounsfield.accounts.models import ClinicalRole, Tier, User
from hounsfield.kit.errors import Forbidden

T = TypeVar("T")


def _grants(*lines: str) -> frozenset[str]:
    """Read lines of the form `resource: action action`."""
    pairs = (line.split(":") for line in lines)
    return frozenset(f"{resource}:{action}" for resource, actions in pairs for action in actions.split())


_READING = _grants(
    "task: read", "model: read", "study: read", "report: read", "patient: read", "points: read",
    "notification: read",
)  # fmt: skip
_WORKING = _READING | _grants(
    "upload: create read delete",
    "task: create update cancel retry pay delete",
    "model: create update delete share",
    "study: create update",
    "points: spend",
)

CLINICAL_PERMISSIONS: dict[ClinicalRole, frozenset[str]] = {
    ClinicalRole.NONE: _WORKING | _grants("study: delete"),
    ClinicalRole.DOCTOR: _WORKING
    | _grants(
        "study: delete",
        "patient: create update grant merge restrict reveal link breakglass",
        "visit: create read update",
        "report: create update delete submit sign reject amend",
    ),
    ClinicalRole.TECHNICIAN: _WORKING
    | _grants("patient: create update breakglass", "visit: create read update"),
    ClinicalRole.NURSE: _READING
    | _grants(
        "upload: create read", "patient: create update link reveal breakglass", "visit: create read update"
    ),
    ClinicalRole.PATIENT: _READING,
}
TIER_PERMISSIONS: dict[Tier, frozenset[str]] = {
    Tier.USER: frozenset(),
    # points are moved within the organization, never made: adjusting a balance is for the platform's own people
    Tier.ADMIN: _WORKING
    | _grants(
        "study: delete",
        "user: create read update",
        "token: create read delete",
        "points: allocate",
        "quota: read",
        "category: create update delete",
        "notification: send",
        "audit: read",
        "engine: read",
        "node: read manage",
        "task: transition",
        "rule: read manage",
        "project: manage",
        "retention: read manage",
        "storage: read",
    ),
}
ALL_PERMISSIONS = (
    frozenset[str]()
    .union(*CLINICAL_PERMISSIONS.values(), *TIER_PERMISSIONS.values())
    .union(
        _grants(
            "points: adjust",
            "quota: update",
            "plan: update",
            "config: read update",
            "engine: manage",
            "algorithm: manage",
            "connection: read delete",
            "queue: read manage",
            "storage: check",
        )
    )
)
TIER_PERMISSIONS[Tier.SUPER_ADMIN] = ALL_PERMISSIONS


@cache
def permissions_of(tier: Tier, clinical_role: ClinicalRole) -> frozenset[str]:
    """Return everything a person of this tier and clinical role may do."""
    return TIER_PERMISSIONS[tier] | CLINICAL_PERMISSIONS[clinical_role]


class Scope(Enum):
    """Whose things somebody sees."""

    OWN = "own"
    ORGANIZATION = "organization"
    ALL = "all"


_STAFF = frozenset({ClinicalRole.DOCTOR, ClinicalRole.TECHNICIAN, ClinicalRole.NURSE})
Column = InstrumentedAttribute[Any] | SQLColumnExpression[Any]


@dataclass(frozen=True, slots=True)
class Actor:
    """The person a request is made by, as the database knew them when it began."""

    user_id: str
    username: str
    organization_id: str
    tier: Tier
    clinical_role: ClinicalRole
    session_id: str
    parent_user_id: str | None
    permissions: frozenset[str]
    token_id: str | None = None  # of the credential, where a program asks instead of a person
    opened: frozenset[str] = (
        frozenset()
    )  # patients whose record is open to this person, whatever the scope says

    @property
    def is_super_admin(self) -> bool:
        return self.tier is Tier.SUPER_ADMIN

    def may(self, permission: str) -> bool:
        return self.is_super_admin or permission in self.permissions

    def require(self, permission: str) -> None:
        """Raise Forbidden where the actor may not do this."""
        if not self.may(permission):
            raise Forbidden

    @property
    def scope(self) -> Scope:
        if self.is_super_admin:
            return Scope.ALL
        if self.tier is Tier.ADMIN or self.clinical_role in _STAFF:
            return Scope.ORGANIZATION
        return Scope.OWN

    @property
    def bound(self) -> dict[str, str]:
        """Return what a `prepared` statement is asked with."""
        return {"actor_id": self.user_id, "actor_organization_id": self.organization_id}

    def sees(self, owner_id: str | None, organization_id: str | None) -> bool:
        """Tell whether a thing of this owner and organization exists for the actor."""
        if self.scope is Scope.OWN:
            return owner_id == self.user_id
        return self.scope is Scope.ALL or organization_id == self.organization_id

    def visible(self, owner: Column, organization: Column) -> ColumnElement[bool]:
        """Return the condition that keeps, of a query's rows, those that the actor sees."""
        if self.scope is Scope.OWN:
            return owner == self.user_id
        return true() if self.scope is Scope.ALL else organization == self.organization_id

    def manages(self, user: User) -> bool:
        """Tell whether the user is below the actor: one of its sub-accounts, or of an ADMIN's organization."""
        if user.id in (self.user_id, self.parent_user_id):
            return False
        if self.is_super_admin:
            return True
        if user.organization_id != self.organization_id or user.tier is Tier.SUPER_ADMIN:
            return False
        return self.tier is Tier.ADMIN or user.parent_user_id == self.user_id

    def may_grant(self, tier: Tier) -> bool:
        """Tell whether the actor may make somebody of this tier: never above its own."""
        return self.is_super_admin or (self.tier is Tier.ADMIN and tier is not Tier.SUPER_ADMIN)


def _bound(name: str) -> str:
    return cast("str", bindparam(name))  # a column compared with it does not mind


def prepared(make: Callable[[Actor], T]) -> Callable[[Actor], T]:
    """Make a statement once for each tier and role instead of once for each request, which takes longer than asking it.

    It is made for a stand-in whose ids are bound parameters, so a policy is written once; `Actor.bound` gives the values.
    For somebody to whom single records are opened it is made each time.
    """
    once = cache(lambda tier, role: make(_stand_in(tier, role)))
    return lambda actor: make(actor) if actor.opened else once(actor.tier, actor.clinical_role)


def _stand_in(tier: Tier, clinical_role: ClinicalRole) -> Actor:
    return Actor(
        user_id=_bound("actor_id"),
        username="",
        organization_id=_bound("actor_organization_id"),
        tier=tier,
        clinical_role=clinical_role,
        session_id="",
        parent_user_id=None,
        permissions=frozenset(),
    )


def roles_of(tier: Tier, clinical_role: ClinicalRole) -> list[str]:
    """Return the roles as clients show them: the tier, then the clinical role where there is one."""
    return [tier.value] if clinical_role is ClinicalRole.NONE else [tier.value, clinical_role.value]
