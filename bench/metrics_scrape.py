"""What one reading of the fleet's figures costs (`/metrics`, kept five seconds), with ever more tasks and 100 engines.

    python bench/metrics_scrape.py [--sizes 1000,100000] [--database-url URL]

Seven in ten tasks wait, the others have ended. The rest of a scrape writes text and does not depend on the tasks. The ratio to
the smallest size says how it grows.
"""

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

from bench.scheduling import backlog, engines, people
from sqlalchemy import text, update

from hounsfield.cli import migrate
from hounsfield.http.figures import read
from hounsfield.kit.platform import Platform
from hounsfield.kit.settings import Settings
from hounsfield.tasks.models import Task

ROUNDS = 9


def fill(platform: Platform, tenants: list[tuple[str, str]], size: int) -> None:
    """Make tasks, end three in ten of them, and let the database look at its tables."""
    with platform.db.write() as session:
        session.execute(text("DELETE FROM tasks"))
    backlog(platform, tenants, size)
    with platform.db.write() as session:
        odd = Task.order_no.like("%1") | Task.order_no.like("%3") | Task.order_no.like("%5")
        session.execute(update(Task).where(odd).values(status="COMPLETED"))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default="1000,10000,100000")
    parser.add_argument("--database-url", default="", help="an empty database; default: SQLite")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), database_url=options.database_url, secret_key="bench" * 8)
        migrate.bring_up(settings)
        platform = Platform.open(settings)
        tenants = people(platform)
        engines(platform)
        print(f"load average {os.getloadavg()[0]:.1f}, {platform.db.url.get_backend_name()}")
        print(f"{'tasks':>9}{'ms':>9}{'ratio':>8}")
        first = None
        for size in map(int, options.sizes.split(",")):
            fill(platform, tenants, size)
            costs = []
            for _ in range(ROUNDS):
                began = time.perf_counter()
                read(platform)
                costs.append(1e3 * (time.perf_counter() - began))
            first = first or statistics.median(costs)
            print(
                f"{size:9}{statistics.median(costs):9.1f}{statistics.median(costs) / first:8.1f}", flush=True
            )
        platform.close()


if __name__ == "__main__":
    main()
