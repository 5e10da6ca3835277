"""The production layout on this machine: every role a process, on PostgreSQL, RabbitMQ, Redis and S3, behind Caddy.

    with Fleet(tmp_path, apis=2, realtimes=1, bucket=True, redis=True) as fleet:
        fleet.kill("api-1")
        httpx.get(f"{fleet.url}/api/v1/tasks", headers=fleet.headers)

Database and virtual host are its own and gone afterwards; Redis, S3 and the balancer are processes of its own. Names:
`api-1`, `realtime-1`, `worker-1`, `scheduler-1`, `engine-1` …, `redis`, `s3`, `balancer`. On a failure the ends of all
logs are printed. Without a bucket the roles share a folder; without `realtimes` the APIs serve the sockets.
"""

import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from hounsfield.engines.service import TOKEN_PREFIX
from hounsfield.kit.db import Database
from tests.processes import Process, free_port, until
from tests.servers import RedisServer, S3Server, own_database, own_vhost

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = Path(sys.executable).parent
ADMIN_PASSWORD = "fleet administrator"
CLOCKS = {
    "HOUNSFIELD_LEASE_SECONDS": "4",
    "HOUNSFIELD_HEARTBEAT_INTERVAL_SECONDS": "1",
    "HOUNSFIELD_REAPER_INTERVAL_SECONDS": "1",
    "HOUNSFIELD_LEADER_SECONDS": "3",
}
START_SECONDS = 180.0  # for a dozen processes that start at once, on a machine that has other work


class Fleet:
    """Processes of the platform and what they need. `settings` and `engine_settings` are further variables."""

    def __init__(
        self,
        folder: Path,
        *,
        apis: int = 2,
        realtimes: int = 0,
        workers: int = 1,
        schedulers: int = 2,
        engines: int = 2,
        bucket: bool = False,
        redis: bool = False,
        settings: Mapping[str, str] | None = None,
        engine_settings: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.processes: dict[str, Process] = {}
        self._mark = f"hounsfield_fleet_{uuid.uuid4().hex[:10]}"
        self._counts = {
            "api": apis,
            "realtime": realtimes,
            "worker": workers,
            "scheduler": schedulers,
            "engine": engines,
        }
        self._s3 = S3Server(folder) if bucket else None
        self._redis = RedisServer(folder) if redis else None
        self.engine_token = f"{TOKEN_PREFIX}_{uuid.uuid4().hex}"
        self._settings = {**CLOCKS, **(settings or {})}
        self._engine_settings = dict(engine_settings or {})
        self._stack = ExitStack()
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.api_urls: dict[str, str] = {}
        self.health_urls: dict[str, str] = {}
        self.token = ""

    # ---- life

    def __enter__(self) -> Self:
        try:
            self._build()
        except BaseException:
            self._tell()
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._tell()
        self._stack.close()

    def _build(self) -> None:
        self._open_database()
        self._open_broker()
        self._common = {
            **{name: value for name, value in os.environ.items() if not name.startswith("HOUNSFIELD_")},
            "HOUNSFIELD_BROKER_URL": self.broker_url,
        }
        self._platform = {
            **self._common,
            "HOUNSFIELD_DATABASE_URL": self.database_url,
            "HOUNSFIELD_SECRET_KEY": "a key of a test that lasts as long as its fleet",
            "HOUNSFIELD_DATA_DIR": str(self.folder / "data"),
            "HOUNSFIELD_DEMO": "0",
            **self._servers(),
            **self._settings,
        }
        self._migrate()
        self._add_roles()
        for process in self.processes.values():
            if not process.running:
                self._stack.callback(process.remove)
                process.start()
        until(self._answers, "the API behind the balancer", START_SECONDS)
        self.token = self._sign_in()
        until(self._engines_there, "the engines", START_SECONDS)

    def _servers(self) -> dict[str, str]:
        """Start the servers that belong to this fleet alone, and return where they are."""
        found: dict[str, str] = {}
        for server in filter(None, (self._redis, self._s3)):
            self.processes[server.name] = server
            self._stack.callback(server.remove)
            server.start()
        if self._redis:
            found["HOUNSFIELD_REDIS_URL"] = self._redis.url
        if self._s3:
            found |= {"HOUNSFIELD_STORAGE_URL": self._s3.url("fleet"), **self._s3.environment}
        return found

    def _open_database(self) -> None:
        self.database_url = own_database(self._stack, self._mark)
        self.db = Database(self.database_url)
        self._stack.callback(self.db.dispose)

    def _open_broker(self) -> None:
        self.broker_url = own_vhost(self._stack, self._mark)

    def _migrate(self) -> None:
        environment = {
            **self._platform,
            "HOUNSFIELD_ADMIN_PASSWORD": ADMIN_PASSWORD,
            "HOUNSFIELD_ENGINE_TOKEN": self.engine_token,
        }
        done = subprocess.run(
            [str(PROGRAMS / "hounsfield"), "migrate"], env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr

    # ---- processes

    def _add_roles(self) -> None:
        apart = ["--no-sockets"] if self._counts["realtime"] else []
        for number in range(1, self._counts["api"] + 1):
            name = f"api-{number}"
            self.api_urls[name] = self._add(name, "api", *apart)
        for role in ("realtime", "worker", "scheduler"):
            for number in range(1, self._counts[role] + 1):
                self._add(f"{role}-{number}", role)
        for number in range(1, self._counts["engine"] + 1):
            self._add_engine(f"engine-{number}")
        self._add_balancer()

    def _add(self, name: str, role: str, *arguments: str) -> str:
        port = free_port()
        option = "--port" if role in ("api", "realtime") else "--health-port"
        # nothing but the database, the broker and the bucket is shared by machines: a folder for each process then
        folder = self.folder / (f"{name}-data" if self._s3 else "data")
        environment = {**self._platform, "HOUNSFIELD_DATA_DIR": str(folder)}
        command = [str(PROGRAMS / "hounsfield"), role, *arguments, option, str(port)]
        self.processes[name] = Process(name, command, environment, self._log(name))
        self.health_urls[name] = f"http://127.0.0.1:{port}"
        return self.health_urls[name]

    def _add_engine(self, name: str) -> None:
        environment = {
            **self._common,
            "HOUNSFIELD_API_URL": self.url,
            "HOUNSFIELD_ENGINE_TOKEN": self.engine_token,
            "HOUNSFIELD_ENGINE_ID": name,
            "HOUNSFIELD_ENGINE_WORK_DIR": str(self.folder / name),
            **self._engine_settings,
        }
        command = [str(PROGRAMS / "hounsfield-engine"), "run"]
        self.processes[name] = Process(name, command, environment, self._log(name))

    def _add_balancer(self) -> None:
        sockets = [self.health_urls[name] for name in self.names("realtime")]
        environment = {
            **self._common,
            "HOME": str(self.folder),
            "SITE": self.url,
            "API_UPSTREAMS": _hosts(self.api_urls.values()),
            "REALTIME_UPSTREAMS": _hosts(sockets or self.api_urls.values()),
        }
        command = [str(PROGRAMS / "caddy"), "run", "--adapter", "caddyfile", "--config"]
        command.append(str(ROOT / "deploy" / "Caddyfile"))
        self.processes["balancer"] = Process("balancer", command, environment, self._log("balancer"))

    def _log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    def start(self, name: str) -> None:
        """Start a process that was killed or ended; on the same port and folder as before."""
        self.processes[name].start()

    def kill(self, name: str) -> None:
        """SIGKILL: as a power cut would."""
        self.processes[name].kill()

    def stop(self, name: str) -> None:
        """SIGSTOP: it hangs, its connections stay open."""
        self.processes[name].signal(signal.SIGSTOP)

    def cont(self, name: str) -> None:
        """SIGCONT."""
        self.processes[name].signal(signal.SIGCONT)

    def end(self, name: str) -> None:
        """SIGTERM; it must be gone within ten seconds with exit code 0."""
        code = self.processes[name].end()
        assert code == 0, f"{name} ended with {code}\n{self.processes[name].tail()}"

    def names(self, role: str) -> list[str]:
        """Return the names of a role's processes."""
        return [name for name in self.processes if re.fullmatch(rf"{role}-\d+", name)]

    # ---- asking

    @property
    def headers(self) -> dict[str, str]:
        """What a request of the administrator carries."""
        return {"Authorization": f"Bearer {self.token}"}

    def get(self, path: str) -> Any:
        """Return what the API answers the administrator."""
        answer = httpx.get(f"{self.url}/api/v1{path}", headers=self.headers, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def _answers(self) -> bool:
        self._all_alive()
        try:
            return all(
                httpx.get(f"{url}/readyz").status_code == 200 for url in self.health_urls.values()
            ) and (httpx.get(f"{self.url}/api/v1/openapi.json").status_code == 200)
        except httpx.TransportError:
            return False

    def _engines_there(self) -> bool:
        self._all_alive()
        here = [engine for engine in self.get("/engines")["items"] if engine["status"] == "AVAILABLE"]
        return len(here) >= self._counts["engine"]

    def _all_alive(self) -> None:
        for process in self.processes.values():
            assert process.running, f"{process.name} ended\n{process.tail()}"

    def _sign_in(self) -> str:
        body = {"username": "admin", "password": ADMIN_PASSWORD}
        answer = httpx.post(f"{self.url}/api/v1/users/login", json=body, timeout=30)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def _tell(self) -> None:
        for process in self.processes.values():
            sys.stderr.write(process.tail() + "\n")


def _hosts(urls: Iterable[str]) -> str:
    return " ".join(url.removeprefix("http://") for url in urls)
