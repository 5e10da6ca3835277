"""The npm client against a real server: what python-socketio promises still holds."""

import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from signal import SIGKILL, SIGTERM
from typing import Any

import pytest

from uvicorn_engineio.tests import handlers

Node = Callable[..., "subprocess.Popen[str]"]


def finish(process: "subprocess.Popen[str]") -> None:
    _, errors = process.communicate(timeout=40)
    assert process.returncode == 0, errors


@pytest.mark.parametrize("scenario", ["polling", "rooms", "binary", "namespaces"])
def test_scenario(scenario: str, node: Node, serve: Any) -> None:
    server = serve(handlers.create())
    finish(node(scenario, server.url))
    server.assert_no_leak()


def test_connects_with_auth_and_the_environ_of_the_request(node: Node, serve: Any, journal: Any) -> None:
    server = serve(handlers.create(journal))
    finish(node("auth", server.url))
    [(_, sid, environ, auth)] = journal.wait_for("connect")
    assert auth == {"token": "good"}
    assert environ["REMOTE_ADDR"] == "127.0.0.1"
    assert environ["HTTP_HOST"] == f"127.0.0.1:{server.port}"
    assert environ["asgi.scope"]["client"] == ("127.0.0.1", int(environ["REMOTE_PORT"]))
    [(_, left, reason, rooms, _)] = journal.wait_for("disconnect")
    assert (left, reason, set(rooms)) == (sid, "client disconnect", {sid, "staff", "night"})


def test_refuses_with_data_and_never_calls_disconnect(node: Node, serve: Any, journal: Any) -> None:
    server = serve(handlers.create(journal))
    finish(node("refused", server.url))
    server.assert_no_leak()
    assert [entry[0] for entry in journal.entries] == ["connect"]


def test_acknowledges_both_ways_and_survives_an_error(
    node: Node, serve: Any, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve(handlers.create())
    with caplog.at_level(logging.ERROR, "uvicorn_engineio"):
        finish(node("acks", server.url))
    assert ["planted" in str(record.exc_info) for record in caplog.records] == [True]
    server.assert_no_leak()


def test_server_disconnects_a_client(node: Node, serve: Any, journal: Any) -> None:
    server = serve(handlers.create(journal))
    finish(node("put_out", server.url))
    [(_, _, reason, _, _)] = journal.wait_for("disconnect")
    assert reason == "server disconnect"
    server.assert_no_leak()


def test_tells_why_clients_left(node: Node, serve: Any, journal: Any) -> None:
    server = serve(handlers.create(journal))
    finish(node("reasons", server.url))
    left = journal.wait_for("disconnect", count=2)
    assert sorted(entry[2] for entry in left) == ["client disconnect", "transport close"]


def test_pings_keep_a_client(node: Node, serve: Any) -> None:
    finish(node("pings", serve(handlers.create(ping_interval=0.2, ping_timeout=0.2)).url))


def wait_for_port(port: int) -> None:
    for _ in range(1000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)  # another process: there is no event to await
    pytest.fail("server does not listen")


@pytest.fixture
def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def test_reconnects_after_the_server_was_killed(node: Node, unused_port: int) -> None:
    def start() -> "subprocess.Popen[bytes]":
        script = Path(__file__).parent / "handlers.py"
        return subprocess.Popen([sys.executable, str(script), str(unused_port)])

    server = start()
    wait_for_port(unused_port)
    client = node("reconnect", f"http://127.0.0.1:{unused_port}")
    assert client.stdout
    try:
        for signal in (SIGKILL, SIGTERM):
            assert client.stdout.readline() == "connected\n"
            server.send_signal(signal)
            server.wait(10)
            assert client.stdout.readline() == "lost\n"
            server = start()
        assert client.stdout.readline() == "recovered\n"
        finish(client)
    finally:
        client.kill()
        server.kill()
        server.wait(10)


def test_two_hundred_clients_and_a_prompt_shutdown(node: Node, serve: Any, journal: Any) -> None:
    server = serve(handlers.create(journal))
    client = node("crowd", server.url)
    assert client.stdout
    assert client.stdout.readline() == "crowded\n", client.communicate()
    stopper = threading.Thread(target=server.stop)
    stopper.start()
    finish(client)
    stopper.join()
    assert {entry[2] for entry in journal.wait_for("disconnect", count=200)} == {"server shutting down"}
