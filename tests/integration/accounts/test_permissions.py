"""The matrix, and whose things an actor sees; the SQL condition and the Python one agree."""

import itertools

import pytest
from sqlalchemy import literal, select
from tests.factories.accounts import make_actor, make_user

from hounsfield.accounts.access import user_for
from hounsfield.accounts.models import ClinicalRole, Tier
from hounsfield.accounts.permissions import ALL_PERMISSIONS, Actor, Scope, permissions_of
from hounsfield.kit.errors import Forbidden, NotFound
from hounsfield.kit.platform import Platform


def actor(tier: Tier = Tier.USER, clinical_role: ClinicalRole = ClinicalRole.NONE) -> Actor:
    return Actor("me", "me", "home", tier, clinical_role, "s", None, permissions_of(tier, clinical_role))


@pytest.mark.parametrize(
    ("tier", "clinical_role", "scope"),
    [
        (Tier.USER, ClinicalRole.NONE, Scope.OWN),
        (Tier.USER, ClinicalRole.PATIENT, Scope.OWN),
        (Tier.USER, ClinicalRole.DOCTOR, Scope.ORGANIZATION),
        (Tier.USER, ClinicalRole.TECHNICIAN, Scope.ORGANIZATION),
        (Tier.USER, ClinicalRole.NURSE, Scope.ORGANIZATION),
        (Tier.ADMIN, ClinicalRole.NONE, Scope.ORGANIZATION),
        (Tier.SUPER_ADMIN, ClinicalRole.NONE, Scope.ALL),
        (Tier.SUPER_ADMIN, ClinicalRole.PATIENT, Scope.ALL),
    ],
)
def test_whose_things_one_sees(
    platform: Platform, tier: Tier, clinical_role: ClinicalRole, scope: Scope
) -> None:
    who = actor(tier, clinical_role)
    assert who.scope is scope
    expected = {
        ("me", "home"): True,
        ("colleague", "home"): scope is not Scope.OWN,
        ("stranger", "elsewhere"): scope is Scope.ALL,
    }
    assert {thing: who.sees(*thing) for thing in expected} == expected
    with platform.db.read() as session:
        in_sql = {
            thing: session.scalar(select(literal(1)).where(who.visible(literal(thing[0]), literal(thing[1]))))
            == 1
            for thing in expected
        }
    assert in_sql == expected


def test_nobody_owns_what_has_no_owner() -> None:
    assert not actor().sees(None, "home")
    assert not actor(Tier.ADMIN).sees(None, None)


def test_permissions_are_spelled_alike() -> None:
    for permission in ALL_PERMISSIONS:
        resource, action = permission.split(":")
        assert resource.replace("_", "").isalpha()
        assert action.isalpha()
        assert permission == permission.lower()


def test_every_tier_and_role_has_its_line_and_super_administrators_have_all() -> None:
    for tier, clinical_role in itertools.product(Tier, ClinicalRole):
        assert permissions_of(tier, clinical_role) <= ALL_PERMISSIONS
    assert permissions_of(Tier.SUPER_ADMIN, ClinicalRole.NONE) == ALL_PERMISSIONS
    assert actor(Tier.SUPER_ADMIN).may("anything:invented")


@pytest.mark.parametrize(
    ("permission", "may"),
    [
        ("task:create", {"none", "DOCTOR", "TECHNICIAN", "ADMIN"}),
        ("upload:create", {"none", "DOCTOR", "TECHNICIAN", "NURSE", "ADMIN"}),
        ("report:sign", {"DOCTOR"}),
        ("user:create", {"ADMIN"}),
        ("points:allocate", {"ADMIN"}),
        ("notification:send", {"ADMIN"}),
        ("audit:read", {"ADMIN"}),
        ("points:adjust", set()),
        ("config:update", set()),
        ("engine:manage", set()),
    ],
)
def test_who_may_what(permission: str, may: set[str]) -> None:
    people = {role.value: actor(clinical_role=role) for role in ClinicalRole} | {"ADMIN": actor(Tier.ADMIN)}
    assert {name for name, person in people.items() if person.may(permission)} == may
    for name, person in people.items():
        if name in may:
            person.require(permission)
        else:
            with pytest.raises(Forbidden):
                person.require(permission)


def test_a_parent_sees_its_sub_accounts_whatever_its_tier(platform: Platform) -> None:
    parent = make_user(platform, "parent")
    sub = make_user(platform, "sub", parent=parent)
    with platform.db.read() as session:
        assert user_for(session, make_actor(platform, parent), sub.id).id == sub.id
        assert make_actor(platform, parent).manages(sub)
        with pytest.raises(NotFound):
            user_for(session, make_actor(platform, sub), parent.id)
