"""Guessing becomes slow; the person who is signed in notices nothing."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update
from tests.factories.accounts import PASSWORD, bearer, make_user
from tests.integration.accounts.conftest import SignIn

from hounsfield.accounts import throttle
from hounsfield.accounts.models import LoginThrottle
from hounsfield.kit.clock import utc_now
from hounsfield.kit.platform import Platform

SetConfig = Callable[[str, object], None]
WRONG = "not her password"


def waits(platform: Platform, key: throttle.Key) -> timedelta:
    with platform.db.read() as session:
        blocked_until = session.get_one(LoginThrottle, key.digest).blocked_until
    assert blocked_until is not None
    return blocked_until - utc_now()


def let_wait_pass(platform: Platform) -> None:
    with platform.db.write() as session:
        session.execute(update(LoginThrottle).values(blocked_until=utc_now() - timedelta(seconds=1)))


def test_after_five_failures_even_the_right_password_has_to_wait(platform: Platform, sign_in: SignIn) -> None:
    make_user(platform, "zoe", password=PASSWORD)
    assert [sign_in("zoe", WRONG).status_code for _ in range(5)] == [401] * 5
    refused = sign_in("zoe")
    assert (refused.status_code, refused.json()["code"]) == (429, "TOO_MANY_REQUESTS")
    assert 25 <= int(refused.headers["retry-after"]) <= 30
    let_wait_pass(platform)
    assert sign_in("zoe").status_code == 200


def test_every_spelling_counts_for_the_same_account(platform: Platform, sign_in: SignIn) -> None:
    make_user(platform, "zoe", password=PASSWORD)
    for spelling in ("zoe", "ZOE", "Zoe", "ｚｏｅ", "zOe"):
        sign_in(spelling, WRONG)
    assert sign_in("zoe").status_code == 429


def test_unknown_accounts_are_throttled_alike(client: TestClient, sign_in: SignIn) -> None:
    assert [sign_in("nobody", WRONG).status_code for _ in range(6)] == [401] * 5 + [429]


def test_the_wait_doubles_up_to_the_window(platform: Platform, sign_in: SignIn) -> None:
    for _ in range(5):
        sign_in("zoe", WRONG)
    measured = []
    for _ in range(7):
        measured.append(round(waits(platform, throttle.account("zoe")).total_seconds(), -1))
        let_wait_pass(platform)
        assert sign_in("zoe", WRONG).status_code == 401
    assert measured == [30, 60, 120, 240, 480, 900, 900]


def test_a_refused_attempt_prolongs_nothing(platform: Platform, sign_in: SignIn) -> None:
    for _ in range(5):
        sign_in("zoe", WRONG)
    for _ in range(4):
        assert sign_in("zoe", WRONG).status_code == 429
    assert waits(platform, throttle.account("zoe")) <= timedelta(seconds=30)


def test_a_new_window_begins_afresh(platform: Platform, sign_in: SignIn) -> None:
    for _ in range(4):
        sign_in("zoe", WRONG)
    with platform.db.write() as session:
        session.execute(update(LoginThrottle).values(window_started_at=utc_now() - timedelta(minutes=15)))
    assert [sign_in("zoe", WRONG).status_code for _ in range(6)] == [401] * 5 + [429]


def test_success_clears_the_account_and_costs_the_address_nothing(
    platform: Platform, sign_in: SignIn, set_config: SetConfig
) -> None:
    set_config("login_attempts_per_address", 10)
    make_user(platform, "zoe", password=PASSWORD)
    for _ in range(2):
        assert [sign_in("zoe", WRONG).status_code for _ in range(4)] == [401] * 4
        assert sign_in("zoe").status_code == 200
    for _ in range(5):
        assert sign_in("zoe").status_code == 200
    assert [sign_in(f"guess{n}", WRONG).status_code for n in range(3)] == [401, 401, 429]


def test_one_address_guesses_at_few_accounts(
    platform: Platform, sign_in: SignIn, set_config: SetConfig
) -> None:
    set_config("login_attempts_per_address", 3)
    make_user(platform, "zoe", password=PASSWORD)
    assert [sign_in(f"user{n}", WRONG).status_code for n in range(3)] == [401] * 3
    assert sign_in("zoe").status_code == 429
    with platform.db.read() as session:  # what the address may not do leaves no mark on the account
        assert session.get(LoginThrottle, throttle.account("zoe").digest) is None


def test_an_ipv6_network_is_one_address() -> None:
    assert throttle.address("2001:db8::1") == throttle.address("2001:db8::ffff")
    assert throttle.address("2001:db8::1") != throttle.address("2001:db8:0:1::1")
    assert throttle.address("192.0.2.1") != throttle.address("192.0.2.2")
    assert throttle.address("fe80::1%eth0") == throttle.address("fe80::2%eth0")


def test_a_volley_does_not_slip_through_together(
    client: TestClient, platform: Platform, together: Callable[..., list]
) -> None:
    make_user(platform, "zoe", password=PASSWORD)
    body = {"username": "zoe", "password": WRONG}
    statuses = together(lambda _n: client.post("/api/v1/users/login", json=body).status_code, 12)
    assert sorted(statuses) == [401] * 5 + [429] * 7


def test_an_attacker_cannot_lock_out_who_is_signed_in(
    client: TestClient, platform: Platform, sign_in: SignIn
) -> None:
    make_user(platform, "zoe", password=PASSWORD)
    headers = {"Authorization": f"Bearer {sign_in('zoe').json()['access_token']}"}
    for _ in range(6):
        sign_in("zoe", WRONG)
    assert client.get("/api/v1/users/profile", headers=headers).status_code == 200
    assert client.post("/api/v1/users/refresh").status_code == 200
    change = {"current_password": PASSWORD, "new_password": "a better password"}
    assert client.put("/api/v1/users/profile", json=change, headers=headers).status_code == 200


def test_who_holds_a_stolen_token_cannot_guess_the_password(client: TestClient, platform: Platform) -> None:
    headers = bearer(platform, make_user(platform, "zoe", password=PASSWORD))
    guess = {"current_password": WRONG, "new_password": "a better password"}
    answers = [client.put("/api/v1/users/profile", json=guess, headers=headers) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [403] * 5 + [429]
    assert answers[0].json()["code"] == "WRONG_PASSWORD"


def test_names_are_not_kept_in_the_counters(platform: Platform, sign_in: SignIn) -> None:
    sign_in("zoe" * 80, WRONG)
    with platform.db.read() as session:
        keys = session.scalars(select(LoginThrottle.key)).all()
    assert {len(key) for key in keys} == {64}


@pytest.mark.parametrize(
    ("key", "value"), [("login_attempts_per_account", 0), ("login_wait_seconds", "soon")]
)
def test_limits_take_sensible_values_only(set_config: SetConfig, key: str, value: object) -> None:
    with pytest.raises(Exception, match="INVALID_CONFIG"):
        set_config(key, value)
