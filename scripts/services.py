"""See that the real services which the tests use are there; on a Debian machine as root, install and start them.

Prints one line a service. A missing one is a failure under CI=true; elsewhere its tests are skipped, each with a reason.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Service:
    """A thing outside of Python that tests talk to."""

    name: str
    present: Callable[[], bool]
    packages: tuple[str, ...]
    start: tuple[str, ...] = ()


def listening(port: int) -> Callable[[], bool]:
    def check() -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", port)) == 0

    return check


def installed(program: str) -> Callable[[], bool]:
    return lambda: shutil.which(program) is not None


ORTHANC = ("/usr/sbin/Orthanc", "/usr/share/orthanc/plugins/libOrthancDicomWeb.so")

SERVICES = (
    Service(
        "PostgreSQL",
        listening(5432),
        ("postgresql",),
        ("bash", "-c", "pg_ctlcluster --skip-systemctl-redirect $(ls /etc/postgresql | head -1) main start"),
    ),
    Service(
        "MariaDB",
        listening(3306),
        ("mariadb-server",),
        ("start-stop-daemon", "--start", "--oknodo", "--background", "--exec", "/usr/sbin/mariadbd"),
    ),
    Service(
        "RabbitMQ",
        listening(5672),
        ("rabbitmq-server",),
        ("env", "RABBITMQ_NODE_IP_ADDRESS=127.0.0.1", "rabbitmq-server", "-detached"),
    ),
    # tests start a Redis of their own, which they may kill
    Service("Redis", installed("redis-server"), ("redis-server",)),
    Service("Chromium", installed("chromium"), ("chromium",)),
    Service("dcmtk", installed("storescu"), ("dcmtk",)),
    Service(
        "Orthanc", lambda: all(Path(place).exists() for place in ORTHANC), ("orthanc", "orthanc-dicomweb")
    ),
    Service("gdcm", installed("gdcmconv"), ("libgdcm-tools",)),
    Service("docker-compose", installed("docker-compose"), ("docker-compose",)),
    # with an image made of busybox, algorithms in containers run without any registry
    Service(
        "podman",
        lambda: bool(shutil.which("podman") and shutil.which("busybox")),
        ("podman", "busybox-static"),
    ),
    Service(
        "libfaketime",
        lambda: any(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")),
        ("libfaketime",),
    ),
)


def install(service: Service) -> bool:
    """Try to get a service from Debian; return whether it is there now."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    if not service.start or subprocess.run(service.start, check=False, **quiet).returncode:
        subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)
        command = ["apt-get", "install", "-y", "-qq", *service.packages]
        subprocess.run(command, check=False, env=environment, **quiet)
        if service.start:
            subprocess.run(service.start, check=False, **quiet)
    for _ in range(80):  # a message broker takes its time
        if service.present():
            return True
        time.sleep(0.5)
    return False


def main() -> None:
    missing = [service for service in SERVICES if not service.present() and not install(service)]
    for service in SERVICES:
        print(f"{service.name}: {'missing, its tests are skipped' if service in missing else 'there'}")
    if missing and os.environ.get("CI"):
        sys.exit(f"under CI every service must be there; missing: {', '.join(s.name for s in missing)}")


if __name__ == "__main__":
    main()
