import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from uvicorn_engineio import AsyncServer, GuardedHttpProtocol, refuse_polling, websocket_protocol

NODE_DIR = Path(__file__).parent / "node"


class Journal:
    """What the handlers saw, for a test in another thread to wait for."""

    def __init__(self) -> None:
        self.entries: list[tuple[Any, ...]] = []
        self._changed = threading.Condition()

    def add(self, *entry: Any) -> None:
        with self._changed:
            self.entries.append(entry)
            self._changed.notify_all()

    def wait_for(self, *wanted: Any, count: int = 1) -> list[tuple[Any, ...]]:
        """Return the entries that start with `wanted` once there are `count` of them."""

        def found() -> list[tuple[Any, ...]]:
            return [entry for entry in self.entries if entry[: len(wanted)] == wanted]

        with self._changed:
            assert self._changed.wait_for(lambda: len(found()) >= count, timeout=20), (wanted, self.entries)
        return found()


async def echo_app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """An application with a WebSocket echo of its own, beside Socket.IO."""
    if scope["type"] == "http":
        if scope["path"].startswith("/socket.io"):
            await refuse_polling(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"alive"})
        return
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


class LiveServer:
    """A uvicorn server in a thread, on a port of its own."""

    def __init__(self, sio: AsyncServer, **options: Any) -> None:
        self.sio = sio
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        defaults: dict[str, Any] = {
            "ws": websocket_protocol(sio),
            "http": GuardedHttpProtocol,
            "lifespan": "off",
            "timeout_graceful_shutdown": 10,  # for a handler that a failed test left waiting
        }
        self.uvicorn = uvicorn.Server(
            uvicorn.Config(echo_app, log_level="warning", access_log=False, **defaults | options)
        )
        self._thread = threading.Thread(target=self.uvicorn.run, kwargs={"sockets": [self._listener]})

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.uvicorn.should_exit = True
        self._thread.join(timeout=20)
        assert not self._thread.is_alive(), "uvicorn does not stop"
        self._listener.close()

    def assert_alive(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as client:
            client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            assert b"200 OK" in client.makefile("rb").readline()

    def assert_no_leak(self) -> None:
        """Wait until nothing is left of any client; every structure that grows with clients is looked at."""
        sio, gone = self.sio, threading.Event()

        def look() -> None:
            wheel, rooms = sio.eio.wheel, sio.manager
            left = (
                sio.eio.sockets, sio.environ, rooms.rooms, rooms.callbacks, rooms._members, rooms._sids,
                wheel._unjoined, wheel._members, any(wheel._slots), self.uvicorn.server_state.tasks,
            )  # fmt: skip
            if any(left):
                assert sio.loop is not None
                sio.loop.call_later(0.01, look)
            else:
                gone.set()

        assert sio.loop is not None
        sio.loop.call_soon_threadsafe(look)
        assert gone.wait(10), "a closed connection left something behind"


@pytest.fixture
def serve() -> Iterator[Callable[..., LiveServer]]:
    servers: list[LiveServer] = []

    def start(sio: AsyncServer, **options: Any) -> LiveServer:
        servers.append(LiveServer(sio, **options))
        servers[-1].start()
        return servers[-1]

    yield start
    for server in servers:
        if not server.uvicorn.should_exit:
            server.stop()


@pytest.fixture
def journal() -> Journal:
    return Journal()


@pytest.fixture(scope="session")
def node_command() -> list[str]:
    npm, executable = shutil.which("npm"), shutil.which("node")
    if npm is None or executable is None:
        if os.environ.get("CI") == "true":
            pytest.fail("node and npm are required in CI")
        pytest.skip("node or npm is not installed")
    subprocess.run([npm, "ci", "--no-audit", "--no-fund", "--silent"], cwd=NODE_DIR, check=True, timeout=120)
    return [executable, str(NODE_DIR / "clients.mjs")]


@pytest.fixture
def node(node_command: list[str]) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Start a scenario of clients.mjs with the real client."""
    with ExitStack() as processes:

        def run(scenario: str, url: str) -> "subprocess.Popen[str]":
            command = [*node_command, scenario, url]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            processes.enter_context(process)
            processes.callback(process.kill)
            return process

        yield run
