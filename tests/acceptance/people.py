"""Accounts and orders through the API, for tests in which the page that makes them is not the point."""

import json
import time
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx
from playwright.sync_api import BrowserContext
from websockets.sync.client import connect

PASSWORD = "correct horse battery"
ALGORITHM = "ct_surface"
_numbers = count(1)


@dataclass(frozen=True)
class Person:
    """Somebody with an account, and an API client signed in as them."""

    username: str
    password: str
    api: httpx.Client

    def get(self, path: str) -> Any:
        answer = self.api.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def put(self, path: str, body: Any) -> Any:
        answer = self.api.put(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any) -> Any:
        answer = self.api.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def balance(self) -> int:
        """Return the low points that can be spent."""
        return int(self.get("/points/balance")["low"]["available"])

    def order(self, archive: bytes, name: str = "Trunk", **parameters: Any) -> str:
        """Upload an archive, order surfaces of it and return the task's id."""
        answer = self.api.post(
            "/files/upload",
            files={"file": ("trunk.zip", archive, "application/zip")},
            data={"task_type": ALGORITHM, "model_name": name, "parameters": json.dumps(parameters)},
        )
        assert answer.status_code == 202, answer.text
        return str(answer.json()["task_id"])

    def store(self, instances: list[bytes]) -> None:
        """Send DICOM files by STOW-RS, as an archive does; no task is ordered."""
        parts = [b"--frontier\r\nContent-Type: application/dicom\r\n\r\n" + data for data in instances]
        answer = self.api.post(
            str(self.api.base_url.copy_with(path="/dicomweb/studies")),
            content=b"\r\n".join([*parts, b"--frontier--\r\n"]),
            headers={
                "Content-Type": 'multipart/related; type="application/dicom"; boundary=frontier',
                "Accept": "application/dicom+json",
            },
        )
        assert answer.status_code == 200, answer.text

    def wait(self, task_id: str, *states: str, seconds: float = 90) -> dict[str, Any]:
        """Return a task once it has one of these states; it is asked for only when there is news."""
        deadline = time.monotonic() + seconds
        address = str(self.api.base_url.copy_with(scheme="ws", path="/ws/task-status"))
        with connect(
            address, additional_headers={"Authorization": self.api.headers["Authorization"]}
        ) as news:
            news.recv(timeout=seconds)  # it listens from here on
            while (task := self.get(f"/tasks/{task_id}"))["status"] not in states:
                try:
                    news.recv(timeout=max(deadline - time.monotonic(), 0))
                except TimeoutError:
                    raise AssertionError(f"not {states} in {seconds} s: {task}") from None
            return dict(task)

    def speaks(self, language: str) -> None:
        self.put("/users/profile", {"language": language})

    def enter(self, context: BrowserContext, url: str) -> None:
        """Sign the browser in without its sign-in page."""
        answer = context.request.post(
            f"{url}/api/v1/users/login", data={"username": self.username, "password": self.password}
        )
        assert answer.ok, answer.text()


def fresh_name(stem: str) -> str:
    return f"{stem}{next(_numbers)}"


def sign_in(url: str, username: str, password: str) -> Person:
    # no connection outlives its answer: the server may be stopped between two of them
    api = httpx.Client(base_url=f"{url}/api/v1", timeout=60, limits=httpx.Limits(max_keepalive_connections=0))
    answer = api.post("/users/login", json={"username": username, "password": password})
    assert answer.status_code == 200, answer.text
    api.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return Person(username, password, api)


def newcomer(url: str, language: str = "en", stem: str = "person") -> Person:
    """Register somebody new."""
    name = fresh_name(stem)
    answer = httpx.post(
        f"{url}/api/v1/users/register",
        json={"username": name, "password": PASSWORD},
        headers={"Accept-Language": language},
        timeout=60,
    )
    assert answer.status_code == 201, answer.text
    return sign_in(url, name, PASSWORD)
