"""The first administrator, and what is swept away in time."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select, update
from tests.factories.accounts import PASSWORD, make_user
from tests.integration.accounts.conftest import SignIn

from hounsfield.accounts import hooks
from hounsfield.accounts.models import LoginThrottle, RefreshToken, User, UserSession
from hounsfield.accounts.service import ensure_administrator
from hounsfield.accounts.service.housekeeping import KEEP
from hounsfield.kit.clock import utc_now
from hounsfield.kit.jobs import run_job
from hounsfield.kit.platform import Platform


def ensure(platform: Platform, password: str | None) -> str | None:
    with platform.db.write() as session:
        return ensure_administrator(session, password)


def test_the_first_start_makes_up_a_password_and_says_it_once(platform: Platform, sign_in: SignIn) -> None:
    made_up = ensure(platform, None)
    assert made_up is not None
    assert len(made_up) >= 20
    assert sign_in("admin", made_up).json()["roles"] == ["SUPER_ADMIN"]
    assert ensure(platform, None) is None
    assert ensure(platform, "something else") is None
    assert sign_in("admin", made_up).status_code == 200


@pytest.mark.parametrize("given", [PASSWORD, "admin"])
def test_the_operators_own_password_stands(platform: Platform, sign_in: SignIn, given: str, heard) -> None:
    events = heard(hooks.registered)
    assert ensure(platform, given) is None
    assert sign_in("admin", given).status_code == 200
    assert [user.username for _, user in events] == ["admin"]


def test_processes_that_start_together_make_one_administrator(platform: Platform, together) -> None:
    together(lambda _n: ensure(platform, PASSWORD), 4)
    with platform.db.read() as session:
        assert session.scalar(select(func.count()).select_from(User)) == 1


def rows(platform: Platform) -> dict[str, int]:
    with platform.db.read() as session:
        tables = (UserSession, RefreshToken, LoginThrottle)
        return {t.__tablename__: session.scalar(select(func.count()).select_from(t)) or 0 for t in tables}


def test_sweeping_takes_what_is_long_over_and_nothing_else(
    client: TestClient, platform: Platform, sign_in: SignIn
) -> None:
    make_user(platform, "zoe", password=PASSWORD)
    tokens = [sign_in("zoe").json()["access_token"] for _ in range(3)]
    sign_in("nobody", "wrong password")
    before = rows(platform)
    run_job(platform, "accounts.sweep", {})
    assert rows(platform) == before == {"user_sessions": 3, "refresh_tokens": 3, "login_throttles": 2}

    past = utc_now() - KEEP - timedelta(minutes=1)
    with platform.db.write() as session:
        ids = session.scalars(select(UserSession.id).order_by(UserSession.created_at)).all()
        session.execute(update(UserSession).where(UserSession.id == ids[0]).values(expires_at=past))
        session.execute(update(UserSession).where(UserSession.id == ids[1]).values(revoked_at=past))
        session.execute(update(LoginThrottle).values(window_started_at=past))
    run_job(platform, "accounts.sweep", {})
    assert rows(platform) == {"user_sessions": 1, "refresh_tokens": 1, "login_throttles": 0}
    headers = {"Authorization": f"Bearer {tokens[2]}"}
    assert client.get("/api/v1/users/profile", headers=headers).status_code == 200
