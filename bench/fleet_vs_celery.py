"""No-op tasks through the whole platform, beside plain Celery on the same RabbitMQ in the same run.

    python bench/fleet_vs_celery.py [--tasks 400] [--rate 50] [--seconds 10] [--engines 20] [--rounds 2]

Ours does for each task what it does for a paid one: order over HTTP with its hold, preparation by a worker, a place
found by the scheduler, offer, claim, completion, capture, news to the owner; PostgreSQL, every role a process. The
engines are simulated here (broker and HTTP, no child process), so that what is measured is the platform. Celery runs a
function that does nothing. CPU is that of the platform's processes, without servers and clients.
"""

import argparse
import contextlib
import os
import queue
import statistics
import tempfile
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
from kombu import Connection, Consumer, Exchange, Message, Queue
from tests.fleet import Fleet
from tests.servers import RABBITMQ

from broker_latency import measure as measure_celery
from running import cpu_seconds

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


class Engines(threading.Thread):
    """Simulated engines: one thread reads every queue, a pool claims and completes."""

    def __init__(self, fleet: Fleet, count: int, capacity: int) -> None:
        super().__init__(daemon=True)
        self._fleet, self._count, self._capacity = fleet, count, capacity
        self._boot, self._stopping = uuid.uuid4().hex, threading.Event()
        self._pool = ThreadPoolExecutor(CLIENTS)
        self._local = threading.local()
        self.started: queue.Queue[tuple[str, float]] = queue.Queue()
        self.ended: queue.Queue[float] = queue.Queue()
        self.claim_seconds: list[float] = []
        self.refused = 0
        self._turn = 0

    def client(self) -> httpx.Client:
        if not hasattr(self._local, "client"):
            self._turn += 1
            urls = list(self._fleet.api_urls.values())
            headers = {"Authorization": f"Bearer {self._fleet.engine_token}"}
            self._local.client = httpx.Client(
                base_url=urls[self._turn % len(urls)] + "/api/v1", headers=headers, timeout=60
            )
        client: httpx.Client = self._local.client
        return client

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
            answer = self.client().post("/engines", json=body)
            assert answer.status_code == 201, answer.text
            name = f"engine.bench-{number}"
            arguments = answer.json()["queue_arguments"]
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
                with contextlib.suppress(TimeoutError):
                    connection.drain_events(timeout=0.2)
                if time.monotonic() - beat > BEAT_SECONDS:
                    beat = time.monotonic()
                    for number in range(self._count):
                        self._pool.submit(self._beat, f"bench-{number}")

    def _beat(self, engine_id: str) -> None:
        body = {"boot_id": self._boot, "current_load": 0, "status": "AVAILABLE", "attempts": []}
        self.client().post(f"/engines/{engine_id}/heartbeat", json=body)

    def _offered(self, message: Message) -> None:
        _, offer, _ = message.decode()
        message.ack()
        self._pool.submit(self._attempt, message.delivery_info["routing_key"].removeprefix("engine."), offer)

    def _attempt(self, engine_id: str, offer: dict[str, Any]) -> None:
        body = {"task_id": offer["task_id"], "epoch": offer["epoch"], "boot_id": self._boot}
        began = time.monotonic()
        answer = self.client().post(f"/engines/{engine_id}/claim", json=body)
        if answer.status_code != 200:
            self.refused += 1
            return
        now = time.monotonic()
        self.claim_seconds.append(now - began)
        self.started.put((offer["task_id"], now))
        done = {"epoch": offer["epoch"], "results": [], "metrics": {}}
        assert self.client().post(f"/tasks/{offer['task_id']}/complete", json=done).status_code == 200
        self.ended.put(time.monotonic())

    def stop(self) -> None:
        self._stopping.set()
        self.join()
        self._pool.shutdown()


class Orders:
    """People who order, over every API process."""

    def __init__(self, fleet: Fleet) -> None:
        self._clients = [
            httpx.Client(base_url=url + "/api/v1", headers=fleet.headers, timeout=60)
            for url in fleet.api_urls.values()
        ]

    def place(self, number: int) -> tuple[str, float]:
        """Return a new task and when its order was answered."""
        client = self._clients[number % len(self._clients)]
        answer = client.post("/tasks", json={"task_type": "noop"})
        assert answer.status_code == 201, answer.text
        return answer.json()["task_id"], time.monotonic()


def throughput(fleet: Fleet, engines: Engines, tasks: int) -> dict[str, float]:
    orders = Orders(fleet)
    platform = [process.pid for process in fleet.processes.values() if process.name != "balancer"]
    before, began = sum(map(cpu_seconds, platform)), time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(orders.place, range(tasks)))
    ordered = time.monotonic()
    last = max(engines.ended.get(timeout=120) for _ in range(tasks))
    while not engines.started.empty():
        engines.started.get()
    used = sum(map(cpu_seconds, platform)) - before
    print({p.name: round(cpu_seconds(p.pid), 1) for p in fleet.processes.values()})
    return {
        "ordered/s": tasks / (ordered - began),
        "tasks/s": tasks / (last - began),
        "CPU ms/task": 1e3 * used / tasks,
    }


def latency(fleet: Fleet, engines: Engines, rate: float, seconds: float) -> dict[str, float]:
    """Order at a steady rate, whatever the platform does, and take the time from the order's answer to the claim's."""
    orders, count = Orders(fleet), int(rate * seconds)
    placed: dict[str, float] = {}

    def at(number: int) -> None:
        time.sleep(max(began + number / rate - time.monotonic(), 0))
        task_id, when = orders.place(number)
        placed[task_id] = when

    began = time.monotonic()
    with ThreadPoolExecutor(CLIENTS * 4) as pool:
        list(pool.map(at, range(count)))
    took = []
    for _ in range(count):
        task_id, started = engines.started.get(timeout=120)
        took.append(1e3 * (started - placed[task_id]))
    for _ in range(count):
        engines.ended.get(timeout=120)
    cuts = statistics.quantiles(took, n=20)
    return {"start p50 ms": cuts[9], "start p95 ms": cuts[18]}


def ours(folder: Path, options: argparse.Namespace) -> dict[str, float]:
    long = {"HOUNSFIELD_LEASE_SECONDS": "60", "HOUNSFIELD_REAPER_INTERVAL_SECONDS": "30"}
    with Fleet(folder, apis=2, workers=1, schedulers=1, engines=0, settings=long) as fleet:
        price = httpx.put(
            f"{fleet.url}/api/v1/admin/configs/task_prices", headers=fleet.headers,
            json={"value": {"noop": {"amount": 0}}},
        )  # fmt: skip
        assert price.status_code == 200, price.text
        engines = Engines(fleet, options.engines, 4)
        engines.start()
        while fleet.get("/engines")["total"] < options.engines:
            time.sleep(0.2)
        throughput(fleet, engines, 40)  # connections and caches
        figures = throughput(fleet, engines, options.tasks)
        engines.claim_seconds.clear()
        figures |= latency(fleet, engines, options.rate, options.seconds)
        figures["claim p50 ms"] = 1e3 * statistics.median(engines.claim_seconds)
        figures["refused claims"] = engines.refused
        engines.stop()
        return figures


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", type=int, default=400)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--engines", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    for number in range(options.rounds):
        print(f"round {number + 1}, load average {os.getloadavg()[0]:.1f}")
        celery = measure_celery(RABBITMQ + "//", 1000, "prefork", 1)
        print("  celery  ", {name: round(value, 1) for name, value in celery.items()}, flush=True)
        with tempfile.TemporaryDirectory() as folder:
            mine = ours(Path(folder), options)
        print("  platform", {name: round(value, 1) for name, value in mine.items()}, flush=True)
        print(f"  throughput ratio {mine['tasks/s'] / celery['tasks/s']:.3f}", flush=True)


if __name__ == "__main__":
    main()
