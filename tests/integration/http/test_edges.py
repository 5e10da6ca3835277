"""The outer shell: errors in two languages, headers, sizes, documents, health."""

import pytest
from fastapi.testclient import TestClient

from hounsfield.http.security import MAX_BODY
from hounsfield.kit import i18n
from hounsfield.kit.platform import Platform

Headers = dict[str, str]


@pytest.mark.parametrize(
    ("accept", "title"),
    [
        ("zh-CN,zh;q=0.9", "未找到"),
        ("en-GB", "Not found"),
        ("fr, zh-TW;q=0.5, en;q=0.4", "未找到"),
        ("", "Not found"),
    ],
)
def test_errors_speak_the_readers_language(client: TestClient, accept: str, title: str) -> None:
    answer = client.get("/api/v1/nowhere", headers={"Accept-Language": accept})
    assert (answer.status_code, answer.json()["title"], answer.json()["code"]) == (404, title, "NOT_FOUND")
    assert answer.headers["content-type"] == "application/problem+json"


def test_every_text_exists_in_both_languages() -> None:
    for code, texts in i18n.codes().items():
        assert set(texts) == {"en", "zh-CN"}, code
        assert all(texts.values()), code


def test_a_body_that_is_too_large_is_refused_by_its_length_and_by_what_arrives(client: TestClient) -> None:
    body = b'{"username":"' + b"a" * MAX_BODY + b'"}'
    for content in (body, iter([body[: MAX_BODY // 2], body])):
        answer = client.post(
            "/api/v1/users/login", content=content, headers={"Content-Type": "application/json"}
        )
        assert (answer.status_code, answer.json()["code"]) == (413, "TOO_LARGE")


@pytest.mark.parametrize("path", ["tasks/%00", "studies/%00", "models/a%00b", "uploads/%00"])
def test_a_nul_in_an_address_is_no_internal_error(client: TestClient, as_owner: Headers, path: str) -> None:
    assert client.get(f"/api/v1/{path}", headers=as_owner).status_code in (404, 422)


def test_answers_carry_the_security_headers(client: TestClient) -> None:
    headers = client.get("/api/v1/system/info").headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "unsafe-eval" not in headers["content-security-policy"].replace("wasm-unsafe-eval", "")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_readiness_names_what_is_down(
    client: TestClient, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/readyz").json() == {"status": "ok", "database": "ok", "broker": "ok", "storage": "ok"}

    def down() -> None:
        raise OSError("no")

    monkeypatch.setattr(platform.blobs, "ping", down)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["storage"].startswith("down")
    assert client.get("/healthz").status_code == 200


def test_the_description_names_every_error_free_of_other_hosts(client: TestClient) -> None:
    assert client.get("/api/v1/openapi.json").json()["info"]["title"] == "Hounsfield"
    page = client.get("/api/v1/docs").text
    assert "http://" not in page
    assert "https://" not in page
