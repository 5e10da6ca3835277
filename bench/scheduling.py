"""What the scheduler pays for each task it gives out, with 100 engines and ever longer backlogs of many organizations.

    python bench/scheduling.py [--sizes 1000,10000,100000] [--passes 8] [--database-url URL]

Rows are made in bulk, as if they had been ordered and prepared; the engines are rows with a fresh heartbeat. A round
frees every engine (as if all had finished), then measures one pass, which gives out up to 100 tasks in one
transaction: event, notification and offer rows included. Ratios to the smallest backlog say whether the cost is flat.
"""

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

from sqlalchemy import Engine as SqlEngine
from sqlalchemy import create_engine, insert, make_url, text, update

from hounsfield.accounts.models import Organization, OrganizationKind, Tier, User
from hounsfield.cli import migrate
from hounsfield.engines.models import Engine, EngineToken
from hounsfield.http import rooms as _rooms  # noqa: F401  loads every table
from hounsfield.kit.clock import utc_now
from hounsfield.kit.ids import new_id
from hounsfield.kit.outbox import OutboxMessage
from hounsfield.kit.platform import Platform
from hounsfield.kit.settings import Settings
from hounsfield.tasks.models import Task
from hounsfield.tasks.scheduler import schedule

ORGANIZATIONS, ENGINES, CAPACITY = 50, 100, 4
KINDS = ("ct_surface", "body_composition", "basic_clean")
DEFAULT = "postgresql+psycopg://postgres@127.0.0.1:5432/hounsfield_bench"


def recreate(url: str) -> SqlEngine:
    parsed = make_url(url)
    admin = create_engine(parsed.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {parsed.database} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {parsed.database}"))
    return admin


def people(platform: Platform) -> list[tuple[str, str]]:
    """Return (organization, user) of each tenant."""
    with platform.db.write() as session:
        found = []
        for number in range(ORGANIZATIONS):
            organization = Organization(id=new_id(), name=f"clinic {number}", kind=OrganizationKind.CLINIC)
            user = User(
                id=new_id(),
                organization_id=organization.id,
                username=f"user{number}",
                username_key=f"user{number}",
                password_hash="!",
                display_name="",
                tier=Tier.USER,
            )
            session.add(organization)
            session.flush()
            session.add(user)
            found.append((organization.id, user.id))
        return found


def engines(platform: Platform) -> None:
    with platform.db.write() as session:
        token = EngineToken(id=new_id(), name="bench", token_hash="bench")
        session.add(token)
        session.flush()
        far = utc_now().replace(year=utc_now().year + 1)
        for number in range(ENGINES):
            session.add(
                Engine(
                    id=f"engine-{number:03d}",
                    token_id=token.id,
                    boot_id="bench",
                    hostname="bench",
                    port=0,
                    capacity=CAPACITY,
                    memory_mb=64_000,
                    algorithms=[{"name": kind, "version": "1"} for kind in KINDS],
                    heartbeat_at=far,
                )
            )


def backlog(platform: Platform, tenants: list[tuple[str, str]], size: int) -> None:
    """Queue tasks, the first organization holding nine tenths of them."""
    now = utc_now()
    rows = []
    for number in range(size):
        organization, owner = tenants[0 if number % 10 else number // 10 % ORGANIZATIONS]
        rows.append(
            {
                "id": new_id(),
                "order_no": f"B{size}-{number}",
                "organization_id": organization,
                "owner_id": owner,
                "name": "bench",
                "task_type": KINDS[number % 3],
                "runs_on": KINDS[number % 3],
                "memory_mb": 900,
                "parameters": {},
                "priority": 4,
                "status": "QUEUED",
                "crashed_on": [],
                "queue_rank": 5e12 + number * (1 if number % 10 else 0.1),
                "start_to_close_s": 3600,
                "schedule_to_start_s": 600,
                "payment_mode": "prepaid_mode",
                "payment_status": "PAID",
                "price_amount": 0,
                "price_unit": "POINT_LOW",
                "price_units": ["POINT_LOW"],
                "created_at": now,
                "schedule_by": now.replace(year=now.year + 1),
            }
        )
    with platform.db.write() as session:
        for start in range(0, size, 5000):
            session.execute(insert(Task), rows[start : start + 5000])
    with platform.db.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))


def measure(platform: Platform, passes: int) -> list[float]:
    """Return milliseconds per task given out, of each pass."""
    costs = []
    for _ in range(passes + 1):
        with platform.db.write() as session:
            session.execute(
                update(Task)
                .where(Task.status == "ASSIGNED")
                .values(status="COMPLETED", lease_until=None)
                .execution_options(synchronize_session=False)
            )
            session.execute(OutboxMessage.__table__.delete())  # type: ignore[attr-defined]
        began = time.perf_counter()
        given = schedule(platform)
        costs.append(1e3 * (time.perf_counter() - began) / given)
    return costs[1:]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default="1000,10000,100000")
    parser.add_argument("--passes", type=int, default=8)
    parser.add_argument("--database-url", default=DEFAULT)
    options = parser.parse_args()
    print(
        f"load average {os.getloadavg()[0]:.1f}; {ENGINES} engines of {CAPACITY}, {ORGANIZATIONS} organizations"
    )
    admin = recreate(options.database_url)
    first = None
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), database_url=options.database_url, secret_key="bench" * 8)
        migrate.bring_up(settings)
        platform = Platform.open(settings)
        tenants = people(platform)
        engines(platform)
        print(f"{'backlog':>9}{'ms per task':>14}{'tasks/s':>10}{'ratio':>8}")
        for size in map(int, options.sizes.split(",")):
            with platform.db.write() as session:
                for table in ("task_events", "user_events", "tasks"):
                    session.execute(text(f"DELETE FROM {table}"))
            backlog(platform, tenants, size)
            cost = statistics.median(measure(platform, options.passes))
            first = first or cost
            print(f"{size:9}{cost:14.2f}{1e3 / cost:10.0f}{cost / first:8.2f}", flush=True)
        platform.close()
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {make_url(options.database_url).database} WITH (FORCE)"))


if __name__ == "__main__":
    main()
