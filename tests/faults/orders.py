"""An order by somebody whose platform may die at any moment: what was not answered is asked again."""

import base64
import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx
from tests.acceptance.people import ALGORITHM, Person

TUS = {"Tus-Resumable": "1.0.0"}
CHUNK = 64 << 10


@dataclass
class Order:
    """Surfaces of an archive, sent as one form or piece by piece; `send` may be called until it returns."""

    person: Person
    archive: bytes
    name: str
    resumable: bool
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    upload_id: str | None = None
    task_id: str | None = None

    def send(self) -> str:
        """Return the task's id, or raise httpx.TransportError where the platform went away."""
        answer = self._piecewise() if self.resumable else self._form()
        assert answer.status_code in (201, 202), answer.text
        self.task_id = str(answer.json()["task_id"])
        return self.task_id

    @property
    def _headers(self) -> dict[str, str]:
        return {"Idempotency-Key": self.key}

    def _form(self) -> httpx.Response:
        return self.person.api.post(
            "/files/upload",
            files={"file": ("ct.zip", self.archive, "application/zip")},
            data={"task_type": ALGORITHM, "model_name": self.name},
            headers=self._headers,
        )

    def _piecewise(self) -> httpx.Response:
        if self.upload_id is None:
            self.upload_id = (
                self._tus("POST", "/uploads", {"Upload-Length": str(len(self.archive))})
                .headers["Location"]
                .rpartition("/")[2]
            )
        where = f"/uploads/{self.upload_id}"
        offset = int(self._tus("HEAD", where, {}).headers["Upload-Offset"])
        while offset < len(self.archive):
            sent = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
            answer = self._tus("PATCH", where, sent, self.archive[offset : offset + CHUNK])
            offset = int(answer.headers["Upload-Offset"])
        wish = {"task_type": ALGORITHM, "upload_id": self.upload_id, "name": self.name}
        return self.person.api.post("/tasks", json=wish, headers=self._headers)

    def _tus(self, method: str, path: str, headers: dict[str, str], content: bytes = b"") -> httpx.Response:
        name = base64.b64encode(self.name.encode()).decode()
        sent: dict[str, Any] = {**TUS, **headers}
        if method == "POST":
            sent["Upload-Metadata"] = f"filename {name}"
        answer = self.person.api.request(method, path, headers=sent, content=content)
        assert answer.is_success, answer.text
        return answer
