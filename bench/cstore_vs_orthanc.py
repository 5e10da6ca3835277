"""C-STORE by dcmtk's storescu: our DICOM port beside Debian's Orthanc, same disk, same data, in turn.

    python bench/cstore_vs_orthanc.py            # 300 slices, one and four associations, three rounds: about two minutes
    python bench/cstore_vs_orthanc.py --quick    # CI size

Both answer with success when an object is durable in their default way: we sync the object, its folder and the row
(SQLite, synchronous=FULL), Orthanc syncs its storage area. Both have TCP_NODELAY. Each round begins on empty folders.

Quote ratios: the load of the machine moves all sides.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import ct_archive
from hounsfield.accounts.service.registration import ensure_administrator
from hounsfield.cli.migrate import bring_up
from hounsfield.dimse.models import DicomNode
from hounsfield.kit.platform import Platform
from hounsfield.kit.settings import Settings
from running import ADMIN_PASSWORD, cached_bytecode, cpu_seconds, free_port

ORTHANC = "/usr/sbin/Orthanc"
TITLE = "BENCH"
START_SECONDS = 60.0


@contextmanager
def ours(folder: Path) -> Iterator[tuple[int, int]]:
    """Start `hounsfield dimse` alone, on a database with one node; yields its port and its process."""
    settings = Settings(data_dir=folder)
    bring_up(settings)
    platform = Platform.open(settings)
    with platform.db.write() as session:
        ensure_administrator(session, ADMIN_PASSWORD)
    with platform.db.write() as session:
        organization = session.connection().exec_driver_sql("SELECT id FROM organizations").scalar_one()
        session.add(DicomNode(organization_id=organization, ae_title=TITLE))
    platform.close()
    port = free_port()
    program = Path(sys.executable).with_name("hounsfield")
    command = [str(program), "dimse", "--data-dir", str(folder), "--dimse-port", str(port)]
    environment = cached_bytecode(folder.parent / "bytecode") | {"HOUNSFIELD_LOG_LEVEL": "WARNING"}
    with _running(command, port, "HOUNSFIELD", environment) as process:
        yield port, process


@contextmanager
def orthanc(folder: Path) -> Iterator[tuple[int, int]]:
    """Start Orthanc as it comes from Debian, but for its folder, its ports, and TCP_NODELAY."""
    port = free_port()
    settings = {
        "StorageDirectory": str(folder),
        "IndexDirectory": str(folder),
        "HttpPort": free_port(),
        "DicomPort": port,
        "DicomAet": "ORTHANC",
        "DicomCheckCalledAet": False,
        "DicomAlwaysAllowStore": True,
        "DicomAlwaysAllowEcho": True,
        "RemoteAccessAllowed": False,
        "TcpNoDelay": True,
        "Plugins": [],
    }
    (folder / "orthanc.json").write_text(json.dumps(settings))
    environment = {**os.environ, "TCP_NODELAY": "1"}
    with _running([ORTHANC, str(folder / "orthanc.json")], port, "ORTHANC", environment) as process:
        yield port, process


@contextmanager
def _running(command: list[str], port: int, title: str, environment: dict[str, str]) -> Iterator[int]:
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        try:
            deadline = time.monotonic() + START_SECONDS
            echo = ["echoscu", "-aet", TITLE, "-aec", title, "127.0.0.1", str(port)]
            while subprocess.run(echo, capture_output=True, check=False).returncode:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{command[0]} does not answer")
                time.sleep(0.1)
            yield process.pid
        finally:
            process.terminate()
            process.wait(30)


def send(folder: Path, port: int, title: str) -> subprocess.Popen[bytes]:
    command = ["storescu", "-aet", TITLE, "-aec", title, "+sd", "-xe", "127.0.0.1", str(port), str(folder)]
    # dcmtk's own switch: without it Nagle's algorithm is what is measured
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, "TCP_NODELAY": "1"})


def measure(
    start: Callable[[Path], object], title: str, shares: list[Path], folder: Path
) -> tuple[float, float]:
    """Return seconds, and seconds of the server's CPU, until every share is stored."""
    with start(folder) as (port, pid):  # type: ignore[attr-defined]  # both are context managers
        os.sync()
        began, cpu = time.perf_counter(), cpu_seconds(pid)
        senders = [send(share, port, title) for share in shares]
        codes = [sender.wait() for sender in senders]
        seconds, cpu = time.perf_counter() - began, cpu_seconds(pid) - cpu
        if any(codes):
            raise RuntimeError(f"storescu ended with {codes}")
        return seconds, cpu


def shares(source: list[Path], count: int, folder: Path) -> list[Path]:
    """Deal the files out to as many folders as there are associations."""
    made = [folder / f"{count}-{number}" for number in range(count)]
    for each in made:
        each.mkdir()
    for number, path in enumerate(source):
        os.link(path, made[number % count] / path.name)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="40 slices, one round")
    parser.add_argument("--slices", type=int)
    parser.add_argument("--rounds", type=int)
    parser.add_argument(
        "--dir", type=Path, help="a folder on the disk to measure (default: the temporary folder)"
    )
    options = parser.parse_args()
    slices, rounds = (40, 1) if options.quick else (300, 3)
    slices, rounds = options.slices or slices, options.rounds or rounds
    if shutil.which("storescu") is None:
        print("nothing measured: dcmtk is not installed")
        return
    sides: dict[str, tuple[Callable[[Path], object], str]] = {"ours": (ours, "HOUNSFIELD")}
    if Path(ORTHANC).exists():
        sides["orthanc"] = (orthanc, "ORTHANC")
    else:
        print("no comparison: Debian's package `orthanc` is not installed")
    with tempfile.TemporaryDirectory(dir=options.dir, prefix="cstore-bench-") as temporary:
        folder = Path(temporary)
        ct_archive.write(folder / "ct.zip", slices)
        (folder / "files").mkdir()
        shutil.unpack_archive(folder / "ct.zip", folder / "files")
        files = sorted(path for path in (folder / "files").rglob("*") if path.is_file())
        size = sum(path.stat().st_size for path in files)
        print(f"{len(files)} slices, {size / 1e6:.0f} MB")
        for associations in (1, 4):
            _compare(sides, shares(files, associations, folder), rounds, len(files), folder)


def _compare(
    sides: dict[str, tuple[Callable[[Path], object], str]],
    dealt: list[Path],
    rounds: int,
    count: int,
    folder: Path,
) -> None:
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, (start, title) in sides.items():
            with tempfile.TemporaryDirectory(dir=folder) as at:
                found[name].append(measure(start, title, dealt, Path(at)))
    print(f"{len(dealt)} association(s), median of {rounds} rounds   (load average {os.getloadavg()[0]:.1f})")
    for name, runs in found.items():
        rate = statistics.median(count / seconds for seconds, _ in runs)
        cpu = statistics.median(1000 * cpu / count for _, cpu in runs)
        ratio = ""
        if name != "orthanc" and "orthanc" in found:
            pairs = zip(runs, found["orthanc"], strict=True)
            ratio = f"{statistics.median(theirs[0] / own[0] for own, theirs in pairs):6.2f} × Orthanc"
        print(f"  {name:9}{rate:6.0f} instances/s {cpu:6.1f} ms CPU each {ratio}", flush=True)


if __name__ == "__main__":
    main()
