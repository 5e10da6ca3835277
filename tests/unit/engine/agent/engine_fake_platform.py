"""A platform in memory behind a real HTTP server: the engine's contract, and the ways it can go wrong."""

import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

from hounsfield_engine.agent import wire

TOKEN = "engine-token-of-the-tests"
PATIENCE_S = 20


@dataclass
class FakeTask:
    task_id: str
    algorithm: str
    parameters: dict
    files: dict
    epoch: int = 1
    start_to_close_s: float = 60
    status: str = "ASSIGNED"
    cancel: bool = False
    outputs: dict = field(default_factory=dict)
    progress: list = field(default_factory=list)
    failure: dict | None = None
    completion: dict | None = None
    downloads: int = 0
    model: bytes | None = None


class Problem(Exception):
    def __init__(self, status, code):
        self.status, self.code = status, code


class FakePlatform:
    def __init__(self):
        self.changed = threading.Condition()
        self.tasks = {}
        self.boots = []
        self.known = True
        self.superseded = False
        self.drain = False
        self.queue_arguments = {}
        self.beats = []
        self.faults = []  # [(method and path pattern, status or "cut" or "corrupt")], each used once
        self._ids = count(1)
        self._server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"platform": self}))
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def add(self, algorithm, files=None, parameters=None, **more):
        task = FakeTask(f"task-{next(self._ids)}", algorithm, parameters or {}, files or {}, **more)
        self.tasks[task.task_id] = task
        return task

    def wait_for(self, predicate, what="the engine"):
        with self.changed:
            done = self.changed.wait_for(predicate, PATIENCE_S)
        assert done, f"waited in vain for {what() if callable(what) else what}"

    # the endpoints

    def register(self, body):
        request = wire.RegisterRequest.model_validate_json(body)
        self.boots.append(request.boot_id)
        self.known = True
        queues = [f"engine.{request.engine_id}"] + [
            f"algorithm.{a.name}" for a in request.supported_algorithms
        ]
        return 201, {
            "engine_id": request.engine_id,
            "status": "AVAILABLE",
            "heartbeat_interval_s": 0.3,
            "heartbeat_timeout_s": 60,
            "exchange": "compute.tasks",
            "queues": queues,
            "queue_arguments": self.queue_arguments,
        }

    def heartbeat(self, body, engine_id):
        request = wire.HeartbeatRequest.model_validate_json(body)
        if not self.known:
            raise Problem(404, "ENGINE_UNKNOWN")
        if self.superseded:
            raise Problem(409, "ENGINE_SUPERSEDED")
        self.beats.append(request)
        cancel = [task.task_id for task in self.tasks.values() if task.cancel]
        return 200, {"cancel": cancel, "drain": self.drain}

    def claim(self, body, engine_id):
        request = wire.ClaimRequest.model_validate_json(body)
        task = self._fenced(request.task_id, request.epoch)
        if task.status != "ASSIGNED":
            raise Problem(409, "ILLEGAL_TRANSITION")
        task.status = "IN_PROGRESS"
        files = [
            {
                "name": name,
                "url": f"/api/v1/tasks/{task.task_id}/inputs/{name}",
                "sha256": hashlib.sha256(data).hexdigest(),
                "size": len(data),
            }
            for name, data in task.files.items()
        ]
        model = task.model and {
            "url": f"/api/v1/tasks/{task.task_id}/model",
            "sha256": hashlib.sha256(task.model).hexdigest(),
            "size": len(task.model),
            "manifest": {"name": "told"},
        }
        return 200, {
            "task_id": task.task_id,
            "order_no": "HF1",
            "task_type": task.algorithm,
            "algorithm": task.algorithm,
            "epoch": task.epoch,
            "attempt": 1,
            "lease_until": "2099-01-01T00:00:00Z",
            "start_to_close_s": task.start_to_close_s,
            "parameters": task.parameters,
            "inputs": [{"name": "images", "kind": "images", "files": files}],
            "model": model,
            "output_url_prefix": f"/api/v1/tasks/{task.task_id}/outputs/",
        }

    def download(self, epoch, task_id, name):
        task = self._fenced(task_id, epoch)
        task.downloads += 1
        return task.model if name is None else task.files[name]

    def upload(self, epoch, sha256, data, task_id, name):
        task = self._fenced(task_id, epoch)
        if hashlib.sha256(data).hexdigest() != sha256:
            raise Problem(422, "CHECKSUM_MISMATCH")
        task.outputs[name] = data
        return 201, {"name": name, "sha256": sha256, "size": len(data)}

    def progress(self, body, task_id):
        request = wire.ProgressRequest.model_validate_json(body)
        task = self._fenced(task_id, request.epoch)
        task.progress.append(request)
        return 200, {"cancel": False}

    def complete(self, body, task_id):
        request = wire.CompleteRequest.model_validate_json(body)
        task = self._fenced(task_id, request.epoch)
        for result in request.results:
            if hashlib.sha256(task.outputs.get(result.name, b"")).hexdigest() != result.sha256:
                raise Problem(422, "RESULT_MISSING")
        task.completion, task.status = json.loads(body), "COMPLETED"
        return 200, {"task_id": task_id, "status": task.status}

    def fail(self, body, task_id):
        request = wire.FailRequest.model_validate_json(body)
        task = self._fenced(task_id, request.epoch)
        task.failure, task.status = json.loads(body), "FAILED"
        return 200, {"task_id": task_id, "status": task.status}

    def _fenced(self, task_id, epoch):
        task = self.tasks[task_id]
        if int(epoch) != task.epoch:
            raise Problem(409, "STALE_EPOCH")
        return task

    def fault(self, call):
        for item in self.faults:
            if re.fullmatch(item[0], call):
                self.faults.remove(item)
                return item[1]
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """An engine that is killed resets its connections; anything else shows as an answer that never came."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    platform: FakePlatform

    def do_GET(self):
        self._answer()

    def do_POST(self):
        self._answer()

    def do_PUT(self):
        self._answer()

    def log_message(self, *args):
        pass

    def _answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        call = f"{self.command} {self.path}"
        with self.platform.changed:
            fault = self.platform.fault(call)
            try:
                if self.headers["Authorization"] != f"Bearer {TOKEN}":
                    raise Problem(401, "UNAUTHENTICATED")
                if isinstance(fault, int):
                    raise Problem(fault, "FAULT")
                status, answer = self._route(call, body)
            except Problem as problem:
                status, answer = (
                    problem.status,
                    {"status": problem.status, "code": problem.code, "detail": "no"},
                )
            self.platform.changed.notify_all()
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        if isinstance(answer, bytes) and (start := self.headers["Range"]):
            status, data = 206, data[int(re.findall(r"\d+", start)[0]) :]
        if fault == "corrupt":
            data = bytes(len(data))
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if fault == "cut":
            self.wfile.write(data[: len(data) // 2])
            self.close_connection = True
            return
        self.wfile.write(data)

    def _route(self, call, body):
        platform = self.platform
        if call == "POST /api/v1/engines":
            return platform.register(body)
        if found := re.fullmatch(r"POST /api/v1/engines/([^/]+)/(heartbeat|claim)", call):
            return getattr(platform, found[2])(body, found[1])
        if found := re.fullmatch(r"POST /api/v1/tasks/([^/]+)/(progress|complete|fail)", call):
            return getattr(platform, found[2])(body, found[1])
        epoch = self.headers["X-Attempt-Epoch"]
        if found := re.fullmatch(r"GET /api/v1/tasks/([^/]+)/inputs/([^/]+)", call):
            return 200, platform.download(epoch, *found.groups())
        if found := re.fullmatch(r"GET /api/v1/tasks/([^/]+)/model", call):
            return 200, platform.download(epoch, found[1], None)
        if found := re.fullmatch(r"PUT /api/v1/tasks/([^/]+)/outputs/([^/]+)", call):
            return platform.upload(epoch, self.headers["X-Content-SHA256"], body, *found.groups())
        raise Problem(404, "NOT_FOUND")
