"""What people see of themselves and change about themselves."""

import pytest
from fastapi.testclient import TestClient
from tests.factories.accounts import PASSWORD, bearer, make_user
from tests.integration.accounts.conftest import SignIn

from hounsfield.accounts import hooks
from hounsfield.accounts.models import ClinicalRole, Tier
from hounsfield.kit.platform import Platform

PROFILE = "/api/v1/users/profile"
NEW = "a better password"


def test_a_profile_tells_everything_a_page_needs(client: TestClient, platform: Platform) -> None:
    user = make_user(platform, "wang", clinical_role=ClinicalRole.DOCTOR, tier=Tier.ADMIN)
    body = client.get(PROFILE, headers=bearer(platform, user)).json()
    assert set(body) == {
        "user_id", "username", "display_name", "email", "phone", "tier", "clinical_role", "roles", "organization",
        "language", "permissions", "created_at",
    }  # fmt: skip
    assert body["roles"] == ["ADMIN", "DOCTOR"]
    assert body["organization"] == {"organization_id": user.organization_id, "name": "wang"}
    assert {"report:sign", "user:create"} <= set(body["permissions"])
    assert "points:adjust" not in body["permissions"]
    assert body["created_at"].endswith("Z")


def test_what_is_sent_changes_and_the_rest_stays(client: TestClient, platform: Platform) -> None:
    headers = bearer(platform, make_user(platform, "wang"))
    sent = {
        "display_name": "  王芳 👩‍⚕️ ",
        "email": "wang@example.org",
        "phone": "+86139",
        "language": "zh-CN",
    }
    body = client.put(PROFILE, json=sent, headers=headers).json()
    assert [body[key] for key in sent] == ["王芳 👩‍⚕️", "wang@example.org", "+86139", "zh-CN"]
    body = client.put(PROFILE, json={"email": None}, headers=headers).json()
    assert (body["email"], body["phone"], body["display_name"]) == (None, "+86139", "王芳 👩‍⚕️")
    assert client.put(PROFILE, json={}, headers=headers).json() == body


@pytest.mark.parametrize(
    "change",
    [
        {"tier": "SUPER_ADMIN"},
        {"clinical_role": "DOCTOR"},
        {"username": "admin"},
        {"permissions": ["config:update"]},
        {"organization_id": "0" * 32},
        {"status": "ACTIVE"},
        {"password_hash": "x"},
        {"display_name": None},
        {"display_name": ""},
        {"display_name": "   "},
        {"display_name": "x" * 129},
        {"display_name": "nul\x00"},
        {"display_name": "\u202etxt.exe"},
        {"display_name": "x" * 1_000_000},
        {"email": "a" * 250 + "@example.org"},
        {"email": "two@at@example.org"},
        {"email": "line\n@example.org"},
        {"language": "tlh"},
        {"language": None},
        {"new_password": NEW},
        {"current_password": PASSWORD},
    ],
)
def test_nothing_else_can_be_changed(
    client: TestClient, platform: Platform, change: dict[str, object]
) -> None:
    headers = bearer(platform, make_user(platform, "wang"))
    before = client.get(PROFILE, headers=headers).json()
    answer = client.put(PROFILE, json=change, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION_FAILED")
    assert client.get(PROFILE, headers=headers).json() == before


def test_a_new_password_ends_the_other_sessions(
    client: TestClient, platform: Platform, sign_in: SignIn, heard
) -> None:
    user = make_user(platform, "wang", password=PASSWORD)
    other = {"Authorization": f"Bearer {sign_in('wang').json()['access_token']}"}
    other_cookie = dict(client.cookies)
    client.cookies.clear()
    here = {"Authorization": f"Bearer {sign_in('wang').json()['access_token']}"}
    events = heard(hooks.access_changed)

    change = {"current_password": PASSWORD, "new_password": NEW}
    assert client.put(PROFILE, json=change, headers=here).status_code == 200
    assert client.get(PROFILE, headers=here).status_code == 200
    assert client.get(PROFILE, headers=other).status_code == 401
    assert client.post("/api/v1/users/refresh").status_code == 200
    client.cookies.clear()
    client.cookies.update(other_cookie)
    assert client.post("/api/v1/users/refresh").status_code == 401
    assert sign_in("wang").status_code == 401
    assert sign_in("wang", NEW).status_code == 200
    assert [event[1:] for event in events] == [(user.id, "password")]


def test_a_refused_password_change_changes_nothing(
    client: TestClient, platform: Platform, sign_in: SignIn
) -> None:
    headers = bearer(platform, make_user(platform, "wang", password=PASSWORD))
    cases = [("not the one", NEW, 403, "WRONG_PASSWORD"), (PASSWORD, "password1", 422, "WEAK_PASSWORD")]
    for current, new, status, code in cases:
        change = {"current_password": current, "new_password": new, "email": "new@example.org"}
        answer = client.put(PROFILE, json=change, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert client.get(PROFILE, headers=headers).json()["email"] is None
    assert sign_in("wang").status_code == 200
