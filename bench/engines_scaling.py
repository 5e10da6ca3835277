"""The same orders of `ct_surface` with one engine and with two, in the production layout, in turns.

    PYTHONPATH=. python bench/engines_scaling.py [--tasks 8] [--rounds 2] [--slices 60]

An order is bone and skin of one CT that is in the archive already. An engine computes one task at a time. What two engines
can gain on one machine is bounded by its cores: beside the times, the processors' share that was busy with one engine is
printed, which says how much was left for a second.
"""

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

import httpx
import psutil
from tests.fleet import Fleet

import ct_archive

ENGINE_SETTINGS = {"HOUNSFIELD_ENGINE_CAPACITY": "1"}


def run(engines: int, tasks: int, slices: int) -> tuple[float, float]:
    """Return the seconds that the tasks took, and the share of the processors that was busy meanwhile."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ct_archive.write(folder / "ct.zip", slices)
        layout = Fleet(
            folder, apis=1, workers=1, schedulers=1, engines=engines, engine_settings=ENGINE_SETTINGS
        )
        with layout as fleet, httpx.Client(base_url=f"{fleet.url}/api/v1", timeout=120) as http:
            http.headers["Authorization"] = f"Bearer {fleet.token}"
            with (folder / "ct.zip").open("rb") as file:
                first = http.post(
                    "/files/upload", files={"file": ("ct.zip", file)}, data={"task_type": "ct_surface"}
                ).json()
            study = _ended(http, [first["task_id"]])[0]["study_uid"]
            series = http.get(f"/studies/{study}").json()["series"][0]["series_uid"]
            wish = {"task_type": "ct_surface", "study_uid": study, "series_uid": series}
            began = time.monotonic()
            psutil.cpu_percent()
            ordered = [
                http.post("/tasks", json=wish).raise_for_status().json()["task_id"] for _ in range(tasks)
            ]
            _ended(http, ordered)
            return time.monotonic() - began, psutil.cpu_percent() / 100


def _ended(http: httpx.Client, tasks: list[str]) -> list[dict[str, str]]:
    found = []
    for task_id in tasks:
        while (task := http.get(f"/tasks/{task_id}").json())["status"] not in ("COMPLETED", "FAILED"):
            time.sleep(0.2)
        if task["status"] != "COMPLETED":
            raise RuntimeError(f"{task['failure_code']}: {task}")
        found.append(task)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--slices", type=int, default=60)
    options = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors, {options.tasks} tasks a run")
    seconds: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(options.rounds):
        for engines in seconds:
            took, busy = run(engines, options.tasks, options.slices)
            seconds[engines].append(took)
            print(
                f"{engines} engine(s): {took:.1f} s, {options.tasks / took:.2f} tasks/s, processors {busy:.0%} busy"
            )
    one, two = (statistics.median(seconds[engines]) for engines in (1, 2))
    print(f"one engine to two: {one / two:.2f} times as fast")


if __name__ == "__main__":
    main()
