"""The chain of refresh tokens: rotation, racing tabs, theft, other sites."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select, update
from tests.factories.accounts import PASSWORD, make_user
from tests.integration.accounts.conftest import SignIn

from hounsfield.accounts import hooks
from hounsfield.accounts.models import RefreshToken, User, UserSession, UserStatus
from hounsfield.accounts.service.sessions import GRACE
from hounsfield.kit.clock import utc_now
from hounsfield.kit.platform import Platform

REFRESH = "/api/v1/users/refresh"
COOKIE = "hounsfield_refresh"


@pytest.fixture
def first(client: TestClient, platform: Platform, sign_in: SignIn) -> str:
    """The first refresh token of a session; the client's own jar stays empty."""
    make_user(platform, "zoe", password=PASSWORD)
    secret = sign_in("zoe").cookies[COOKIE]
    client.cookies.clear()
    return secret


def refresh(client: TestClient, token: str, **headers: str):
    answer = client.post(REFRESH, headers={"Cookie": f"{COOKIE}={token}", **headers})
    client.cookies.clear()
    return answer


def let_grace_pass(platform: Platform) -> None:
    with platform.db.write() as session:
        used = RefreshToken.used_at.is_not(None)
        past = utc_now() - GRACE - timedelta(seconds=1)
        session.execute(update(RefreshToken).where(used).values(used_at=past))


def revoked(platform: Platform) -> bool:
    with platform.db.read() as session:
        return session.scalars(select(UserSession.revoked_at)).one() is not None


def test_a_refresh_gives_a_new_token_and_a_new_cookie(client: TestClient, first: str) -> None:
    answer = refresh(client, first)
    assert answer.status_code == 200
    assert answer.cookies[COOKIE] != first
    assert answer.json()["roles"] == ["USER"]
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert client.get("/api/v1/users/profile", headers=headers).status_code == 200


def test_the_chain_goes_on_and_keeps_the_session_alive(
    client: TestClient, platform: Platform, first: str
) -> None:
    with platform.db.write() as session:
        session.execute(update(UserSession).values(expires_at=utc_now() + timedelta(hours=1)))
    token = first
    for _ in range(4):
        answer = refresh(client, token)
        assert answer.status_code == 200
        token = answer.cookies[COOKIE]
    with platform.db.read() as session:
        held = session.scalars(select(UserSession)).one()
    assert held.expires_at > utc_now() + timedelta(days=13)


def test_a_racing_tab_gets_the_same_cookie_and_revokes_nothing(
    client: TestClient, platform: Platform, first: str
) -> None:
    one, other = refresh(client, first), refresh(client, first)
    assert one.status_code == other.status_code == 200
    assert one.cookies[COOKIE] == other.cookies[COOKIE]
    assert not revoked(platform)


def test_a_tab_two_steps_behind_gets_the_living_end(client: TestClient, first: str) -> None:
    second = refresh(client, first).cookies[COOKIE]
    third = refresh(client, second).cookies[COOKIE]
    assert refresh(client, first).cookies[COOKIE] == third


def test_many_tabs_at_once_end_with_one_cookie(
    client: TestClient, platform: Platform, first: str, together
) -> None:
    clients = [TestClient(client.app, raise_server_exceptions=False) for _ in range(8)]
    answers = together(lambda n: refresh(clients[n], first), len(clients))
    assert [answer.status_code for answer in answers] == [200] * 8
    assert len({answer.cookies[COOKIE] for answer in answers}) == 1
    with platform.db.read() as session:
        assert session.scalar(select(func.count()).select_from(RefreshToken)) == 2
    assert not revoked(platform)


def test_a_token_used_again_later_ends_the_whole_session(
    client: TestClient, platform: Platform, first: str, heard
) -> None:
    events = heard(hooks.access_changed)
    stolen = refresh(client, first)
    let_grace_pass(platform)
    assert refresh(client, first).json()["code"] == "UNAUTHORIZED"
    assert revoked(platform)
    assert [event[2] for event in events] == ["session"]
    assert refresh(client, stolen.cookies[COOKIE]).status_code == 401
    headers = {"Authorization": f"Bearer {stolen.json()['access_token']}"}
    assert client.get("/api/v1/users/profile", headers=headers).status_code == 401


def test_grace_gives_no_second_life_to_a_revoked_session(
    client: TestClient, platform: Platform, first: str
) -> None:
    refresh(client, first)
    with platform.db.write() as session:
        session.execute(update(UserSession).values(revoked_at=utc_now()))
    assert refresh(client, first).status_code == 401


@pytest.mark.parametrize("token", ["", "guess", "k" * 43, "é" * 3])
def test_a_guessed_token_opens_nothing(client: TestClient, platform: Platform, first: str, token) -> None:
    answer = client.post(REFRESH, headers=[(b"cookie", f"{COOKIE}={token}".encode("latin-1"))])
    assert answer.status_code == 401
    assert not revoked(platform)


def test_no_cookie_no_refresh(client: TestClient) -> None:
    answer = client.post(REFRESH)
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")


def test_an_endless_cookie_is_refused(client: TestClient) -> None:
    assert refresh(client, "k" * 5000).status_code == 422


def test_an_expired_token_is_refused(client: TestClient, platform: Platform, first: str) -> None:
    with platform.db.write() as session:
        session.execute(update(RefreshToken).values(expires_at=utc_now() - timedelta(seconds=1)))
    assert refresh(client, first).status_code == 401


def test_a_disabled_user_stays_out(client: TestClient, platform: Platform, first: str) -> None:
    with platform.db.write() as session:
        session.execute(update(User).values(status=UserStatus.DISABLED))
    assert refresh(client, first).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver.evil.example"},
        {"Origin": "http://testserver:81"},
        {"Origin": "http://[broken"},
    ],
)
@pytest.mark.parametrize("path", ["refresh", "logout", "login"])
def test_other_sites_cannot_use_the_cookie(
    client: TestClient, platform: Platform, first: str, headers: dict[str, str], path: str
) -> None:
    body = {"username": "zoe", "password": PASSWORD} if path == "login" else None
    cookie = {"Cookie": f"{COOKIE}={first}"}
    answer = client.post(f"/api/v1/users/{path}", json=body, headers={**cookie, **headers})
    assert (answer.status_code, answer.json()["code"]) == (403, "CROSS_SITE_REQUEST")
    assert refresh(client, first).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://testserver"},
        {},
    ],
)
def test_our_own_page_can(client: TestClient, first: str, headers: dict[str, str]) -> None:
    assert refresh(client, first, **headers).status_code == 200
