"""Simulated engines and customers of a fleet. They speak HTTP as cheaply as Python can: they share the cores with it."""

import http.client
import itertools
import json
import queue
import threading
import time
import uuid
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from kombu import Connection, Consumer, Exchange, Message, Queue
from tests.fleet import Fleet

MANIFEST = {
    "name": "noop",
    "version": "1",
    "title": {"en": "nothing"},
    "input_kind": "none",
    "parameters": {"type": "object"},
    "memory_mb": 1,
}
CLIENTS = 8
BEAT_SECONDS = 10  # as in production
KEPT_SECONDS = 4.0  # the server hangs up on who is silent for five
PASSWORD = "bench only, not a secret"


class Caller:
    """Sends JSON and reads JSON; every thread has a connection of its own, to one of the servers in turn."""

    def __init__(self, urls: Iterable[str]) -> None:
        self._hosts = itertools.cycle([urlsplit(url).netloc for url in urls])
        self._local = threading.local()

    def __call__(self, method: str, path: str, token: str, body: Any) -> tuple[int, Any]:
        """Return status and answer."""
        local, now = self._local, time.monotonic()
        if now - getattr(local, "used", 0.0) > KEPT_SECONDS:
            local.connection = http.client.HTTPConnection(next(self._hosts), timeout=120)
        local.used = now
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        local.connection.request(method, f"/api/v1{path}", json.dumps(body), headers)
        with local.connection.getresponse() as answer:
            return answer.status, json.loads(answer.read())

    def ask(self, method: str, path: str, token: str, body: Any) -> Any:
        """Return the answer; anything but success is an error."""
        status, answer = self(method, path, token, body)
        assert status in (200, 201), (status, answer)
        return answer


class Engines(threading.Thread):
    """One thread reads the queue of every engine, a pool claims and completes."""

    def __init__(self, fleet: Fleet, count: int, capacity: int) -> None:
        super().__init__(daemon=True)
        self._fleet, self._count, self._capacity = fleet, count, capacity
        self._boot, self._stopping = uuid.uuid4().hex, threading.Event()
        self._pool = ThreadPoolExecutor(CLIENTS)
        self._call = Caller(fleet.api_urls.values())
        self.started: queue.Queue[tuple[str, float]] = queue.Queue()
        self.ended: queue.Queue[float] = queue.Queue()
        self.claim_seconds: list[float] = []
        self.refused = 0

    def register(self) -> list[Queue]:
        exchange, queues = Exchange("compute.tasks", type="direct", durable=True), []
        for number in range(self._count):
            body = {
                "engine_id": f"bench-{number}",
                "boot_id": self._boot,
                "hostname": "bench",
                "port": 0,
                "capacity": self._capacity,
                "supported_algorithms": [MANIFEST],
            }
            answer = self._call.ask("POST", "/engines", self._fleet.engine_token, body)
            name = f"engine.bench-{number}"
            arguments = answer["queue_arguments"]
            queues.append(Queue(name, exchange, routing_key=name, durable=True, queue_arguments=arguments))
        return queues

    def run(self) -> None:
        queues = self.register()
        beat = time.monotonic()
        with (
            Connection(self._fleet.broker_url) as connection,
            Consumer(connection, queues, on_message=self._offered, prefetch_count=50, accept=["json"]),
        ):
            while not self._stopping.is_set():
                with suppress(TimeoutError):
                    connection.drain_events(timeout=0.2)
                if time.monotonic() - beat > BEAT_SECONDS:
                    beat = time.monotonic()
                    for number in range(self._count):
                        self._pool.submit(self._beat, f"bench-{number}")

    def _post(self, path: str, body: Any) -> tuple[int, Any]:
        return self._call("POST", path, self._fleet.engine_token, body)

    def _beat(self, engine_id: str) -> None:
        body = {"boot_id": self._boot, "current_load": 0, "status": "AVAILABLE", "attempts": []}
        self._post(f"/engines/{engine_id}/heartbeat", body)

    def _offered(self, message: Message) -> None:
        _, offer, _ = message.decode()
        message.ack()
        self._pool.submit(self._attempt, message.delivery_info["routing_key"].removeprefix("engine."), offer)

    def _attempt(self, engine_id: str, offer: dict[str, Any]) -> None:
        body = {"task_id": offer["task_id"], "epoch": offer["epoch"], "boot_id": self._boot}
        began = time.monotonic()
        status, _ = self._post(f"/engines/{engine_id}/claim", body)
        if status != 200:
            self.refused += 1
            return
        now = time.monotonic()
        self.claim_seconds.append(now - began)
        self.started.put((offer["task_id"], now))
        done = {"epoch": offer["epoch"], "results": [], "metrics": {}}
        status, answer = self._post(f"/tasks/{offer['task_id']}/complete", done)
        assert status == 200, answer
        self.ended.put(time.monotonic())

    def stop(self) -> None:
        self._stopping.set()
        self.join()
        self._pool.shutdown()


class Customers:
    """People with an account each, who order over every API process in turn."""

    def __init__(self, fleet: Fleet, count: int) -> None:
        self._call = Caller(fleet.api_urls.values())
        self._tokens = [self._join(fleet, f"customer-{number}") for number in range(count)]

    def _join(self, fleet: Fleet, name: str) -> str:
        """Register somebody, give them points, and return their token."""
        account = {"username": name, "password": PASSWORD}
        user_id = self._call.ask("POST", "/users/register", "", account)["user_id"]
        gift = {"quota_type": "POINT_LOW", "delta": 1_000_000, "reason": "bench"}
        self._call.ask("PUT", f"/admin/quotas/users/{user_id}/adjust", fleet.token, gift)
        return str(self._call.ask("POST", "/users/login", "", account)["access_token"])

    def place(self, number: int) -> tuple[str, float]:
        """Return a new task and when its order was answered."""
        token = self._tokens[number % len(self._tokens)]
        answer = self._call.ask("POST", "/tasks", token, {"task_type": "noop"})
        return answer["task_id"], time.monotonic()
