"""Cheap password hashes and short names for what every test of this room does."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from tests.factories.accounts import CHEAP, PASSWORD

from hounsfield.accounts import passwords
from hounsfield.kit.hooks import Hook
from hounsfield.kit.platform import Platform
from hounsfield.system import configs

SignIn = Callable[..., Response]


@pytest.fixture(autouse=True)
def cheap_hashes() -> Iterator[None]:
    usual = passwords.hasher()
    passwords.use(CHEAP)
    yield
    passwords.use(usual)


@pytest.fixture
def sign_in(client: TestClient) -> SignIn:
    """Sign in and keep the cookie in the client's jar, as a browser does."""

    def act(username: str, password: str = PASSWORD, **headers: str) -> Response:
        body = {"username": username, "password": password}
        return client.post("/api/v1/users/login", json=body, headers=headers)

    return act


@pytest.fixture
def set_config(platform: Platform) -> Callable[[str, object], None]:
    def act(key: str, value: object) -> None:
        with platform.db.write() as session:
            configs.put(session, key, value, actor_id=None)

    return act


@pytest.fixture
def together() -> Callable[..., list[Any]]:
    """Run a function in several threads that start at the same moment; returns what each returned."""

    def act(function: Callable[[int], Any], count: int) -> list[Any]:
        start = threading.Barrier(count)

        def run(number: int) -> Any:
            start.wait()
            return function(number)

        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(run, range(count)))

    return act


@pytest.fixture
def heard() -> Iterator[Callable[[Hook[...]], list[tuple[Any, ...]]]]:
    """Listen to a hook for the length of a test; returns the list that what is fired is added to."""
    connected: list[tuple[Hook[...], Callable[..., None]]] = []

    def listen(hook: Hook[...]) -> list[tuple[Any, ...]]:
        events: list[tuple[Any, ...]] = []

        def note(*arguments: Any) -> None:
            events.append(arguments)

        connected.append((hook, hook.connect(note)))
        return events

    yield listen
    for hook, function in connected:
        hook._functions.remove(function)
