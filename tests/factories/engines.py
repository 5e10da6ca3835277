"""An engine for tests: speaks the real HTTP contract, computes nothing."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from fastapi.testclient import TestClient

from hounsfield.engines.service import make_token
from hounsfield.kit.ids import new_id
from hounsfield.kit.platform import Platform

MANIFEST: dict[str, Any] = {
    "name": "ct_surface",
    "version": "1.0.0",
    "title": {"en": "3D models", "zh-CN": "三维模型"},
    "input_kind": "ct_series",
    "parameters": {
        "type": "object",
        "properties": {"tissues": {"type": "array", "items": {"enum": ["bone", "skin"]}}},
        "additionalProperties": False,
    },
    "schedule_to_start_s": 600,
    "start_to_close_s": 3600,
    "memory_mb": 1024,
}
PLAIN = {**MANIFEST, "name": "plain", "input_kind": "none", "parameters": {"type": "object"}}


def engine_token(platform: Platform) -> str:
    with platform.db.write() as session:
        return make_token(session, "test", created_by=None)[1]


@dataclass
class FakeEngine:
    """Registers, claims, uploads and reports through the API."""

    client: TestClient
    token: str
    engine_id: str = "engine-1"
    boot_id: str = field(default_factory=new_id)
    capacity: int = 1
    algorithms: list[dict[str, Any]] = field(default_factory=lambda: [MANIFEST, PLAIN])

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self.client.post(f"/api/v1{path}", json=body, headers=self.headers)

    def register(self) -> Any:
        return self.post(
            "/engines",
            {
                "engine_id": self.engine_id,
                "boot_id": self.boot_id,
                "hostname": "here",
                "port": 0,
                "capacity": self.capacity,
                "supported_algorithms": self.algorithms,
            },
        )

    def heartbeat(self, *attempts: dict[str, Any]) -> Any:
        body = {"boot_id": self.boot_id, "current_load": len(attempts), "status": "AVAILABLE"}
        return self.post(f"/engines/{self.engine_id}/heartbeat", {**body, "attempts": list(attempts)})

    def claim(self, task_id: str, epoch: int) -> Any:
        body = {"task_id": task_id, "epoch": epoch, "boot_id": self.boot_id}
        return self.post(f"/engines/{self.engine_id}/claim", body)

    def progress(self, task_id: str, epoch: int, progress: float, message: str = "") -> Any:
        return self.post(
            f"/tasks/{task_id}/progress", {"epoch": epoch, "progress": progress, "message": message}
        )

    def upload(self, task_id: str, epoch: int, name: str, content: bytes, sha256: str | None = None) -> Any:
        headers = {
            **self.headers,
            "X-Attempt-Epoch": str(epoch),
            "X-Content-SHA256": sha256 or hashlib.sha256(content).hexdigest(),
            "Content-Type": "application/octet-stream",
        }
        return self.client.put(f"/api/v1/tasks/{task_id}/outputs/{name}", content=content, headers=headers)

    def complete(self, task_id: str, epoch: int, *results: dict[str, Any]) -> Any:
        return self.post(
            f"/tasks/{task_id}/complete", {"epoch": epoch, "results": list(results), "metrics": {}}
        )

    def fail(self, task_id: str, epoch: int, decision: str, code: str = "BROKEN") -> Any:
        body = {"epoch": epoch, "code": code, "message": "it broke", "decision": decision}
        return self.post(f"/tasks/{task_id}/fail", body)


def result(name: str, content: bytes, kind: str = "document", **metadata: Any) -> dict[str, Any]:
    """Return the entry of a completion report for an uploaded file."""
    return {
        "name": name,
        "kind": kind,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "content_type": "application/octet-stream",
        "metadata": metadata,
    }
