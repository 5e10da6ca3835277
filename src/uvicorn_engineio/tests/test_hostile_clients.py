"""Every way to break the rules closes that one connection, with the right code, and leaves nothing behind."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from uvicorn_engineio.guard import GuardedHttpProtocol
from uvicorn_engineio.tests import handlers
from uvicorn_engineio.tests.conftest import LiveServer
from uvicorn_engineio.tests.raw import RawClient, client_frame

LIMIT = 10_000


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    live = LiveServer(handlers.create(max_frame_bytes=LIMIT, close_timeout=0.1))
    live.start()
    yield live
    live.stop()


def text(payload: str | bytes) -> bytes:
    return client_frame(payload.encode() if isinstance(payload, str) else payload)


FRAMES = {
    "unmasked": (client_frame(b"3", masked=False), 1002),
    "first reserved bit": (client_frame(b"3", rsv=4), 1002),
    "other reserved bits": (client_frame(b"3", rsv=3), 1002),
    "reserved data opcode": (client_frame(b"3", opcode=3), 1002),
    "reserved control opcode": (client_frame(b"", opcode=11), 1002),
    "fragmented ping": (client_frame(b"", opcode=9, fin=False), 1002),
    "long ping": (client_frame(b"x" * 126, opcode=9), 1002),
    "continuation of nothing": (client_frame(b"3", opcode=0), 1002),
    "text inside a fragmented text": (client_frame(b"4", fin=False) + client_frame(b"3"), 1002),
    "16-bit length of a short payload": (b"\x81\xfe\x00\x7d", 1002),
    "64-bit length of a short payload": (b"\x81\xff" + (65535).to_bytes(8, "big"), 1002),
    "negative 64-bit length": (b"\x81\xff" + (1 << 63).to_bytes(8, "big"), 1002),
    "close of one byte": (client_frame(b"\x03", opcode=8), 1002),
    "close code nobody may send": (client_frame((1005).to_bytes(2, "big"), opcode=8), 1002),
    "close reason that is not UTF-8": (client_frame(b"\x03\xe8\xff", opcode=8), 1007),
    "announced oversize": (b"\x81\xff" + (1 << 40).to_bytes(8, "big"), 1009),
    "oversize": (text("4" + "x" * LIMIT), 1009),
    "oversize in fragments": (
        client_frame(b"4", fin=False)
        + client_frame(b"x" * 6000, 0, fin=False)
        + client_frame(b"x" * 6000, 0),
        1009,
    ),
    "invalid UTF-8": (text(b'42["\xff"]'), 1007),
    "UTF-8 cut by the end": (client_frame(b'42["\xe4', fin=False) + client_frame(b"\xb8", 0), 1007),
}

PACKETS = {
    "empty message": "",
    "client ping": "2",
    "second handshake": "0{}",
    "upgrade": "5",
    "not Engine.IO": "hello",
    "empty Socket.IO packet": "4",
    "unknown Socket.IO type": "47",
    "connect error from a client": '44{"message":"x"}',
    "not JSON": "42[",
    "no payload": "42",
    "payload is an object": '42{"a":1}',
    "payload is empty": "42[]",
    "event name is a number": "42[1]",
    "reserved event": '42["connect",{}]',
    "reserved event disconnect": '42["disconnect","x"]',
    "NaN": '42["sum",NaN]',
    "nested too deeply": '42["sum",' + "[" * 1500 + "]" * 1500 + "]",
    "binary nested too deeply": '451-["sum",' + "[" * 100 + '{"_placeholder":true,"num":0}' + "]" * 100 + "]",
    "huge id": "42" + "9" * 100 + '["sum",1,1]',
    "id that is no ASCII digit": '42٣["sum",1,1]',
    "acknowledgement without id": "43[]",
    "acknowledgement without data": "431",
    "attachments on a plain event": '421-["sum"]',
    "binary event without count": '45["sum"]',
    "too many attachments": '4511-["sum"]',
    "uncountable attachments": "45" + "9" * 50 + '-["sum"]',
    "disconnect with data": "41{}",
    "connect with a list": "40/admin,[]",
    "second connect": "40",
    "endless namespace": "40/" + "n" * 300,
}


@pytest.mark.parametrize("name", FRAMES)
def test_broken_frame(name: str, server: LiveServer) -> None:
    data, code = FRAMES[name]
    with RawClient(server.port).join() as client:
        client.send_raw(data)
        assert client.close_code() == code
    server.assert_no_leak()
    server.assert_alive()


@pytest.mark.parametrize("name", PACKETS)
def test_broken_packet(name: str, server: LiveServer) -> None:
    with RawClient(server.port).join() as client:
        client.send(PACKETS[name])
        if name == "binary nested too deeply":
            client.send_raw(client_frame(b"x", opcode=2))
        assert client.close_code() == 1008
    server.assert_no_leak()


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("", client_frame(b"x", opcode=2)),  # nobody announced an attachment
        ('451-["sum",{"_placeholder":true,"num":0}]', text("3")),  # text where the attachment should be
        ('451-["sum",{"_placeholder":true,"num":1}]', client_frame(b"x", opcode=2)),
        ('451-["sum",{"_placeholder":true,"num":-1}]', client_frame(b"x", opcode=2)),
        ('451-["sum",{"_placeholder":true,"num":true}]', client_frame(b"x", opcode=2)),
        ('451-["connect",{"_placeholder":true,"num":0}]', client_frame(b"x", opcode=2)),
        ('451-{"_placeholder":true,"num":0}', client_frame(b"x", opcode=2)),
    ],
)
def test_broken_binary_packet(first: str, then: bytes, server: LiveServer) -> None:
    with RawClient(server.port).join() as client:
        client.send_raw((text(first) if first else b"") + then)
        assert client.close_code() == 1008
    server.assert_no_leak()


@pytest.mark.parametrize("packet", ['42["sum",1,1]', "431[]", "41"])
def test_packet_before_connect(packet: str, server: LiveServer) -> None:
    with RawClient(server.port).open() as client:
        client.send(packet)
        assert client.close_code() == 1008
    server.assert_no_leak()


def test_two_connects_at_once(server: LiveServer) -> None:
    with RawClient(server.port).open() as client:
        client.send("40", "40")
        assert client.close_code() == 1008
    server.assert_no_leak()


def test_too_many_namespaces(serve: Any) -> None:
    server = serve(handlers.create(namespaces="*", max_namespaces=3))
    with RawClient(server.port).join() as client:
        client.send("40/a,", "40/b,", "40/c,")
        assert client.close_code() == 1008
    server.assert_no_leak()


def test_never_joining_or_only_unknown_namespaces(serve: Any) -> None:
    server = serve(handlers.create(ping_interval=1.0, connect_timeout=0.2))
    with RawClient(server.port).open() as silent, RawClient(server.port).open() as lost:
        lost.send("40/nowhere,")
        assert lost.receive_text() == '44/nowhere,{"message":"Invalid namespace"}'
        assert silent.close_code() == lost.close_code() == 1008
    server.assert_no_leak()


def test_joined_client_that_left_its_namespace_is_closed_too(serve: Any) -> None:
    server = serve(handlers.create(ping_interval=1.0, connect_timeout=0.2))
    with RawClient(server.port).join() as client:
        client.send("41")
        assert client.close_code() == 1008
    server.assert_no_leak()


def test_events_that_cross_a_disconnect_are_ignored(server: LiveServer) -> None:
    with RawClient(server.port).join("/admin,") as client:
        client.send("40")
        assert client.receive_text().startswith("40{")
        client.send("41/admin,", '42/admin,1["who"]', '421["sum",1,2]')
        assert client.receive_text() == "431[3]"


def test_no_answer_to_pings(serve: Any, journal: Any) -> None:
    server = serve(handlers.create(journal, ping_interval=0.2, ping_timeout=0.1))
    with RawClient(server.port).join() as client:
        assert client.receive_text() == "2"
        assert client.close_code() == 1008
    assert journal.wait_for("disconnect")[0][2] == "ping timeout"
    server.assert_no_leak()


def test_unfinished_message_does_not_hold_a_connection(serve: Any, journal: Any) -> None:
    server = serve(handlers.create(journal, ping_interval=0.2, ping_timeout=0.1))
    with RawClient(server.port).join() as client:
        client.send_raw(client_frame(b"4", fin=False))
        assert client.close_code() == 1008
    assert journal.wait_for("disconnect")[0][2] == "ping timeout"


def test_peer_that_ignores_our_close_is_cut_off(server: LiveServer) -> None:
    with RawClient(server.port).join() as client:
        client.send("hello")
        assert client.receive()[0] == 8
        assert client.receive() == (0, b"")  # the server hangs up by itself
    server.assert_no_leak()


def test_peer_that_answers_our_close_is_not_kept_waiting(serve: Any) -> None:
    server = serve(handlers.create(close_timeout=60))
    with RawClient(server.port).join() as client:
        client.send("hello", "more of it")
        assert client.close_code() == 1008  # reads to the end of the stream
    server.assert_no_leak()


def test_vanishing_clients(server: LiveServer, journal: Any) -> None:
    for step in range(4):
        client = RawClient(server.port)
        if step > 0:
            client.open()
        if step > 1:
            client.send("40")
        if step > 2:
            client.send('451-["mirror",{"_placeholder":true,"num":0}]')
        # a reset instead of an orderly end
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        client.close()
    server.assert_no_leak()
    server.assert_alive()


@pytest.mark.parametrize(
    ("headers", "target", "status", "code"),
    [
        ({}, "/socket.io/?EIO=4&transport=polling", 400, 0),
        ({}, "/socket.io/?EIO=4&transport=websocket&sid=x", 400, 1),
        ({"method": "POST", "content_length": "0"}, "/socket.io/?EIO=4&transport=websocket", 400, 2),
        ({}, "/socket.io/?EIO=3&transport=websocket", 400, 5),
        ({}, "/socket.io/", 400, 0),
        ({"sec_websocket_version": "8"}, "/socket.io/?EIO=4&transport=websocket", 426, 3),
        ({"sec_websocket_key": None}, "/socket.io/?EIO=4&transport=websocket", 400, 3),
        ({"sec_websocket_key": "c2hvcnQ="}, "/socket.io/?EIO=4&transport=websocket", 400, 3),
        ({"sec_websocket_key": "%%%"}, "/socket.io/?EIO=4&transport=websocket", 400, 3),
        ({"origin": "https://evil.example"}, "/socket.io/?EIO=4&transport=websocket", 403, 4),
        ({"origin": "null"}, "/socket.io/?EIO=4&transport=websocket", 403, 4),
        ({"origin": "http://[broken"}, "/socket.io/?EIO=4&transport=websocket", 403, 4),
    ],
)
def test_refused_upgrade(
    headers: dict[str, Any], target: str, status: int, code: int, server: LiveServer
) -> None:
    with RawClient(server.port, target, **headers) as client:
        assert (client.status, client.body()["code"]) == (status, code)
        assert client.stream.read() == b""
    server.assert_alive()


def test_polling_gets_an_engineio_error(server: LiveServer) -> None:
    target = "/socket.io/?EIO=4&transport=polling"
    with RawClient(server.port, target, connection="close", upgrade=None) as client:
        assert (client.status, client.body()) == (400, {"code": 0, "message": "Transport unknown"})


@pytest.mark.parametrize("sent", [b"", b"GET /socket.io/?EIO=4 HTTP/1.1\r\nhost: x\r\nx-slow: "])
def test_head_that_never_ends(sent: bytes, serve: Any) -> None:
    class Impatient(GuardedHttpProtocol):
        head_timeout = 0.2

    server = serve(handlers.create(), http=Impatient)
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(sent)
        with client.makefile("rb") as stream:
            assert stream.read().startswith(b"HTTP/1.1 408 ")


def test_head_that_is_too_large(server: LiveServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(b"GET / HTTP/1.1\r\nx-large: " + b"x" * 70_000)
        assert client.recv(100).startswith(b"HTTP/1.1 431 ")
