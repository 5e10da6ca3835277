"""No-op tasks through the whole platform, beside plain Celery on the same RabbitMQ in the same run.

    python bench/fleet_vs_celery.py [--tasks 400] [--rates 10 25 50] [--seconds 10] [--customers 8] [--rounds 2]

Ours does for each task what it does for a paid one: order over HTTP with its hold, a place found by the scheduler,
offer, claim, completion, capture, news to the owner; PostgreSQL, every role a process. Engines and customers are
simulated here (broker and HTTP, no child process), so that what is measured is the platform. Celery runs a function
that does nothing. CPU is given by role; that of RabbitMQ is of the whole server, whoever else uses it.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
from sqlalchemy import text
from tests.fleet import Fleet
from tests.servers import RABBITMQ

from broker_latency import measure as measure_celery
from running import cpu_seconds
from simulated import CLIENTS, Customers, Engines

PRICE = 1


def used(fleet: Fleet) -> dict[str, float]:
    """Return the CPU seconds of each role, of both servers and of this process until now."""
    roles: defaultdict[str, float] = defaultdict(float)
    for process in fleet.processes.values():
        if process.name != "balancer":
            roles[process.name.split("-")[0]] += cpu_seconds(process.pid)
    with fleet.db.engine.connect() as connection:
        backends = connection.scalars(
            text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        )
        roles["postgresql"] = sum(map(cpu_seconds, backends))
    brokers = [each.pid for each in psutil.process_iter(["name"]) if each.info["name"] == "beam.smp"]
    roles["rabbitmq"] = sum(map(cpu_seconds, brokers))
    roles["clients"] = cpu_seconds(os.getpid()) - sum(
        cpu_seconds(process.pid) for process in fleet.processes.values()
    )
    return dict(roles)


def throughput(fleet: Fleet, engines: Engines, customers: Customers, tasks: int) -> dict[str, float]:
    """Order as fast as it goes."""
    before, began = used(fleet), time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(customers.place, range(tasks)))
    ordered = time.monotonic()
    last = max(engines.ended.get(timeout=120) for _ in range(tasks))
    while not engines.started.empty():
        engines.started.get()
    cpu = {role: 1e3 * (after - before[role]) / tasks for role, after in used(fleet).items()}
    return {
        "ordered/s": tasks / (ordered - began),
        "tasks/s": tasks / (last - began),
        **{f"{role} CPU ms/task": value for role, value in cpu.items()},
        "platform CPU ms/task": sum(cpu.get(role, 0.0) for role in ("api", "worker", "scheduler")),
    }


def latency(engines: Engines, customers: Customers, rate: float, seconds: float) -> dict[str, float]:
    """Order at a steady rate, whatever the platform does, and take the time from the order's answer to the claim's."""
    count = int(rate * seconds)
    placed: dict[str, float] = {}
    engines.claim_seconds.clear()

    def at(number: int) -> None:
        time.sleep(max(began + number / rate - time.monotonic(), 0))
        task_id, when = customers.place(number)
        placed[task_id] = when

    began = time.monotonic()
    with ThreadPoolExecutor(CLIENTS * 4) as pool:
        list(pool.map(at, range(count)))
    kept = count / (time.monotonic() - began)
    took = []
    for _ in range(count):
        task_id, started = engines.started.get(timeout=120)
        took.append(1e3 * (started - placed[task_id]))
    for _ in range(count):
        engines.ended.get(timeout=120)
    cuts = statistics.quantiles(took, n=20)
    return {
        "orders/s": kept,
        "start p50 ms": cuts[9],
        "start p95 ms": cuts[18],
        "claim p50 ms": 1e3 * statistics.median(engines.claim_seconds),
    }


def shown(figures: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.1f}" for name, value in figures.items())


def ours(folder: Path, options: argparse.Namespace) -> float:
    """Measure the platform and return its tasks a second."""
    long = {"HOUNSFIELD_LEASE_SECONDS": "60", "HOUNSFIELD_REAPER_INTERVAL_SECONDS": "30"}
    with Fleet(folder, apis=2, workers=1, schedulers=1, engines=0, settings=long) as fleet:
        price = httpx.put(
            f"{fleet.url}/api/v1/admin/configs/task_prices", headers=fleet.headers,
            json={"value": {"noop": {"amount": PRICE}}},
        )  # fmt: skip
        assert price.status_code == 200, price.text
        customers, engines = Customers(fleet, options.customers), Engines(fleet, options.engines, 4)
        engines.start()
        while fleet.get("/engines")["total"] < options.engines:
            time.sleep(0.2)
        throughput(fleet, engines, customers, 40)  # connections and caches
        figures = throughput(fleet, engines, customers, options.tasks)
        print(f"  platform  {shown(figures)}", flush=True)
        for rate in options.rates:
            load = os.getloadavg()[0]
            steady = latency(engines, customers, rate, options.seconds)
            print(f"  at {rate:4.0f}/s  {shown(steady)}; load {load:.1f}", flush=True)
        print(f"  refused claims {engines.refused}")
        engines.stop()
        return figures["tasks/s"]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", type=int, default=400)
    parser.add_argument("--rates", type=float, nargs="*", default=[10, 25, 50])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--engines", type=int, default=20)
    parser.add_argument("--customers", type=int, default=8, help="1: everybody waits for one account")
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    for number in range(options.rounds):
        print(f"round {number + 1}, load average {os.getloadavg()[0]:.1f}, {options.customers} customers")
        celery = measure_celery(RABBITMQ + "//", 1000, "prefork", 1)
        print(f"  celery    {shown(celery)}", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            mine = ours(Path(folder), options)
        print(f"  throughput ratio {mine / celery['tasks/s']:.3f}", flush=True)


if __name__ == "__main__":
    main()
