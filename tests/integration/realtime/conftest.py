"""The application on a real port, with its outbox running, and the real socket.io-client from npm beside it."""

import json
import os
import queue
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.processes import free_port

from hounsfield.cli.server import Server
from hounsfield.kit.platform import Platform
from hounsfield.kit.relay import Relay

WEB = Path(__file__).resolve().parents[3] / "web"
PATIENCE = 20


class NodeClient:
    """One socket.io-client process."""

    def __init__(self, url: str, auth: dict[str, Any]) -> None:
        script = Path(__file__).with_name("client.mjs")
        command = ["node", str(script), str(WEB / "package.json"), url, json.dumps(auth)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._heard: queue.Queue[dict[str, Any]] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            if line.endswith("\n"):  # the last one is cut off by the kill
                self._heard.put(json.loads(line))

    def expect(self, name: str) -> Any:
        """Return the data of the next event, which must have this name."""
        event = self.next()
        assert event["name"] == name, event
        return event["data"]

    def next(self) -> dict[str, Any]:
        """Return the next event, whatever it is."""
        return self._heard.get(timeout=PATIENCE)

    def emit(self, event: str, data: Any) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"event": event, "data": data}) + "\n")
        self._process.stdin.flush()

    def close(self) -> None:
        self._process.kill()
        self._reader.join(PATIENCE)
        self._process.communicate()


@pytest.fixture
def connect(live: str) -> Iterator[Callable[..., NodeClient]]:
    """Open real clients; all are closed at the end."""
    if not shutil.which("node") or not (WEB / "node_modules" / "socket.io-client").is_dir():
        if os.environ.get("CI"):
            pytest.fail("node and the page's packages must be there under CI")
        pytest.skip("needs node and the page's packages (make page)")
    clients: list[NodeClient] = []

    def open_client(**auth: Any) -> NodeClient:
        clients.append(NodeClient(live, auth))
        return clients[-1]

    yield open_client
    for client in clients:
        client.close()


@pytest.fixture
def live(platform: Platform) -> Iterator[str]:
    """The address of the application, served for real, its messages carried by the real broker."""
    platform.relay = Relay(platform.db, platform.broker.publish, idle_seconds=0.2)
    platform.start()
    port = free_port()
    listening = threading.Event()
    server = Server(platform, "127.0.0.1", port, listening.set)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert listening.wait(PATIENCE)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(PATIENCE)
