"""How long a process that writes now and then waits for its turn, while others write without a pause. One SQLite file.

    python bench/sqlite_turns.py [--seconds 15] [--processes 2] [--threads 4]

The busy processes are like an API and a worker under load; the patient one is like a relay: a short transaction every
20 ms. What counts is the tail: news wait for this turn.
"""

import argparse
import multiprocessing
import os
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlalchemy.exc import OperationalError

from hounsfield.kit.db import Base, Database
from hounsfield.kit.outbox import OutboxMessage

ROW = {"kind": "event", "body": {}, "priority": 0}


def write(db: Database) -> None:
    with db.write() as session:
        for _ in range(5):
            session.execute(insert(OutboxMessage), ROW)


def busy(url: str, threads: int, seconds: float, counts: Any) -> None:
    db, until, done = Database(url), time.monotonic() + seconds, [0] * threads

    def go(number: int) -> None:
        while time.monotonic() < until:
            write(db)
            done[number] += 1

    workers = [threading.Thread(target=go, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    counts.put(sum(done))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--threads", type=int, default=4)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'turns.db'}"
        db = Database(url)
        Base.metadata.create_all(db.engine)
        counts = multiprocessing.Queue()
        arguments = (url, options.threads, options.seconds, counts)
        others = [multiprocessing.Process(target=busy, args=arguments) for _ in range(options.processes)]
        print(f"load average {os.getloadavg()[0]:.1f}")
        for other in others:
            other.start()
        time.sleep(1.5)
        waits, refused, until = [], 0, time.monotonic() + options.seconds - 2
        while time.monotonic() < until:
            began = time.monotonic()
            try:
                write(db)
            except OperationalError:
                refused += 1
            waits.append(1e3 * (time.monotonic() - began))
            time.sleep(0.02)
        for other in others:
            other.join()
        written = [counts.get() for _ in others]
        print(f"the busy ones: {[round(n / options.seconds) for n in written]} transactions/s")
        print(
            f"the patient one: {len(waits)} turns, p50 {statistics.median(waits):.0f} ms, "
            f"p95 {sorted(waits)[int(0.95 * len(waits))]:.0f} ms, longest {max(waits):.0f} ms, refused {refused}"
        )


if __name__ == "__main__":
    main()
