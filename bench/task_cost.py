"""What one no-op task costs the platform, stage by stage: CPU, SQL statements, transactions. One process, PostgreSQL.

    PYTHONPATH=. python bench/task_cost.py [--tasks 25] [--rounds 8] [--profile STAGE]

Every stage runs for all tasks before the next one begins, the requests through the whole application as uvicorn calls
it, messages to a real RabbitMQ. CPU is that of this process, so the figures hardly depend on what else the machine
does; of several rounds the cheapest counts. Sockets and HTTP parsing are not in them. `--profile` prints where a stage's time goes.
"""

import argparse
import asyncio
import cProfile
import json
import os
import pstats
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event, select
from tests.factories.accounts import make_token, make_user
from tests.servers import own_database, own_vhost

from hounsfield.cli import migrate
from hounsfield.engines.service import make_token as make_engine_token
from hounsfield.http.app import create_app
from hounsfield.kit.jobs import run_job
from hounsfield.kit.platform import Platform
from hounsfield.kit.settings import Settings
from hounsfield.points import ledger
from hounsfield.tasks.models import Task
from hounsfield.tasks.scheduler import schedule
from simulated import MANIFEST

MARK = f"hounsfield_task_cost_{os.getpid()}"
ENGINES = 20


class Client:
    """Calls the application without a network, on one loop that stays: its worker threads end with what it runs."""

    def __init__(self, platform: Platform) -> None:
        self._app = create_app(platform, sockets=False)
        self._loop = asyncio.new_event_loop()
        server = self._loop.run_until_complete
        threading.Thread(target=lambda: server(asyncio.Event().wait()), daemon=True).start()

    def post(self, path: str, token: str, body: dict[str, Any]) -> Any:
        request = self._post(path, token, json.dumps(body).encode())
        return asyncio.run_coroutine_threadsafe(request, self._loop).result()

    async def _post(self, path: str, token: str, content: bytes) -> Any:
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
            "path": f"/api/v1{path}", "raw_path": f"/api/v1{path}".encode(), "query_string": b"", "root_path": "",
            "headers": [
                (b"authorization", f"Bearer {token}".encode()),
                (b"content-type", b"application/json"),
                (b"content-length", str(len(content)).encode()),
            ],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "state": {},
        }  # fmt: skip
        status, answer, sent = 0, b"", False

        async def receive() -> dict[str, Any]:
            nonlocal sent
            if sent:
                await asyncio.Event().wait()
            sent = True
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Any) -> None:
            nonlocal status, answer
            status = message.get("status", status)
            answer += message.get("body", b"")

        await self._app(scope, receive, send)
        assert status in (200, 201), (status, answer)
        return json.loads(answer)


class Meter:
    """Counts what reaches the database and takes the CPU of this process."""

    def __init__(self, platform: Platform, tasks: int, profiled: str | None) -> None:
        self._tasks, self._profiled = tasks, profiled
        self._counts: Counter[str] = Counter()
        self._seen: Counter[str] = Counter()
        self._rows: defaultdict[str, list[tuple[float, float, float, float]]] = defaultdict(list)
        engine = platform.db.engine
        event.listen(engine, "before_cursor_execute", self._statement)
        for name in ("commit", "rollback"):
            event.listen(engine, name, lambda _connection, name=name: self._counts.update([name]))

    def _statement(self, _conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self._counts["statement"] += 1
        self._seen[" ".join(statement.split())[:110]] += 1

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self._counts.clear()
        self._seen.clear()
        profile = cProfile.Profile() if self._profiled == name and self._rows[name] else None
        wall, began = time.perf_counter(), time.process_time()
        if profile:
            profile.enable()
        yield
        if profile:
            profile.disable()
        used = 1e3 * (time.process_time() - began)
        row = (
            used / self._tasks,
            1e3 * (time.perf_counter() - wall) / self._tasks,
            self._counts["statement"] / self._tasks,
            (self._counts["commit"] + self._counts["rollback"]) / self._tasks,
        )
        self._rows[name].append(row)
        if profile:
            self._profiled = None
            pstats.Stats(profile).sort_stats("tottime").print_stats(45)
            for statement, count in self._seen.most_common():
                print(f"{count / self._tasks:7.2f}  {statement}")

    def table(self) -> None:
        """Print the cheapest round of each stage but the first, which fills caches."""
        print(f"{'stage':12}{'CPU ms':>9}{'wall ms':>9}{'statements':>12}{'transactions':>14}")
        best = {
            name: [min(column) for column in zip(*rows[1:], strict=True)] for name, rows in self._rows.items()
        }
        best["total"] = [sum(column) for column in zip(*best.values(), strict=True)]
        for name, values in best.items():
            print(f"{name:12}{values[0]:9.2f}{values[1]:9.2f}{values[2]:12.2f}{values[3]:14.2f}")


def drained(platform: Platform) -> None:
    while platform.relay.drain():
        pass


def walk(platform: Platform, client: Client, tasks: int, rounds: int, profiled: str | None) -> None:
    """Take all tasks through all stages."""
    user = make_user(platform, "bench")
    with platform.db.write() as session:
        ledger.grant(session, user.id, ledger.POINT_LOW, 10_000_000, actor_id=None, reason="bench")
        secret = make_engine_token(session, "bench", created_by=None)[1]
    token = make_token(platform, user)
    boot = "bench"
    for number in range(ENGINES):
        body = {"engine_id": f"bench-{number}", "boot_id": boot, "hostname": "bench", "capacity": 1000}
        client.post("/engines", secret, body | {"supported_algorithms": [MANIFEST]})
    drained(platform)
    meter = Meter(platform, tasks, profiled)
    for _ in range(rounds + 1):
        with meter.stage("order"):
            ids = [client.post("/tasks", token, {"task_type": "noop"})["task_id"] for _ in range(tasks)]
        with meter.stage("relay jobs"):
            drained(platform)
        with meter.stage("prepare"), platform.db.read() as session:
            created = session.scalars(select(Task.id).where(Task.status == "CREATED")).all()
            for task_id in created:
                run_job(platform, "tasks.prepare", {"task_id": task_id})
        with meter.stage("relay news"):
            drained(platform)
        with meter.stage("schedule"):
            while schedule(platform):
                pass
        with meter.stage("relay offers"):
            drained(platform)
        with platform.db.read() as session:
            places = dict(
                session.execute(select(Task.id, Task.assigned_engine_id).where(Task.id.in_(ids))).all()
            )
        with meter.stage("claim"):
            for task_id in ids:
                wish = {"task_id": task_id, "epoch": 1, "boot_id": boot}
                client.post(f"/engines/{places[task_id]}/claim", secret, wish)
        with meter.stage("complete"):
            for task_id in ids:
                client.post(f"/tasks/{task_id}/complete", secret, {"epoch": 1, "results": [], "metrics": {}})
        with meter.stage("relay ends"):
            drained(platform)
    meter.table()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", type=int, default=25)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--profile", help="a stage, as the table names it")
    options = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f}; {options.tasks} tasks, {ENGINES} engines")
    with ExitStack() as stack:
        settings = Settings(
            data_dir=Path(stack.enter_context(tempfile.TemporaryDirectory())),
            database_url=own_database(stack, MARK),
            broker_url=own_vhost(stack, MARK),
            secret_key="bench" * 8,
            lease_seconds=3600,  # the engines never beat
        )
        migrate.bring_up(settings)
        platform = Platform.open(settings)
        stack.callback(platform.close)
        walk(platform, Client(platform), options.tasks, options.rounds, options.profile)


if __name__ == "__main__":
    main()
