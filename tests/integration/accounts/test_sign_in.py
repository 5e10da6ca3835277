"""Signing in and out, access tokens, and what opens no door."""

import base64
import json
from datetime import timedelta

import jwt
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update
from tests.factories.accounts import CHEAP, PASSWORD, bearer, make_token, make_user
from tests.integration.accounts.conftest import SignIn

from hounsfield.accounts import hooks, passwords, tokens
from hounsfield.accounts.models import User, UserSession, UserStatus
from hounsfield.kit.clock import utc_now
from hounsfield.kit.platform import Platform

PROFILE = "/api/v1/users/profile"


class CountingHasher(passwords.Hasher):
    """Counts how much work was done."""

    def __init__(self) -> None:
        super().__init__(memory_kib=8, passes=1)
        self.turns = 0

    def _turn(self):
        self.turns += 1
        return super()._turn()


def profile(client: TestClient, token: str) -> tuple[int, str | None]:
    answer = client.get(PROFILE, headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.json().get("code")


def test_signing_in_gives_a_token_and_a_cookie(
    client: TestClient, platform: Platform, sign_in: SignIn
) -> None:
    user = make_user(platform, "zoe", password=PASSWORD)
    answer = sign_in("ZOE")
    body = answer.json()
    assert answer.status_code == 200
    assert (body["token_type"], body["expires_in"], body["roles"]) == ("bearer", 900, ["USER"])
    assert (body["user_id"], body["username"]) == (user.id, "zoe")
    cookie, mark = answer.headers.get_list("set-cookie")
    for attribute in ("HttpOnly", "SameSite=strict", "Path=/api/v1/users", "Max-Age=1209600"):
        assert attribute in cookie
    assert "Secure" not in cookie
    assert mark.startswith("hounsfield_signed_in=1;")
    for attribute in ("SameSite=strict", "Path=/;", "Max-Age=1209600"):
        assert attribute in mark
    assert "HttpOnly" not in mark  # the page reads it, to know whether to ask for a session
    assert profile(client, body["access_token"]) == (200, None)
    claims = jwt.decode(body["access_token"], options={"verify_signature": False})
    assert set(claims) == {"sub", "sid", "iat", "exp", "typ"}


def test_over_https_the_cookie_is_secure(client: TestClient, platform: Platform, sign_in: SignIn) -> None:
    make_user(platform, "zoe", password=PASSWORD)
    client.base_url = "https://testserver"
    assert all("Secure" in cookie for cookie in sign_in("zoe").headers.get_list("set-cookie"))


def test_secrets_are_kept_as_hashes_only(platform: Platform, client: TestClient, sign_in: SignIn) -> None:
    make_user(platform, "zoe", password=PASSWORD)
    secret = sign_in("zoe").cookies["hounsfield_refresh"]
    with platform.db.engine.connect() as connection:
        stored = connection.exec_driver_sql("SELECT token_hash FROM refresh_tokens").scalar_one()
    assert stored != secret
    assert stored == tokens.hash_refresh(secret)


def test_unknown_user_and_wrong_password_answer_and_work_alike(
    client: TestClient, platform: Platform, sign_in: SignIn
) -> None:
    make_user(platform, "zoe", password=PASSWORD)
    hasher = CountingHasher()
    passwords.use(hasher)
    wrong = sign_in("zoe", "not her password")
    assert hasher.turns == 1
    unknown = sign_in("nobody", "not her password")
    assert hasher.turns == 2
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.json()["code"] == "INVALID_CREDENTIALS"
    names = {"date", "x-request-id"}
    assert {k: v for k, v in wrong.headers.items() if k not in names} == {
        k: v for k, v in unknown.headers.items() if k not in names
    }


@pytest.mark.parametrize("username", ["z", "no such\x00name", "' OR 1=1 --", "z" * 256, "\u202ezoe"])
def test_impossible_names_are_merely_wrong(client: TestClient, sign_in: SignIn, username: str) -> None:
    answer = sign_in(username)
    assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_CREDENTIALS")


def test_a_password_typed_on_another_keyboard_is_the_same(platform: Platform, sign_in: SignIn) -> None:
    make_user(platform, "zoe", password="caf\u00e9 au lait")
    assert sign_in("zoe", "cafe\u0301 au lait").status_code == 200


def test_a_disabled_account_is_told_so_only_with_its_password(platform: Platform, sign_in: SignIn) -> None:
    make_user(platform, "zoe", password=PASSWORD, status=UserStatus.DISABLED)
    assert sign_in("zoe", "not her password").json()["code"] == "INVALID_CREDENTIALS"
    right = sign_in("zoe")
    assert (right.status_code, right.json()["code"]) == (403, "ACCOUNT_DISABLED")


def test_a_hash_of_another_cost_is_renewed(platform: Platform, sign_in: SignIn) -> None:
    user = make_user(platform, "zoe", password=PASSWORD)
    passwords.use(passwords.Hasher(memory_kib=16, passes=2))
    assert sign_in("zoe").status_code == 200
    with platform.db.read() as session:
        assert "m=16,t=2" in session.get_one(User, user.id).password_hash
    assert sign_in("zoe").status_code == 200


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "UNAUTHORIZED"),
        ("Basic em9lOnpvZQ==", "UNAUTHORIZED"),
        ("Bearer ", "UNAUTHORIZED"),
        ("Bearer nonsense", "TOKEN_INVALID"),
        ("Bearer hfe_" + "k" * 43, "TOKEN_INVALID"),
        ("Bearer " + "a" * 10_000, "TOKEN_INVALID"),
    ],
)
def test_without_a_token_there_is_no_door(client: TestClient, header: str | None, code: str) -> None:
    answer = client.get(PROFILE, headers={"Authorization": header} if header else {})
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert answer.headers["www-authenticate"] == "Bearer"


def test_an_expired_token_says_so(client: TestClient, platform: Platform) -> None:
    user = make_user(platform, "zoe")
    claims = jwt.decode(make_token(platform, user), options={"verify_signature": False})
    earlier = utc_now() - timedelta(minutes=16)
    stale = tokens.issue_access(platform.settings, claims["sub"], claims["sid"], now=earlier)
    assert profile(client, stale) == (401, "TOKEN_EXPIRED")


def _segment(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def test_forged_tokens_are_refused(client: TestClient, platform: Platform) -> None:
    user = make_user(platform, "zoe")
    good = make_token(platform, user)
    claims = jwt.decode(good, options={"verify_signature": False})
    head, body, signature = good.split(".")
    key = tokens._key(platform.settings, "access")
    assert profile(client, jwt.encode(claims, key, "HS256")) == (
        200,
        None,
    )  # so the rest fails for its own reason
    forged = {
        "none": f"{_segment({'alg': 'none', 'typ': 'JWT'})}.{body}.",
        "none, signed": f"{_segment({'alg': 'none', 'typ': 'JWT'})}.{body}.{signature}",
        "other user": f"{head}.{_segment({**claims, 'sub': '0' * 32})}.{signature}",
        "other key": jwt.encode(claims, "k" * 32, "HS256"),
        "the raw secret as key": jwt.encode(claims, platform.settings.signing_key, "HS256"),
        "other algorithm": jwt.encode(claims, key * 2, "HS512"),
        "other kind": jwt.encode({**claims, "typ": "engine"}, key, "HS256"),
        "no kind": jwt.encode({k: v for k, v in claims.items() if k != "typ"}, key, "HS256"),
        "no expiry": jwt.encode({k: v for k, v in claims.items() if k != "exp"}, key, "HS256"),
        "no session": jwt.encode({**claims, "sid": None}, key, "HS256"),
        "list as session": jwt.encode({**claims, "sid": [claims["sid"]]}, key, "HS256"),
        "number as user": jwt.encode({**claims, "sub": 1}, key, "HS256"),
        "cut": good[:-1],
    }
    answers = {name: profile(client, token) for name, token in forged.items()}
    assert answers == dict.fromkeys(forged, (401, "TOKEN_INVALID"))


def test_a_token_of_another_session_than_its_users_opens_nothing(
    client: TestClient, platform: Platform
) -> None:
    zoe, max_ = make_user(platform, "zoe"), make_user(platform, "max")
    claims = jwt.decode(make_token(platform, max_), options={"verify_signature": False})
    mixed = tokens.issue_access(platform.settings, zoe.id, claims["sid"])
    assert profile(client, mixed) == (401, "UNAUTHORIZED")


def test_signing_out_ends_the_session_at_once(
    client: TestClient, platform: Platform, sign_in: SignIn, heard
) -> None:
    user = make_user(platform, "zoe", password=PASSWORD)
    events = heard(hooks.access_changed)
    answer = sign_in("zoe")
    out = client.post("/api/v1/users/logout")  # the cookie is proof enough
    assert out.status_code == 204
    gone = out.headers.get_list("set-cookie")
    assert [cookie.split(";")[0] for cookie in gone] == ['hounsfield_refresh=""', 'hounsfield_signed_in=""']
    assert dict(client.cookies) == {}
    assert profile(client, answer.json()["access_token"]) == (401, "UNAUTHORIZED")
    cookie = {"Cookie": f"hounsfield_refresh={answer.cookies['hounsfield_refresh']}"}
    assert client.post("/api/v1/users/refresh", headers=cookie).status_code == 401
    assert [event[1:] for event in events] == [(user.id, "session")]


def test_signing_out_with_the_token_alone_ends_that_session_only(
    client: TestClient, platform: Platform
) -> None:
    user = make_user(platform, "zoe")
    here, there = make_token(platform, user), make_token(platform, user)
    headers = {"Authorization": f"Bearer {here}"}
    assert client.post("/api/v1/users/logout", headers=headers).status_code == 204
    assert profile(client, here) == (401, "UNAUTHORIZED")
    assert profile(client, there) == (200, None)


def test_signing_out_without_proof_changes_nothing(client: TestClient, platform: Platform) -> None:
    token = make_token(platform, make_user(platform, "zoe"))
    for headers in ({}, {"Authorization": "Bearer x"}, {"Cookie": "hounsfield_refresh=guess"}):
        assert client.post("/api/v1/users/logout", headers=headers).status_code == 204
    assert profile(client, token) == (200, None)


def test_a_session_that_ran_out_is_over(client: TestClient, platform: Platform) -> None:
    token = make_token(platform, make_user(platform, "zoe"))
    with platform.db.write() as session:
        session.execute(update(UserSession).values(expires_at=utc_now() - timedelta(seconds=1)))
    assert profile(client, token) == (401, "UNAUTHORIZED")


def test_sessions_are_listed_and_revoked(client: TestClient, platform: Platform, sign_in: SignIn) -> None:
    make_user(platform, "zoe", password=PASSWORD)
    phone = sign_in("zoe", **{"User-Agent": "Phone/" + "1" * 400}).json()["access_token"]
    desk = sign_in("zoe", **{"User-Agent": "Desk/1"}).json()["access_token"]
    headers = {"Authorization": f"Bearer {desk}"}
    page = client.get("/api/v1/users/sessions", headers=headers).json()
    assert page["total"] == 2
    by_current = {item["current"]: item for item in page["items"]}
    assert by_current[True]["user_agent"] == "Desk/1"
    assert len(by_current[False]["user_agent"]) == 256
    assert by_current[True]["address"] == "testclient"
    assert by_current[True]["created_at"].endswith("Z")

    url = f"/api/v1/users/sessions/{by_current[False]['session_id']}"
    assert client.delete(url, headers=headers).status_code == 204
    assert profile(client, phone) == (401, "UNAUTHORIZED")
    assert client.delete(url, headers=headers).status_code == 404
    assert client.get("/api/v1/users/sessions", headers=headers).json()["total"] == 1


@pytest.mark.parametrize("session_id", ["0" * 32, "x", "%00", "z" * 4000])
def test_a_session_that_is_not_mine_is_not_there(
    client: TestClient, platform: Platform, session_id: str
) -> None:
    headers = bearer(platform, make_user(platform, "zoe"))
    assert client.delete(f"/api/v1/users/sessions/{session_id}", headers=headers).status_code == 404


def test_a_strangers_session_is_not_there_and_stays(client: TestClient, platform: Platform) -> None:
    token = make_token(platform, make_user(platform, "max"))
    with platform.db.read() as session:
        session_id = session.scalars(select(UserSession.id)).one()
    headers = bearer(platform, make_user(platform, "zoe"))
    assert client.delete(f"/api/v1/users/sessions/{session_id}", headers=headers).status_code == 404
    assert profile(client, token) == (200, None)


def test_the_answer_speaks_the_readers_language(client: TestClient, sign_in: SignIn) -> None:
    assert sign_in("nobody", **{"Accept-Language": "zh-CN"}).json()["detail"] == "用户名或密码错误。"


def test_cheap_hashes_are_argon2id_too() -> None:
    assert CHEAP.hash(PASSWORD).startswith("$argon2id$")
