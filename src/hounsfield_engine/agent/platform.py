"""The platform over HTTP: one method an endpoint, and two kinds of error, refused or not reached."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from hounsfield_engine.agent import wire

ReplyT = TypeVar("ReplyT", bound=wire.Reply)
CHUNK = 1 << 18


class Unreachable(Exception):
    """No usable answer (network, 429, 5xx, not the contract): the same request may succeed later."""


class Refused(Exception):
    """A definite no (4xx): repeating the request will not help."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{status} {code} {detail}".strip())
        self.status = status
        self.code = code


class _Bearer(httpx.Auth):
    """Sends the engine's token to the platform, and to no other host an input URL may name."""

    def __init__(self, origin: httpx.URL, token: str) -> None:
        self._origin = (origin.scheme, origin.host, origin.port)
        self._value = f"Bearer {token}"

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]
        if (request.url.scheme, request.url.host, request.url.port) == self._origin:
            request.headers["Authorization"] = self._value
        yield request


class Platform:
    """A thread-safe client with kept-alive connections."""

    def __init__(self, api_url: str, token: str, *, connections: int) -> None:
        self._http = httpx.Client(
            base_url=api_url,
            auth=_Bearer(httpx.URL(api_url), token),
            timeout=httpx.Timeout(20.0, connect=5.0),
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            headers={"Accept": "application/json", "Accept-Language": "en"},
        )

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    def register(self, body: wire.RegisterRequest) -> wire.RegisterReply:
        """Make this process the living one of its engine id."""
        return self._post("/engines", body, wire.RegisterReply)

    def heartbeat(self, engine_id: str, body: wire.HeartbeatRequest) -> wire.HeartbeatReply:
        """Report load and attempts; learn what to cancel."""
        return self._post(f"/engines/{engine_id}/heartbeat", body, wire.HeartbeatReply)

    def claim(self, engine_id: str, body: wire.ClaimRequest) -> wire.ClaimReply:
        """Turn an offer into an attempt with a lease."""
        return self._post(f"/engines/{engine_id}/claim", body, wire.ClaimReply)

    def progress(self, task_id: str, body: wire.ProgressRequest) -> wire.ProgressReply:
        """Report progress; learn whether to stop."""
        return self._post(f"/tasks/{task_id}/progress", body, wire.ProgressReply)

    def complete(self, task_id: str, body: wire.CompleteRequest) -> wire.TaskReply:
        """Hand in the results, all uploaded before."""
        return self._post(f"/tasks/{task_id}/complete", body, wire.TaskReply)

    def fail(self, task_id: str, body: wire.FailRequest) -> wire.TaskReply:
        """Give the attempt up and say what should follow."""
        return self._post(f"/tasks/{task_id}/fail", body, wire.TaskReply)

    @contextmanager
    def download(self, url: str, epoch: int, offset: int) -> Iterator[httpx.Response]:
        """Open an input at `offset`; the answer is 206 from there, or 200 from the beginning."""
        headers = {"X-Attempt-Epoch": str(epoch), "Accept": "*/*", "Accept-Encoding": "identity"}
        if offset:
            headers["Range"] = f"bytes={offset}-"
        with _transport(), self._http.stream("GET", url, headers=headers, follow_redirects=True) as response:
            if not response.is_success:
                response.read()
                _raise_for(response)
            yield response

    def upload(self, url: str, epoch: int, path: Path, sha256: str, content_type: str) -> wire.UploadReply:
        """Send one result file as it is read from disk."""
        headers = {
            "X-Attempt-Epoch": str(epoch),
            "X-Content-SHA256": sha256,
            "Content-Type": content_type,
            "Content-Length": str(path.stat().st_size),
        }
        with _transport():
            return _parse(self._http.put(url, content=_chunks(path), headers=headers), wire.UploadReply)

    def _post(self, path: str, body: BaseModel, reply: type[ReplyT]) -> ReplyT:
        headers = {"Content-Type": "application/json"}
        with _transport():
            response = self._http.post(f"/api/v1{path}", content=body.model_dump_json(), headers=headers)
        return _parse(response, reply)


@contextmanager
def _transport() -> Iterator[None]:
    try:
        yield
    except httpx.RequestError as error:
        raise Unreachable(type(error).__name__) from error


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(CHUNK):
            yield block


def _parse(response: httpx.Response, reply: type[ReplyT]) -> ReplyT:
    if not response.is_success:
        _raise_for(response)
    try:
        return reply.model_validate_json(response.content)
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, item["loc"])) for item in error.errors())
        raise Unreachable(f"answer breaks the contract: {fields}") from error


def _raise_for(response: httpx.Response) -> None:
    status = response.status_code
    if status >= 500 or status in (408, 425, 429) or not response.is_client_error:
        raise Unreachable(f"HTTP {status}")
    try:
        problem = wire.Problem.model_validate_json(response.content)
    except ValidationError:
        problem = wire.Problem()
    raise Refused(status, problem.code, problem.detail)
