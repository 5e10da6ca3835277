"""Administrators and the users below them; nobody climbs."""

from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient
from tests.factories.accounts import PASSWORD, bearer, make_actor, make_organization, make_token, make_user
from tests.integration.accounts.conftest import SignIn

from hounsfield.accounts import hooks, repository
from hounsfield.accounts.errors import LastSuperAdmin
from hounsfield.accounts.models import ClinicalRole, Tier, User, UserStatus
from hounsfield.accounts.permissions import Actor
from hounsfield.accounts.service import members
from hounsfield.kit.platform import Platform

USERS = "/api/v1/users"


@dataclass
class People:
    root: User
    chief: User
    peer: User
    nurse: User
    sub: User
    stranger: User
    foreign_chief: User


@pytest.fixture
def people(platform: Platform) -> People:
    clinic = make_organization(platform)
    chief = make_user(platform, "chief", organization_id=clinic, tier=Tier.ADMIN)
    return People(
        root=make_user(platform, "root", tier=Tier.SUPER_ADMIN),
        chief=chief,
        peer=make_user(platform, "peer", organization_id=clinic, tier=Tier.ADMIN),
        nurse=make_user(platform, "nurse", organization_id=clinic, clinical_role=ClinicalRole.NURSE),
        sub=make_user(platform, "sub", parent=chief),
        stranger=make_user(platform, "stranger"),
        foreign_chief=make_user(platform, "foreign", tier=Tier.ADMIN),
    )


def put(client: TestClient, platform: Platform, actor: User, target: User | str, what: str, **body: object):
    user_id = target if isinstance(target, str) else target.id
    return client.put(f"{USERS}/{user_id}/{what}", json=body, headers=bearer(platform, actor))


def names(client: TestClient, platform: Platform, actor: User, **query: str) -> set[str]:
    page = client.get(USERS, params=query, headers=bearer(platform, actor)).json()
    assert page["total"] == len(page["items"])
    return {item["username"] for item in page["items"]}


def test_everybody_needs_to_be_signed_in(client: TestClient) -> None:
    asked = [
        client.get(f"{USERS}/profile"),
        client.put(f"{USERS}/profile", json={}),
        client.get(f"{USERS}/sessions"),
        client.delete(f"{USERS}/sessions/{'0' * 32}"),
        client.get(USERS),
        client.post(f"{USERS}/sub-accounts", json={"username": "zoe", "password": PASSWORD}),
        client.put(f"{USERS}/{'0' * 32}/status", json={"status": "DISABLED"}),
        client.put(f"{USERS}/{'0' * 32}/roles", json={"tier": "ADMIN"}),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in asked} == {(401, "UNAUTHORIZED")}


def test_lists_end_at_the_organization(client: TestClient, platform: Platform, people: People) -> None:
    assert names(client, platform, people.chief) == {"chief", "peer", "nurse", "sub"}
    assert names(client, platform, people.foreign_chief) == {"foreign"}
    assert len(names(client, platform, people.root)) == 7
    for plain in (people.nurse, people.sub, people.stranger):
        answer = client.get(USERS, headers=bearer(platform, plain))
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")


def test_lists_can_be_searched(client: TestClient, platform: Platform, people: People) -> None:
    make_user(platform, "李小明_1", organization_id=people.chief.organization_id)
    assert names(client, platform, people.chief, q="小明") == {"李小明_1"}
    assert names(client, platform, people.chief, q="NURS") == {"nurse"}
    assert names(client, platform, people.chief, q="_") == {"李小明_1"}
    assert names(client, platform, people.chief, q="%") == set()
    assert names(client, platform, people.chief, tier="ADMIN") == {"chief", "peer"}
    assert names(client, platform, people.chief, status="DISABLED") == set()
    headers = bearer(platform, people.chief)
    assert client.get(USERS, params={"q": "\x00"}, headers=headers).status_code == 422
    page = client.get(USERS, params={"page": 2, "size": 2}, headers=headers).json()
    assert (page["total"], page["page"], page["size"], len(page["items"])) == (5, 2, 2, 2)
    assert set(page["items"][0]) == {
        "user_id", "username", "display_name", "email", "tier", "clinical_role", "status", "parent_user_id",
        "created_at",
    }  # fmt: skip


def test_an_administrator_creates_sub_accounts_in_its_organization(
    client: TestClient, platform: Platform, people: People, sign_in: SignIn, heard
) -> None:
    events = heard(hooks.registered)
    form = {"username": "Dr.Li", "password": PASSWORD, "email": "li@example.org", "clinical_role": "DOCTOR"}
    answer = client.post(f"{USERS}/sub-accounts", json=form, headers=bearer(platform, people.chief))
    assert answer.status_code == 201
    body = answer.json()
    assert (body["tier"], body["clinical_role"], body["status"]) == ("USER", "DOCTOR", "ACTIVE")
    assert body["parent_user_id"] == people.chief.id
    assert "Dr.Li" in names(client, platform, people.chief)
    assert sign_in("dr.li").json()["roles"] == ["USER", "DOCTOR"]
    assert [user.username for _, user in events] == ["Dr.Li"]
    again = client.post(f"{USERS}/sub-accounts", json=form, headers=bearer(platform, people.chief))
    assert again.json()["code"] == "USERNAME_TAKEN"
    weak = {**form, "username": "other", "password": "password1"}
    assert (
        client.post(f"{USERS}/sub-accounts", json=weak, headers=bearer(platform, people.chief)).status_code
        == 422
    )


@pytest.mark.parametrize(
    ("who", "tier", "status"),
    [
        ("root", "SUPER_ADMIN", 201), ("root", "ADMIN", 201),
        ("chief", "ADMIN", 201), ("chief", "SUPER_ADMIN", 403),
        ("nurse", "USER", 403), ("sub", "USER", 403), ("stranger", "USER", 403),
    ],
)  # fmt: skip
def test_nobody_creates_what_is_above_them(
    client: TestClient, platform: Platform, people: People, who: str, tier: str, status: int
) -> None:
    form = {"username": "newcomer", "password": PASSWORD, "tier": tier}
    actor = getattr(people, who)
    answer = client.post(f"{USERS}/sub-accounts", json=form, headers=bearer(platform, actor))
    assert answer.status_code == status
    assert ("newcomer" in names(client, platform, people.root)) == (status == 201)


# (actor, target, answer): a stranger's target is not there; a target in sight may still be out of reach
REACH = [
    ("root", "chief", 200), ("root", "stranger", 200), ("root", "root", 403),
    ("chief", "peer", 200), ("chief", "nurse", 200), ("chief", "sub", 200),
    ("chief", "chief", 403), ("chief", "root", 404), ("chief", "stranger", 404), ("chief", "foreign_chief", 404),
    ("foreign_chief", "sub", 404), ("foreign_chief", "chief", 404),
    ("nurse", "nurse", 403), ("nurse", "sub", 404), ("nurse", "chief", 404),
    ("sub", "sub", 403), ("sub", "chief", 404),
    ("stranger", "stranger", 403), ("stranger", "nurse", 404), ("stranger", "root", 404),
]  # fmt: skip


@pytest.mark.parametrize(("who", "whom", "status"), REACH)
def test_who_reaches_whom(
    client: TestClient, platform: Platform, people: People, who: str, whom: str, status: int
) -> None:
    actor, target = getattr(people, who), getattr(people, whom)
    assert put(client, platform, actor, target, "roles", clinical_role="TECHNICIAN").status_code == status
    assert put(client, platform, actor, target, "status", status="DISABLED").status_code == status
    with platform.db.read() as session:
        after = session.get_one(User, target.id)
    touched = after.status is UserStatus.DISABLED, after.clinical_role is ClinicalRole.TECHNICIAN
    assert touched == ((True, True) if status == 200 else (False, False))


@pytest.mark.parametrize("user_id", ["0" * 32, "x", "%00", "%F0%9F%92%A3", "A" * 5000])
def test_a_user_that_does_not_exist_is_not_found(
    client: TestClient, platform: Platform, people: People, user_id: str
) -> None:
    assert put(client, platform, people.root, user_id, "status", status="DISABLED").status_code == 404
    assert put(client, platform, people.root, user_id, "roles", tier="ADMIN").status_code == 404


@pytest.mark.parametrize(
    ("who", "whom", "tier", "status"),
    [
        ("chief", "sub", "SUPER_ADMIN", 403),
        ("chief", "sub", "ADMIN", 200),
        ("chief", "chief", "SUPER_ADMIN", 403),
        ("chief", "chief", "USER", 403),
        ("nurse", "nurse", "ADMIN", 403),
        ("root", "root", "USER", 403),
        ("root", "sub", "SUPER_ADMIN", 200),
    ],
)
def test_nobody_raises_beyond_themselves_nor_themselves(
    client: TestClient, platform: Platform, people: People, who: str, whom: str, tier: str, status: int
) -> None:
    target = getattr(people, whom)
    assert put(client, platform, getattr(people, who), target, "roles", tier=tier).status_code == status
    with platform.db.read() as session:
        assert session.get_one(User, target.id).tier == (tier if status == 200 else target.tier)


def test_an_administrator_cannot_touch_a_super_administrator_of_its_organization(
    client: TestClient, platform: Platform, people: People
) -> None:
    boss = make_user(platform, "boss", parent=people.chief, tier=Tier.SUPER_ADMIN)
    assert put(client, platform, people.chief, boss, "roles", tier="USER").status_code == 403
    assert put(client, platform, people.chief, boss, "status", status="DISABLED").status_code == 403


def test_a_sub_account_cannot_turn_on_its_parent(
    client: TestClient, platform: Platform, people: People
) -> None:
    assert put(client, platform, people.chief, people.sub, "roles", tier="ADMIN").status_code == 200
    assert put(client, platform, people.sub, people.chief, "roles", tier="USER").status_code == 403
    assert put(client, platform, people.sub, people.nurse, "roles", clinical_role="DOCTOR").status_code == 200


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("status", {"status": "GONE"}), ("status", {}), ("status", {"status": 1}),
        ("status", {"status": "ACTIVE", "tier": "ADMIN"}),
        ("roles", {"tier": "OWNER"}), ("roles", {"clinical_role": ["DOCTOR"]}), ("roles", {"permissions": ["x"]}),
    ],
)  # fmt: skip
def test_only_what_exists_can_be_given(
    client: TestClient, platform: Platform, people: People, what: str, body: dict[str, object]
) -> None:
    assert put(client, platform, people.root, people.sub, what, **body).status_code == 422


def test_a_role_takes_effect_on_the_next_request(
    client: TestClient, platform: Platform, people: People, heard
) -> None:
    headers = {"Authorization": f"Bearer {make_token(platform, people.sub)}"}
    events = heard(hooks.access_changed)
    assert client.get(USERS, headers=headers).status_code == 403
    put(client, platform, people.chief, people.sub, "roles", tier="ADMIN")
    assert client.get(USERS, headers=headers).status_code == 200
    put(client, platform, people.chief, people.sub, "roles", tier="USER")
    assert client.get(USERS, headers=headers).status_code == 403
    put(client, platform, people.chief, people.sub, "roles", tier="USER")  # nothing new, nothing told
    assert [event[1:] for event in events] == [(people.sub.id, "roles")] * 2


def test_disabling_takes_effect_at_once_and_enabling_revives_no_session(
    client: TestClient, platform: Platform, people: People, heard
) -> None:
    headers = {"Authorization": f"Bearer {make_token(platform, people.sub)}"}
    events = heard(hooks.access_changed)
    assert client.get(f"{USERS}/profile", headers=headers).status_code == 200
    body = put(client, platform, people.chief, people.sub, "status", status="DISABLED").json()
    assert body["status"] == "DISABLED"
    assert client.get(f"{USERS}/profile", headers=headers).status_code == 401
    assert put(client, platform, people.chief, people.sub, "status", status="ACTIVE").status_code == 200
    assert client.get(f"{USERS}/profile", headers=headers).status_code == 401
    assert client.get(f"{USERS}/profile", headers=bearer(platform, people.sub)).status_code == 200
    assert [event[1:] for event in events] == [(people.sub.id, "status")] * 2


def disable(platform: Platform, actor: Actor, user: User) -> None:
    with platform.db.write() as session:
        members.set_status(session, actor, user.id, UserStatus.DISABLED)


def demote(platform: Platform, actor: Actor, user: User) -> None:
    with platform.db.write() as session:
        members.set_roles(session, actor, user.id, tier=Tier.USER, clinical_role=None)


def active_super_admins(platform: Platform) -> int:
    with platform.db.read() as session:
        return len(repository.lock_super_admins(session))


@pytest.mark.parametrize("first", [disable, demote])
@pytest.mark.parametrize("second", [disable, demote])
def test_the_last_super_administrator_stays(platform: Platform, first, second) -> None:
    one, other = (make_user(platform, f"root{n}", tier=Tier.SUPER_ADMIN) for n in range(2))
    overtaken = make_actor(platform, other)  # its request had begun when the first one came through
    first(platform, make_actor(platform, one), other)
    with pytest.raises(LastSuperAdmin):
        second(platform, overtaken, one)
    assert active_super_admins(platform) == 1


def test_two_super_administrators_cannot_remove_each_other_at_once(platform: Platform, together) -> None:
    pair = [make_user(platform, f"root{n}", tier=Tier.SUPER_ADMIN) for n in range(2)]
    actors = [make_actor(platform, user) for user in pair]

    def remove_the_other(number: int) -> str:
        try:
            (disable, demote)[number](platform, actors[number], pair[1 - number])
        except LastSuperAdmin as error:
            return error.code
        return "done"

    assert sorted(together(remove_the_other, 2)) == ["LAST_SUPER_ADMIN", "done"]
    assert active_super_admins(platform) == 1


def test_being_a_parent_gives_sight_but_no_power(
    client: TestClient, platform: Platform, people: People
) -> None:
    child = make_user(platform, "child", parent=people.stranger)
    assert put(client, platform, people.stranger, child, "status", status="DISABLED").status_code == 403
    assert put(client, platform, people.stranger, child, "roles", clinical_role="DOCTOR").status_code == 403
    with platform.db.read() as session:
        after = session.get_one(User, child.id)
    assert (after.status, after.clinical_role) == (UserStatus.ACTIVE, ClinicalRole.NONE)
