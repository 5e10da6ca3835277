"""Registering, names and passwords."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from tests.factories.accounts import PASSWORD
from tests.integration.accounts.conftest import SignIn

from hounsfield.accounts import hooks, passwords
from hounsfield.accounts.models import Organization, User
from hounsfield.kit.errors import Unavailable
from hounsfield.kit.platform import Platform

REGISTER = "/api/v1/users/register"


def register(client: TestClient, username: str, password: str = PASSWORD, **more: object):
    return client.post(REGISTER, json={"username": username, "password": password, **more})


def test_a_registered_user_owns_a_personal_organization(
    client: TestClient, platform: Platform, sign_in: SignIn
) -> None:
    answer = register(client, "wang.fang", email="wang@example.org", phone="+86 139-0000-0000")
    assert answer.status_code == 201
    assert answer.json() == {"user_id": answer.json()["user_id"], "username": "wang.fang"}

    token = sign_in("wang.fang").json()["access_token"]
    profile = client.get("/api/v1/users/profile", headers={"Authorization": f"Bearer {token}"}).json()
    assert profile["user_id"] == answer.json()["user_id"]
    assert (profile["email"], profile["phone"]) == ("wang@example.org", "+86 139-0000-0000")
    assert (profile["tier"], profile["clinical_role"], profile["roles"]) == ("USER", "none", ["USER"])
    assert "user:create" not in profile["permissions"]
    with platform.db.read() as session:
        home = session.get_one(Organization, profile["organization"]["organization_id"])
        assert home.kind == "personal"
        assert session.scalar(select(User.password_hash)).startswith("$argon2id$")


def test_the_language_of_the_browser_becomes_the_users(client: TestClient, sign_in: SignIn) -> None:
    body = {"username": "李明", "password": PASSWORD}
    client.post(REGISTER, json=body, headers={"Accept-Language": "zh-TW,en;q=0.5"})
    token = sign_in("李明").json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/users/profile", headers=headers).json()["language"] == "zh-CN"


@pytest.mark.parametrize(
    ("first", "same"),
    [
        ("Zoë", "ZOË"),
        ("Zoë", "Zoe\u0308"),
        ("straße", "STRASSE"),
        ("王芳-2", "王芳-２"),
        ("admin", "ａｄｍｉｎ"),
        ("ﬁona", "FIONA"),
        ("ᴬnna", "anna"),
    ],
)
def test_one_name_has_one_spelling(client: TestClient, sign_in: SignIn, first: str, same: str) -> None:
    assert register(client, first).status_code == 201
    taken = register(client, same)
    assert (taken.status_code, taken.json()["code"]) == (409, "USERNAME_TAKEN")
    assert sign_in(same).status_code == 200


def test_names_that_differ_in_an_accent_are_two(client: TestClient, sign_in: SignIn) -> None:
    accented, plain = register(client, "zoë"), register(client, "zoe", password="another password")
    assert accented.status_code == plain.status_code == 201
    assert sign_in("zoë").json()["user_id"] == accented.json()["user_id"]
    assert sign_in("zoe", "another password").json()["user_id"] == plain.json()["user_id"]


@pytest.mark.parametrize(
    "username",
    [
        "a", "a" * 65, "two words", " padded", "nul\x00", "new\nline", "zero\u200bwidth", "\u202eadmin", "...",
        "\ufdfa" * 10, "p\u0430ypal", "<script>", "a/b",
    ],
)  # fmt: skip
def test_names_that_mislead_are_refused(client: TestClient, username: str) -> None:
    answer = register(client, username)
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_USERNAME")


@pytest.mark.parametrize(
    "password", ["short", "x" * 129, "Zoe.Miller", "ｚｏｅ.miller", "password1", "PassWord123", "zzzzzzzz"]
)
def test_weak_passwords_are_refused(client: TestClient, password: str) -> None:
    answer = register(client, "zoe.miller", password)
    assert (answer.status_code, answer.json()["code"]) == (422, "WEAK_PASSWORD")


@pytest.mark.parametrize(
    "password", ["exactly8", "x" * 64 + "y" * 64, "密码密码一二三四", "  spaces  count  "]
)
def test_good_passwords_open_the_account(client: TestClient, sign_in: SignIn, password: str) -> None:
    assert register(client, "zoe", password).status_code == 201
    assert sign_in("zoe", password).status_code == 200
    assert sign_in("zoe", password.strip() + "!").status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {"username": "zoe", "password": PASSWORD, "tier": "SUPER_ADMIN"},
        {"username": "zoe", "password": PASSWORD, "organization_id": "0" * 32},
        {"username": "zoe", "password": 12345678},
        {"username": ["zoe"], "password": PASSWORD},
        {"username": "zoe"},
        {"username": "z" * 1_000_000, "password": PASSWORD},
        {"username": "zoe", "password": "p" * 1_000_000},
        {"username": "zoe", "password": PASSWORD, "email": "nobody"},
        {"username": "zoe", "password": PASSWORD, "email": "a@b\x00.org"},
        {"username": "zoe", "password": PASSWORD, "phone": "call me"},
        [],
        None,
    ],
)
def test_what_does_not_fit_the_form_is_refused(client: TestClient, body: object) -> None:
    answer = client.post(REGISTER, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION_FAILED")
    assert PASSWORD not in answer.text


def test_half_a_surrogate_is_no_name(client: TestClient) -> None:
    raw = b'{"username": "z\\ud800e", "password": "\\udfff1234567"}'
    answer = client.post(REGISTER, content=raw, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422


def test_registration_can_be_closed(client: TestClient, set_config: Callable[[str, object], None]) -> None:
    set_config("registration_open", False)
    answer = register(client, "zoe")
    assert (answer.status_code, answer.json()["code"]) == (403, "REGISTRATION_CLOSED")


def test_an_address_registers_only_so_many(
    client: TestClient, set_config: Callable[[str, object], None]
) -> None:
    set_config("registrations_per_address", 2)
    assert [register(client, f"zoe{n}").status_code for n in range(3)] == [201, 201, 429]


def test_of_equal_names_at_the_same_time_one_wins(
    client: TestClient, platform: Platform, together: Callable[..., list]
) -> None:
    answers = together(lambda _n: register(client, "zoe").status_code, 6)
    assert sorted(answers) == [201] + [409] * 5
    with platform.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Organization)) == 1


def test_whoever_listens_hears_of_it_in_the_same_transaction(
    client: TestClient, platform: Platform, heard: Callable[..., list]
) -> None:
    events = heard(hooks.registered)
    user_id = register(client, "zoe").json()["user_id"]
    assert [user.id for _, user in events] == [user_id]


def test_a_crowd_of_hashes_is_turned_away_instead_of_held(platform: Platform) -> None:
    crowded = passwords.Hasher(memory_kib=8, passes=1, at_once=1, waiting=0)
    with crowded._turn(), pytest.raises(Unavailable):
        crowded.hash("another password")
    assert crowded.verify("another password", crowded.hash("another password"))
