"""Run the benches one after another and say how each ended: `python -m bench [--quick] [name …]`, or `make bench`.

Each runs in a process of its own and prints its own figures. Quote ratios: the load of the machine moves absolutes.
"""

import argparse
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
# arguments for the full size, and for a run in CI
BENCHES: dict[str, tuple[list[str], list[str]]] = {
    "broker_latency": ([], ["--rounds", "1", "--tasks", "200", "--idle", "1"]),
    "realtime_fanout": ([], ["--sockets", "100", "--rounds", "1", "--broadcasts", "5", "--seconds", "1"]),
    "ingest_vs_orthanc": ([], ["--quick"]),
    "ct_surface": ([], ["--quick"]),
    "demo_timeline": ([], ["--quick"]),
    "dicomweb_vs_orthanc": ([], ["--quick"]),
    "cstore_vs_orthanc": ([], ["--quick"]),
    "viewer_first_image": ([], ["--quick"]),
    "scheduling": ([], ["--sizes", "1000,5000", "--passes", "2"]),
    "sqlite_turns": ([], ["--seconds", "4"]),
    "fleet_vs_celery": ([], ["--rounds", "1", "--tasks", "50", "--rates", "5", "--seconds", "4"]),
    "engines_scaling": ([], ["--rounds", "1", "--tasks", "2", "--slices", "24"]),
}


def run(name: str, arguments: list[str]) -> tuple[int, float]:
    print(f"\n── {name} {' '.join(arguments)}", flush=True)
    began = time.monotonic()
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}  # some start the layouts that tests start
    command = [sys.executable, str(HERE / f"{name}.py"), *arguments]
    code = subprocess.run(command, check=False, env=environment).returncode
    return code, time.monotonic() - began


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="CI size")
    parser.add_argument("names", nargs="*", help=f"any of {', '.join(BENCHES)} (default: all)")
    options = parser.parse_args()
    if unknown := set(options.names) - BENCHES.keys():
        parser.error(f"no such bench: {', '.join(sorted(unknown))}")
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}", end="")
    print(f", load average {os.getloadavg()[0]:.1f}")
    ended = {name: run(name, BENCHES[name][options.quick]) for name in options.names or BENCHES}
    print("\n── summary")
    for name, (code, seconds) in ended.items():
        print(f"{name:20}{'ok' if code == 0 else f'failed ({code})':12}{seconds:6.0f} s")
    sys.exit(any(code for code, _ in ended.values()))


if __name__ == "__main__":
    main()
