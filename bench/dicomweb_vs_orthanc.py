"""DICOMweb of the platform beside that of Debian's Orthanc (with its plugin): same slices, same disk, same run.

    python bench/dicomweb_vs_orthanc.py            # 300 slices, three rounds, then 100,000 studies: about six minutes
    python bench/dicomweb_vs_orthanc.py --quick    # CI size

Both are durable in their default way, Orthanc with TcpNoDelay. Sides take turns; each has an empty folder of its own and a
client that keeps its connection (`http.client`, which costs less than what it measures). Quote ratios: the load of the
machine moves both sides.
"""

import argparse
import gzip
import http.client
import json
import os
import statistics
import subprocess
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from pydicom import dcmread
from sqlalchemy import insert

import ct_archive
from hounsfield.http import rooms as _rooms  # noqa: F401  loads every table
from hounsfield.imaging.models import Series, Study
from hounsfield.kit.db import Database
from hounsfield.kit.ids import new_id
from hounsfield.patients.models import Patient
from running import ADMIN_PASSWORD, Hounsfield, free_port, wait_for

ORTHANC, PLUGIN = "/usr/sbin/Orthanc", "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"
CONNECTIONS = 8
BYTECODE = (
    Path(tempfile.gettempdir()) / "hounsfield-bench-bytecode"
)  # kept: compiling takes a minute on a busy machine
BOUNDARY = "slice-boundary-7f3a"
Figures = dict[str, float]


class Side:
    """A DICOMweb server under test."""

    def __init__(self, port: int, base: str, headers: dict[str, str]) -> None:
        self.port, self.base, self.headers = port, base, headers
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)

    def reconnect(self) -> None:
        """Begin anew: servers close connections that were quiet for some seconds."""
        self._connection.close()

    def ask(
        self, method: str, path: str, body: bytes | None = None, connection: Any = None, **headers: str
    ) -> bytes:
        connection = connection or self._connection
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        connection.request(method, f"{self.base}{path}", body, sent)
        answer = connection.getresponse()
        content: bytes = answer.read()
        if answer.status not in (200, 202):
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:300]!r}")
        return content

    def store(self, objects: list[bytes], connection: Any = None) -> None:
        parts = [
            f"--{BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n".encode() + content + b"\r\n"
            for content in objects
        ]
        body = b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])
        kind = f'multipart/related; type="application/dicom"; boundary={BOUNDARY}'
        self.ask("POST", "/studies", body, connection, Content_Type=kind, Accept="application/dicom+json")

    def store_side_by_side(self, objects: list[bytes]) -> None:
        """Store each in a request of its own, over several connections."""
        waiting, errors = iter(objects), []
        lock = threading.Lock()

        def work() -> None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
            try:
                while True:
                    with lock:
                        one = next(waiting, None)
                    if one is None:
                        return
                    self.store([one], connection)
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]


@contextmanager
def hounsfield(folder: Path) -> Iterator[Side]:
    with Hounsfield(folder, "--no-engine", bytecode=BYTECODE) as up:
        up.sign_in("admin", ADMIN_PASSWORD)
        token = up.call("POST", "/api-tokens", json={"name": "bench", "may_store": True})["token"]
        yield Side(up.port, "/dicomweb", {"Authorization": f"Bearer {token}"})


@contextmanager
def orthanc(folder: Path) -> Iterator[Side]:
    port = free_port()
    settings = {
        "StorageDirectory": str(folder),
        "IndexDirectory": str(folder),
        "HttpPort": port,
        "DicomServerEnabled": False,
        "AuthenticationEnabled": False,
        "RemoteAccessAllowed": False,
        "TcpNoDelay": True,
        "Plugins": [PLUGIN],
        "DicomWeb": {"Enable": True},
    }
    (folder / "orthanc.json").write_text(json.dumps(settings))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([ORTHANC, str(folder / "orthanc.json")], **quiet) as process:  # type: ignore[call-overload]
        try:
            wait_for(f"http://127.0.0.1:{port}/system", process)
            yield Side(port, "/dicom-web", {})
        finally:
            process.terminate()


def slices_of(folder: Path, count: int, seed: str) -> list[bytes]:
    archive = folder / f"{seed}.zip"
    ct_archive.write(archive, count, seed)
    with zipfile.ZipFile(archive) as packed:
        found = [packed.read(name) for name in packed.namelist()]
    archive.unlink()
    return found


def timed(what: Callable[[], Any]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


def p50(what: Callable[[int], Any], times: int) -> float:
    return 1000 * statistics.median(timed(lambda number=number: what(number)) for number in range(times))  # type: ignore[misc]


def measure(side: Side, bulk: list[bytes], singles: list[bytes], times: int) -> Figures:
    figures: Figures = {}
    figures["STOW bulk inst/s"] = len(bulk) / timed(lambda: side.store(bulk))
    figures["STOW singles inst/s"] = len(singles) / timed(lambda: side.store_side_by_side(singles))
    headers = [dcmread(BytesIO(one), stop_before_pixels=True) for one in bulk[:times]]
    study, series = headers[0].StudyInstanceUID, headers[0].SeriesInstanceUID
    place = f"/studies/{study}/series/{series}"
    time.sleep(4)  # both settle what they do after an arrival
    side.reconnect()
    whole = 'multipart/related; type="application/dicom"; transfer-syntax=*'
    got = side.ask("GET", place, Accept=whole)
    assert got.count(b"DICM") >= min(len(bulk), 300), "the whole series"
    seconds = min(timed(lambda: side.ask("GET", place, Accept=whole)) for _ in range(3))
    figures["WADO series MB/s"] = len(got) / 1e6 / seconds
    frame = 'multipart/related; type="application/octet-stream"; transfer-syntax=*'

    def one(number: int, what: str, accept: str) -> bytes:
        uid = headers[number % len(headers)].SOPInstanceUID
        return side.ask("GET", f"{place}/instances/{uid}{what}", Accept=accept)

    one(0, "/frames/1", frame)
    figures["frame ms"] = p50(lambda number: one(number, "/frames/1", frame), times)
    figures["rendered PNG ms"] = p50(lambda number: one(number, "/rendered", "image/png"), times // 2)

    def metadata(_: int) -> bytes:
        return side.ask("GET", f"{place}/metadata", Accept="application/dicom+json", Accept_Encoding="gzip")

    found = metadata(0)
    described = json.loads(gzip.decompress(found) if found[:2] == b"\x1f\x8b" else found)
    assert len(described) >= min(len(bulk), 300)
    figures["series metadata ms"] = p50(metadata, max(times // 10, 3))
    wanted = f"/studies?PatientID={headers[0].PatientID}&StudyDate=20250101-20261231&limit=20"
    figures["QIDO ms"] = p50(lambda _: side.ask("GET", wanted, Accept="application/dicom+json"), times)
    return figures


def compare(folder: Path, slices: int, rounds: int) -> None:
    sides: dict[str, Any] = {"hounsfield": hounsfield, "orthanc": orthanc}
    if not (Path(ORTHANC).exists() and Path(PLUGIN).exists()):
        print("no comparison: Debian's packages `orthanc` and `orthanc-dicomweb` are not installed")
        del sides["orthanc"]
    bulk, singles = slices_of(folder, slices, "bulk"), slices_of(folder, slices // 2, "singles")
    runs: dict[str, list[Figures]] = {name: [] for name in sides}
    for number in range(rounds):
        for name, open_side in sides.items():
            with tempfile.TemporaryDirectory(dir=folder) as at, open_side(Path(at)) as side:
                os.sync()
                runs[name].append(measure(side, bulk, singles, min(len(bulk), 100)))
            print(f"round {number + 1} {name:11}", _short(runs[name][-1]), flush=True)
    print(f"\nmedian of {rounds} rounds   (load average {os.getloadavg()[0]:.1f})")
    for figure in runs["hounsfield"][0]:
        ours = statistics.median(run[figure] for run in runs["hounsfield"])
        line = f"  {figure:22}{ours:9.2f}"
        if "orthanc" in runs:
            theirs = statistics.median(run[figure] for run in runs["orthanc"])
            ratio = ours / theirs if "/s" in figure else theirs / ours
            line += f"   Orthanc{theirs:9.2f}   {ratio:6.1f} × as fast"
        print(line)


def _short(figures: Figures) -> dict[str, float]:
    return {name: round(value, 2) for name, value in figures.items()}


def fill(database: Database, organization_id: str, first: int, last: int) -> None:
    """Add studies of one series each, as rows alone: what a search reads."""
    for start in range(first, last, 5000):
        patients, studies, series = [], [], []
        for number in range(start, min(start + 5000, last)):
            patient, study = new_id(), new_id()
            patients.append(
                {"id": patient, "organization_id": organization_id, "mrn": f"M{number:07}", "issuer": "",
                 "name": f"{NAMES[number % len(NAMES)]}^{number}", "sex": "F", "birth_date": "19700101"}
            )  # fmt: skip
            day = f"20{10 + number % 15:02}{1 + number % 12:02}{1 + number % 28:02}"
            studies.append(
                {"id": study, "organization_id": organization_id, "patient_id": patient,
                 "study_uid": f"1.2.9.{number}", "study_date": day, "study_time": "101500",
                 "accession_number": f"A{number}", "modalities": ["CT"], "series_count": 1,
                 "instance_count": 300, "size_bytes": 1}
            )  # fmt: skip
            series.append(
                {"id": new_id(), "organization_id": organization_id, "study_id": study,
                 "series_uid": f"1.2.9.{number}.1", "modality": "MR" if number % 50 == 0 else "CT",
                 "instance_count": 300, "size_bytes": 1, "revision": 1}
            )  # fmt: skip
        with database.write() as session:
            for table, rows in ((Patient, patients), (Study, studies), (Series, series)):
                session.execute(insert(table), rows)


NAMES = ("Wang", "Li", "Zhang", "Müller", "Becker", "Okafor", "Silva", "Novák")
QUERIES = {
    "by record number": "PatientID=M00{number:05}",
    "by accession number": "AccessionNumber=A{number}",
    "by a month": "StudyDate=20150301-20150331&limit=50",
    "by name": "PatientName=Becker^1{number}*&limit=50",
    "by a word of the name": "PatientName=okafor&fuzzymatching=true&limit=50",
    "by modality": "ModalitiesInStudy=MR&limit=50",
    "newest": "limit=50",
}


def many(folder: Path, sizes: list[int], times: int) -> None:
    """Search among ever more studies."""
    with tempfile.TemporaryDirectory(dir=folder) as at, hounsfield(Path(at)) as side:
        database = Database(f"sqlite:///{Path(at) / 'hounsfield.db'}")
        with database.read() as session:
            organization = (
                session.connection().exec_driver_sql("SELECT organization_id FROM users").scalar_one()
            )
        before = 0
        for size in sizes:
            fill(database, organization, before, size)
            before = size
            side.reconnect()
            found = {}
            for name, query in QUERIES.items():
                taken = []
                for number in range(times):
                    path = f"/studies?{query.format(number=number)}"
                    taken.append(1000 * timed(lambda path=path: _searched(side, path)))  # type: ignore[misc]
                found[name] = sorted(taken)[int(0.95 * (times - 1))]
            print(
                f"{size:7} studies, p95 ms:",
                {name: round(value, 1) for name, value in found.items()},
                flush=True,
            )
        database.dispose()


def _searched(side: Side, path: str) -> None:
    connection = side._connection
    connection.request(
        "GET", f"{side.base}{path}", headers={**side.headers, "Accept": "application/dicom+json"}
    )
    answer = connection.getresponse()
    answer.read()
    if answer.status not in (200, 204):
        raise RuntimeError(f"{path}: {answer.status}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="40 slices, one round, 2,000 studies")
    parser.add_argument("--slices", type=int)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--studies", type=int, help="0 for no search among many")
    parser.add_argument(
        "--dir", type=Path, help="a folder on the disk to measure (default: the temporary folder)"
    )
    options = parser.parse_args()
    slices, rounds, studies = (40, 1, 2000) if options.quick else (300, 3, 100_000)
    slices, rounds = options.slices or slices, options.rounds if options.rounds is not None else rounds
    studies = studies if options.studies is None else options.studies
    with tempfile.TemporaryDirectory(dir=options.dir, prefix="dicomweb-bench-") as temporary:
        if rounds:
            compare(Path(temporary), slices, rounds)
        if studies:
            many(Path(temporary), [studies // 10, studies], 40)


if __name__ == "__main__":
    main()
