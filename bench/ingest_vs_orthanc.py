"""A ZIP of 300 CT slices until its study can be searched: our ingest beside Debian's Orthanc, same disk, same run.

    python bench/ingest_vs_orthanc.py            # three rounds, then 3,000 slices for flatness: about three minutes
    python bench/ingest_vs_orthanc.py --quick    # CI size
    python bench/ingest_vs_orthanc.py --rounds 0 --flat 0 --indexed 1000000    # the job into an archive of that size

Both are durable in their default way: we sync each object and then commit its batch (SQLite, synchronous=FULL), Orthanc
syncs its storage area. Three sides in turn, each on an empty folder of its own:

    job       our ingest job alone: from a received file to rows that are committed and searchable
    platform  `hounsfield up`: from the first byte of POST /files/upload until GET /studies counts every instance
    orthanc   from the first byte of POST /instances (it takes a ZIP) until /statistics counts every instance

Quote ratios: the load of the machine moves all sides.
"""

import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import insert

import ct_archive
from hounsfield.accounts.service.registration import ensure_administrator
from hounsfield.cli.migrate import bring_up
from hounsfield.imaging import planner
from hounsfield.imaging.ingest import Progress, ingest
from hounsfield.imaging.models import Instance, Series, Study, Upload
from hounsfield.imaging.spool import spool_path
from hounsfield.kit.clock import utc_now
from hounsfield.kit.db import table_of
from hounsfield.kit.ids import new_id
from hounsfield.kit.platform import Platform
from hounsfield.kit.settings import Settings
from hounsfield.patients.models import Patient
from running import (
    ADMIN_PASSWORD,
    Hounsfield,
    cached_bytecode,
    cpu_seconds,
    forget_peak,
    free_port,
    peak_megabytes,
    wait_for,
)

ORTHANC = "/usr/sbin/Orthanc"
POLL_SECONDS, WARM_SLICES = 0.05, 3
INDEXED_SERIES = 10_000
MANIFEST = {"name": "ct_surface", "version": "1", "input_kind": "ct_series"}
Figures = dict[str, float]


def job(archive: Path, folder: Path, indexed: int = 0) -> Figures:
    """Run in a process of its own, so that its peak of memory is the job's."""
    command = [sys.executable, __file__, "--job", str(archive), "--dir", str(folder)]
    command += ["--indexed", str(indexed)]
    environment = cached_bytecode(folder.parent / "bytecode")
    ended = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment)
    found: Figures = json.loads(ended.stdout)
    return found


def run_job(archive: Path, folder: Path, indexed: int) -> Figures:
    settings = Settings(data_dir=folder)
    bring_up(settings)
    platform = Platform.open(settings)
    upload_id = _received(platform, archive)
    if indexed:
        _index(platform, indexed)
    marks: list[tuple[float, int]] = []

    def report(progress: Progress) -> None:
        marks.append((time.perf_counter(), progress.done))

    os.sync()
    forget_peak()
    before = peak_megabytes(os.getpid())
    began, cpu = time.perf_counter(), time.process_time()
    found = ingest(platform, upload_id, report)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    platform.close()
    figures = {"instances": found.progress.instances, "seconds": seconds, "CPU s": cpu, "MB before": before}
    middle = len(marks) // 2
    for name, part in (("first half/s", marks[: middle + 1]), ("second half/s", marks[middle:])):
        if len(part) > 4:  # with fewer batches the halves say nothing
            figures[name] = (part[-1][1] - part[0][1]) / (part[-1][0] - part[0][0])
    return figures | {"peak MB": peak_megabytes(os.getpid())}


def _received(platform: Platform, archive: Path) -> str:
    """Put the archive where an upload that has arrived lies, and return the upload's id."""
    with platform.db.write() as session:
        ensure_administrator(session, ADMIN_PASSWORD)
    with platform.db.write() as session:
        owner = session.connection().exec_driver_sql("SELECT id, organization_id FROM users").one()
        upload = Upload(
            organization_id=owner.organization_id,
            owner_id=owner.id,
            size=archive.stat().st_size,
            status="RECEIVED",
            expires_at=utc_now() + timedelta(days=1),
        )
        session.add(upload)
        session.flush()
        shutil.copyfile(archive, spool_path(platform, upload.id))
        return upload.id


def _index(platform: Platform, instances: int) -> None:
    """Add rows alone, of one patient's studies: what an insert has to find its place among."""
    planner.tell(platform.db)  # as a server does when it starts
    header = {"Rows": 512, "Columns": 512, "InstanceNumber": 1, "ImagePositionPatient": [0.0, 0.0, 0.0]}
    with platform.db.write() as session:
        organization = session.connection().exec_driver_sql("SELECT id FROM organizations").scalar_one()
        patient = Patient(organization_id=organization, mrn="M1", name="Indexed")
        session.add(patient)
        session.flush()
        own, patient_id = {"organization_id": organization}, patient.id
    for number in range(0, instances, INDEXED_SERIES):
        study, series = new_id(), new_id()
        rows = [
            {**own, "id": new_id(), "series_id": series, "sop_uid": f"1.2.9.{number + index}",
             "sop_class_uid": "1.2.840.10008.5.1.4.1.1.2", "transfer_syntax_uid": "1.2.840.10008.1.2.1",
             "number": index, "sha256": hashlib.sha256(b"%d" % (number + index)).hexdigest(), "size": 1,
             "header": header}
            for index in range(min(INDEXED_SERIES, instances - number))
        ]  # fmt: skip
        with platform.db.write() as session:
            studied = {**own, "id": study, "patient_id": patient_id, "study_uid": f"1.2.9.{number}.1"}
            session.execute(insert(Study), [studied])
            seried = {**own, "id": series, "study_id": study, "series_uid": f"1.2.9.{number}.2"}
            session.execute(insert(Series), [seried])
            session.connection().execute(insert(table_of(Instance)), rows)


def platform(archive: Path, folder: Path, slices: int) -> Figures:
    with Hounsfield(folder, "--no-engine", bytecode=folder.parent / "bytecode") as up:
        up.sign_in("admin", ADMIN_PASSWORD)
        _offer(up)
        _warm(up, archive.with_name("small.zip"))
        os.sync()
        began, cpu = time.perf_counter(), cpu_seconds(up.process.pid)
        received = _upload(up, archive)
        _searchable(up, slices + WARM_SLICES)
        seconds, cpu = time.perf_counter() - began, cpu_seconds(up.process.pid) - cpu
        peak = peak_megabytes(up.process.pid)
    return {"instances": slices, "seconds": seconds, "CPU s": cpu, "received s": received, "peak MB": peak}


def _warm(up: Hounsfield, archive: Path) -> None:
    """Let the worker, which starts after the API, do a job; Orthanc is up when it answers."""
    ct_archive.write(archive, WARM_SLICES, "warm")
    _upload(up, archive)
    _searchable(up, WARM_SLICES)


def _upload(up: Hounsfield, archive: Path) -> float:
    began = time.perf_counter()
    with archive.open("rb") as file:
        up.call("POST", "/files/upload", data={"task_type": "ct_surface"}, files={"file": file})
    return time.perf_counter() - began


def _searchable(up: Hounsfield, slices: int) -> None:
    while sum(study["instance_count"] for study in up.call("GET", "/studies")["items"]) < slices:
        time.sleep(POLL_SECONDS)


def _offer(up: Hounsfield) -> None:
    """Register an engine that never works, so that `ct_surface` can be ordered."""
    token = up.call("POST", "/engines/tokens", json={"name": "bench"})["token"]
    body = {"engine_id": "bench", "boot_id": "1", "hostname": "here", "capacity": 1}
    headers = {"Authorization": f"Bearer {token}"}
    up.call("POST", "/engines", json={**body, "supported_algorithms": [MANIFEST]}, headers=headers)


@contextmanager
def running_orthanc(folder: Path) -> Iterator[tuple[str, int]]:
    """Start Orthanc as it comes from Debian, but for its folder, its ports and its password."""
    port = free_port()
    settings = {
        "StorageDirectory": str(folder),
        "IndexDirectory": str(folder),
        "HttpPort": port,
        "DicomPort": free_port(),
        "AuthenticationEnabled": False,
        "RemoteAccessAllowed": False,
        "TcpNoDelay": True,
        "Plugins": [],
    }
    (folder / "orthanc.json").write_text(json.dumps(settings))
    with subprocess.Popen([ORTHANC, str(folder / "orthanc.json")], stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/system", process)
            yield f"http://127.0.0.1:{port}", process.pid
        finally:
            process.terminate()


def orthanc(archive: Path, folder: Path, slices: int) -> Figures:
    with running_orthanc(folder) as (origin, pid), httpx.Client(base_url=origin, timeout=300) as http:
        os.sync()
        began, cpu = time.perf_counter(), cpu_seconds(pid)
        with archive.open("rb") as file:
            length = {"Content-Length": str(archive.stat().st_size)}
            http.post(
                "/instances", content=iter(lambda: file.read(1 << 20), b""), headers=length
            ).raise_for_status()
        received = time.perf_counter() - began
        while http.get("/statistics").json()["CountInstances"] < slices:
            time.sleep(POLL_SECONDS)
        seconds, cpu = time.perf_counter() - began, cpu_seconds(pid) - cpu
        peak = peak_megabytes(pid)
    return {"instances": slices, "seconds": seconds, "CPU s": cpu, "received s": received, "peak MB": peak}


def compare(archive: Path, folder: Path, slices: int, rounds: int) -> None:
    sides: dict[str, Any] = {
        "job": lambda at: job(archive, at),
        "platform": lambda at: platform(archive, at, slices),
        "orthanc": lambda at: orthanc(archive, at, slices),
    }
    if not Path(ORTHANC).exists():
        print("no comparison: Debian's package `orthanc` is not installed")
        del sides["orthanc"]
    runs: dict[str, list[Figures]] = {name: [] for name in sides}
    for number in range(rounds):
        for name, measure in sides.items():
            with tempfile.TemporaryDirectory(dir=folder) as at:
                runs[name].append(measure(Path(at)))
            _show(f"round {number + 1} {name}", runs[name][-1])
    print(f"\nmedian of {rounds} rounds   (load average {os.getloadavg()[0]:.1f})")
    for name, found in runs.items():
        rate = statistics.median(run["instances"] / run["seconds"] for run in found)
        cpu = statistics.median(1000 * run["CPU s"] / run["instances"] for run in found)
        ratio = ""
        if name != "orthanc" and "orthanc" in runs:
            pairs = zip(found, runs["orthanc"], strict=True)
            ratio = f"{statistics.median(theirs['seconds'] / ours['seconds'] for ours, theirs in pairs):6.2f} × Orthanc"
        print(f"  {name:9}{rate:6.0f} instances/s {cpu:6.1f} ms CPU each {ratio}")


def _show(what: str, figures: Figures) -> None:
    rate = figures["instances"] / figures["seconds"]
    print(f"{what:18} {rate:6.0f}/s ", {name: round(value, 2) for name, value in figures.items()}, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="60 slices, one round, 600 for flatness")
    parser.add_argument("--slices", type=int)
    parser.add_argument("--rounds", type=int)
    parser.add_argument(
        "--indexed", type=int, default=0, help="also into an archive of so many instances, in turns"
    )
    parser.add_argument("--flat", type=int, help="slices of the run for flatness; 0 for none")
    parser.add_argument(
        "--dir", type=Path, help="a folder on the disk to measure (default: the temporary folder)"
    )
    parser.add_argument("--job", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.job:
        print(json.dumps(run_job(options.job, options.dir, options.indexed)))
        return
    slices, rounds, flat = (60, 1, 600) if options.quick else (300, 3, 3000)
    slices, rounds = options.slices or slices, rounds if options.rounds is None else options.rounds
    flat = flat if options.flat is None else options.flat
    with tempfile.TemporaryDirectory(dir=options.dir, prefix="ingest-bench-") as temporary:
        folder, archive = Path(temporary), Path(temporary) / "ct.zip"
        ct_archive.write(archive, slices)
        print(f"{slices} slices, {archive.stat().st_size / 1e6:.0f} MB packed")
        if rounds:
            compare(archive, folder, slices, rounds)
        for size in (0, options.indexed) * 2 if options.indexed else ():
            with tempfile.TemporaryDirectory(dir=folder) as at:
                _show(f"job among {size}", job(archive, Path(at), size))
        if flat:
            ct_archive.write(archive, flat)
            with tempfile.TemporaryDirectory(dir=folder) as at:
                _show(f"\n{flat} slices: job", job(archive, Path(at)))


if __name__ == "__main__":
    main()
