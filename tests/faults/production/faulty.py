"""The production layout with a network between its parts that can fail, and an algorithm that does as it is told."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx
import psutil
from sqlalchemy import func, make_url, select
from tests.faults.production.proxy import Proxy
from tests.fleet import CLOCKS, ROOT, Fleet
from tests.invariants import faults, unfinished
from tests.processes import until
from tests.servers import ACCESS_KEY, SECRET_KEY

from hounsfield.http import rooms as _rooms  # noqa: F401  every table
from hounsfield.kit.outbox import OutboxMessage
from hounsfield.kit.platform import Platform
from hounsfield.kit.settings import Settings
from hounsfield.points.ledger import POINT_LOW
from hounsfield.tasks.models import Task, TaskEvent, TaskFile
from hounsfield.tasks.transitions import ENDED

LEASE = float(CLOCKS["HOUNSFIELD_LEASE_SECONDS"])
REAPER = float(CLOCKS["HOUNSFIELD_REAPER_INTERVAL_SECONDS"])
LEADER = float(CLOCKS["HOUNSFIELD_LEADER_SECONDS"])
ALGORITHMS = "tests.faults.production.toy:TOY,tests.faults.production.toy:LOOKER"
PLENTY = 1_000_000
SERVING = "engine.serving"


class FaultyFleet(Fleet):
    """A fleet whose database and broker are reached through `database` and `broker`, which can be cut."""

    def __init__(self, folder: Path, **how: Any) -> None:
        path = {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
        settings = {**path, **how.pop("settings", {})}
        engine_settings = {
            **path,
            "HOUNSFIELD_ENGINE_ALGORITHMS": ALGORITHMS,
            **how.pop("engine_settings", {}),
        }
        super().__init__(folder, settings=settings, engine_settings=engine_settings, **how)
        self._proxies: list[Proxy] = []
        self.small_spool: Path | None = None
        self._sound_commands: dict[str, list[str]] = {}

    def _open_database(self) -> None:
        super()._open_database()
        url = make_url(self.database_url)
        self.database = self._between(url.host or "127.0.0.1", url.port or 5432)
        self.database_url = url.set(host="127.0.0.1", port=self.database.port).render_as_string(
            hide_password=False
        )

    def _open_broker(self) -> None:
        super()._open_broker()
        url = make_url(self.broker_url.replace("amqp:", "amqp+x:", 1))
        self.broker_direct_url = self.broker_url
        self.broker = self._between(url.host or "127.0.0.1", url.port or 5672)
        through = url.set(host="127.0.0.1", port=self.broker.port).render_as_string(hide_password=False)
        self.broker_url = through.replace("amqp+x:", "amqp:", 1)

    def _servers(self) -> dict[str, str]:
        found = super()._servers()
        if self._redis:
            self.redis = self._between("127.0.0.1", self._redis.port)
            found["HOUNSFIELD_REDIS_URL"] = f"redis://127.0.0.1:{self.redis.port}/0"
        if self._s3:
            self.bucket = self._between("127.0.0.1", self._s3.port)
            there, here = f"127.0.0.1:{self._s3.port}", f"127.0.0.1:{self.bucket.port}"
            found["HOUNSFIELD_STORAGE_URL"] = found["HOUNSFIELD_STORAGE_URL"].replace(there, here)
        return found

    def _between(self, host: str, port: int) -> Proxy:
        proxy = Proxy(host, port)
        self._stack.callback(proxy.close)
        self._proxies.append(proxy)
        return proxy

    def _build(self) -> None:
        super()._build()
        user = self.get("/users/profile")["user_id"]
        wish = {"quota_type": POINT_LOW, "delta": PLENTY, "reason": "for tests"}
        answer = self.put(f"/admin/quotas/users/{user}/adjust", wish)
        assert answer.status_code == 200, answer.text

    # ---- doing

    def sabotage(self, names: Iterable[str], fault: str, mark: Path, **variables: str) -> None:
        """Start processes again with a fault built in (see sabotage.py); `mend` takes it out."""
        module = [sys.executable, "-m", "tests.faults.production.sabotage", fault, str(mark)]
        given = _env(variables)
        self._replace({name: [*given, *module, *self.processes[name].command[1:]] for name in names})

    def wrap(self, names: Iterable[str], **variables: str) -> None:
        """Start processes again with further variables; `mend` takes them away."""
        self._replace({name: [*_env(variables), *self.processes[name].command] for name in names})

    def _replace(self, commands: Mapping[str, list[str]]) -> None:
        for name, command in commands.items():
            self._sound_commands.setdefault(name, self.processes[name].command)
            self.processes[name].command = command
        self.again(*commands)

    def again(self, *names: str) -> None:
        """Start processes, killing those that run, and wait until they say that they are ready."""
        said = {name: self._said(name) for name in names}
        for name in names:
            self.processes[name].remove()
            self.start(name)
        until(lambda: all(self._ready(name, said[name]) for name in names), f"{names} to be ready")

    def heal(self) -> None:
        """Let every network through."""
        for proxy in self._proxies:
            proxy.heal()

    def mend(self) -> None:
        """Undo whatever a test did to the fleet: networks, commands, drained engines, dead processes."""
        self.heal()
        for name, command in self._sound_commands.items():
            self.processes[name].command = command
            self.processes[name].remove()
        self._sound_commands.clear()
        self.again(*(name for name, process in self.processes.items() if not process.running))
        for name in self.names("engine"):
            self.put(f"/engines/{name}/drain", {"drain": False})
        # one that heard of it too late has left
        self.again(*(name for name in self.names("engine") if not self.processes[name].running))
        until(self._engines_there, "the engines to be back")

    def _said(self, name: str) -> int:
        """Return how often an engine has said that it is registered and listens."""
        log = self.processes[name].log
        return log.read_text(errors="replace").count(SERVING) if log.exists() else 0

    def _ready(self, name: str, said: int) -> bool:
        if name in self.names("engine"):
            return self._said(name) > said
        if name not in self.health_urls:
            return True
        try:
            return httpx.get(f"{self.health_urls[name]}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def post(self, path: str, body: Any, *, at: str | None = None) -> httpx.Response:
        """Ask the balancer, or one API, as the administrator."""
        base = self.api_urls[at] if at else self.url
        return httpx.post(f"{base}/api/v1{path}", json=body, headers=self.headers, timeout=30)

    def put(self, path: str, body: Any) -> httpx.Response:
        return httpx.put(f"{self.url}/api/v1{path}", json=body, headers=self.headers, timeout=30)

    def order(
        self,
        *,
        name: str = "",
        task_type: str = "toy",
        at: str | None = None,
        priority: int = 4,
        **parameters: Any,
    ) -> str:
        """Order a task and return its id."""
        wish = {"task_type": task_type, "name": name, "parameters": parameters, "priority": priority}
        answer = self.post("/tasks", wish, at=at)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["task_id"])

    def register(self, username: str) -> dict[str, str]:
        """Return the headers of a new account, which has an organization of its own."""
        wish = {"username": username, "password": "correct horse battery"}
        assert self.post("/users/register", wish).status_code == 201
        token = self.post("/users/login", wish).json()["access_token"]
        return {"Authorization": f"Bearer {token}"}

    def cancel(self, task_id: str) -> None:
        answer = self.post(f"/tasks/{task_id}/cancel", None)
        assert answer.status_code == 200, answer.text

    def upload(self, archive: bytes) -> str:
        """Upload an archive, ask for it to be taken in, and return the upload's id."""
        tus = {**self.headers, "Tus-Resumable": "1.0.0"}
        with httpx.Client(base_url=f"{self.url}/api/v1", headers=tus, timeout=30) as client:
            made = client.post("/uploads", headers={"Upload-Length": str(len(archive))})
            assert made.status_code == 201, made.text
            path = made.headers["Location"].removeprefix("/api/v1")
            bytes_ = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
            assert client.patch(path, content=archive, headers=bytes_).status_code == 204
            assert client.post(f"{path}/ingest").status_code == 202
            return path.rpartition("/")[2]

    def order_on(self, archive: bytes, task_type: str, *, at: str | None = None, **parameters: Any) -> str:
        """Upload a ZIP, order a task on it and return its id."""
        answer = httpx.post(
            f"{self.api_urls[at] if at else self.url}/api/v1/files/upload",
            files={"file": ("ct.zip", archive, "application/zip")},
            data={"task_type": task_type, "parameters": json.dumps(parameters)},
            headers=self.headers,
            timeout=30,
        )
        assert answer.status_code == 202, answer.text
        return str(answer.json()["task_id"])

    # ---- looking, past everything that may be broken

    def row(self, task_id: str) -> Task:
        with self.db.read() as session:
            return session.get_one(Task, task_id)

    def wait(self, task_id: str, *states: str, seconds: float = 60) -> Task:
        """Return a task once it has one of these states (by default: once it has ended)."""
        wanted = states or tuple(status.value for status in ENDED)
        until(lambda: self.row(task_id).status in wanted, f"{wanted}: {self.told(task_id)}", seconds)
        return self.row(task_id)

    def wait_all(self, seconds: float = 120) -> None:
        """Return once no task is on its way."""
        ended = [status.value for status in ENDED]
        query = select(func.count()).where(Task.status.not_in(ended))

        def done() -> bool:
            with self.db.read() as session:
                return session.scalar(query) == 0

        until(done, "the end of every task", seconds)

    def told(self, task_id: str) -> list[str]:
        """Return what happened to a task, step by step."""
        with self.db.read() as session:
            events = session.scalars(
                select(TaskEvent).where(TaskEvent.task_id == task_id).order_by(TaskEvent.id)
            )
            return [f"{e.to_status}/{e.epoch} {e.actor} {e.reason}".strip() for e in events]

    def result(self, task_id: str) -> bytes:
        """Return the one result of a completed task."""
        with self.db.read() as session:
            files = list(session.scalars(select(TaskFile).where(TaskFile.task_id == task_id, TaskFile.final)))
        assert [file.name for file in files] == ["result.bin"]
        answer = httpx.get(
            f"{self.url}/api/v1/tasks/{task_id}/results/result.bin",
            headers=self.headers,
            timeout=30,
            follow_redirects=True,
        )
        assert answer.status_code == 200, answer.text
        return answer.content

    def outbox(self, *kinds: str) -> list[OutboxMessage]:
        with self.db.read() as session:
            return list(session.scalars(select(OutboxMessage).where(OutboxMessage.kind.in_(kinds))))

    def sound(self, *, at_rest: bool = True) -> list[str]:
        """Return what is wrong with the whole database, and what never ended."""
        settings = Settings(
            data_dir=self.folder / ("looking" if self._s3 else "data"),
            database_url=self.db.url.render_as_string(hide_password=False),
            storage_url=self._s3.url("fleet") if self._s3 else "",
            s3_access_key=ACCESS_KEY,
            s3_secret_key=SECRET_KEY,
            secret_key="not used",
        )
        platform = Platform.open(settings)
        try:
            found = faults(platform)
            if at_rest:
                with platform.db.read() as session:
                    found += unfinished(session)
            return found
        finally:
            platform.close()


def _env(variables: Mapping[str, str]) -> list[str]:
    return ["env", *(f"{name}={value}" for name, value in variables.items())] if variables else []


def seconds_until(done: Callable[[], bool], what: str, seconds: float = 60) -> float:
    """Wait for something and return how long it took."""
    began = time.monotonic()
    until(done, what, seconds)
    return round(time.monotonic() - began, 2)


def go(hold: Path, engine: str = "") -> None:
    """Let a held toy go on, everywhere or on one engine."""
    Path(f"{hold}.{engine}.go" if engine else f"{hold}.go").touch()


def holders(hold: Path) -> list[str]:
    """Return the engines on which a held toy has arrived."""
    names = (path.name.removeprefix(f"{hold.name}.") for path in hold.parent.glob(f"{hold.name}.*"))
    return sorted(name for name in names if "." not in name and name != "go")


def the_holder(hold: Path) -> str:
    """Return the first engine on which a held toy has arrived, once one has."""
    until(lambda: bool(holders(hold)), "an engine to begin")
    return holders(hold)[0]


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
