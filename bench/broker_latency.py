"""Start latency and throughput of a Celery worker on the SQLite broker, against RabbitMQ in the same run.

    python bench/broker_latency.py [--rounds 3] [--tasks 1000] [--amqp amqp://guest:guest@127.0.0.1:5672//]

A task reports its start by a datagram, so that no result backend is measured. The brokers take turns, because other
load on the machine comes and goes; ratios count, absolute figures do not.
"""

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from celery import Celery
from celery.signals import worker_ready
from kombu import Connection

from kombu_sqlite import url_for

QUEUE = "bench-broker-latency"
READY = -1

app = Celery("broker_latency", broker=os.environ.get("BENCH_BROKER_URL"))
app.conf.update(
    task_ignore_result=True,
    task_default_queue=QUEUE,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
)


def report(number: int) -> None:
    address = ("127.0.0.1", int(os.environ["BENCH_PORT"]))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(f"{number} {time.monotonic()}".encode(), address)


@worker_ready.connect
def ready(**_: object) -> None:
    report(READY)


@app.task(name="noop")
def noop(number: int) -> None:
    report(number)


class Listener:
    """Where the worker's reports arrive."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(60)
        self.port = self._socket.getsockname()[1]

    def next(self) -> tuple[int, float]:
        number, at = self._socket.recv(100).split()
        return int(number), float(at)


@contextmanager
def worker(url: str, listener: Listener, pool: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {
        "BENCH_BROKER_URL": url,
        "BENCH_PORT": str(listener.port),
        "PYTHONPATH": str(Path(__file__).parent),
    }
    command = [sys.executable, "-W", "ignore", "-m", "celery", "-A", "broker_latency", "worker"]
    command += ["--pool", pool, "--concurrency", "2", "--loglevel", "ERROR"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        while listener.next()[0] != READY:
            pass
        yield process
    finally:
        process.terminate()
        process.wait(30)


def cpu_seconds(process: psutil.Process) -> float:
    every = [process, *process.children(recursive=True)]
    return sum(p.cpu_times().user + p.cpu_times().system for p in every)


def measure(url: str, tasks: int, pool: str, idle: float) -> dict[str, float]:
    listener = Listener()
    app.conf.broker_url = url
    with (
        Connection(url) as connection,
        worker(url, listener, pool) as process,
        app.amqp.Producer(connection) as producer,
    ):
        latencies = []
        for number in range(200):
            sent = time.monotonic()
            noop.apply_async((number,), producer=producer)
            latencies.append(1000 * (listener.next()[1] - sent))
            time.sleep(0.002)
        started = time.monotonic()
        for number in range(tasks):
            noop.apply_async((number,), producer=producer)
        published = time.monotonic()
        last = max(listener.next()[1] for _ in range(tasks))
        before = cpu_seconds(psutil.Process(process.pid))
        time.sleep(idle)
        busy = cpu_seconds(psutil.Process(process.pid)) - before
    cuts = statistics.quantiles(latencies[20:], n=20)
    return {
        "start p50 ms": cuts[9],
        "start p95 ms": cuts[18],
        "published/s": tasks / (published - started),
        "tasks/s": tasks / (last - started),
        "idle CPU %": 100 * busy / idle,
    }


def reachable(url: str) -> bool:
    try:
        with Connection(url, connect_timeout=2) as connection:
            connection.ensure_connection(max_retries=1)
            connection.default_channel.queue_delete(QUEUE)
    except Exception as error:  # whatever it is, it only means that there is nothing to compare with
        print(f"no comparison: {url}: {error}")
        return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--pool", default="prefork", choices=["prefork", "threads", "solo"])
    parser.add_argument("--idle", type=float, default=5.0, help="seconds over which idle CPU is taken")
    parser.add_argument("--amqp", default="amqp://guest:guest@127.0.0.1:5672//")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        brokers = {"sqlitemq": url_for(Path(folder) / "queue.db")}
        if reachable(options.amqp):
            brokers["amqp"] = options.amqp
        runs: dict[str, list[dict[str, float]]] = {name: [] for name in brokers}
        for number in range(options.rounds):
            for name, url in brokers.items():
                runs[name].append(measure(url, options.tasks, options.pool, options.idle))
                print(
                    f"round {number + 1} {name:9}",
                    {k: round(v, 2) for k, v in runs[name][-1].items()},
                    flush=True,
                )

    print(f"\nmedian of {options.rounds}", *(f"{name:>10}" for name in brokers), "     ratio")
    for key in runs["sqlitemq"][0]:
        medians = [statistics.median(run[key] for run in runs[name]) for name in brokers]
        ratio = f"{medians[0] / medians[1]:10.2f}" if len(medians) == 2 and medians[1] else ""
        print(f"{key:12}", *(f"{value:10.2f}" for value in medians), ratio)


if __name__ == "__main__":
    main()
