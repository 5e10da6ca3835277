"""What an application sees: rooms, backpressure, races at connect and disconnect, threads, neighbours."""

import asyncio
import json
import threading
from typing import Any

import pytest
from socketio.async_pubsub_manager import AsyncPubSubManager
from socketio.exceptions import DisconnectedError
from socketio.exceptions import TimeoutError as ReplyTimeout
from websockets.sync.client import connect as websocket_connect

from uvicorn_engineio import AsyncServer, RoomManager
from uvicorn_engineio.tests import handlers
from uvicorn_engineio.tests.raw import RawClient


def on_loop(sio: AsyncServer, coroutine: Any) -> Any:
    assert sio.loop is not None
    return asyncio.run_coroutine_threadsafe(coroutine, sio.loop).result(20)


def test_plain_websocket_beside(serve: Any) -> None:
    server = serve(handlers.create())
    with (
        websocket_connect(f"ws://127.0.0.1:{server.port}/echo", proxy=None) as client,
        RawClient(server.port).join(),
    ):
        for text in ("first", "x" * 100_000):
            client.send(text)
            assert client.recv() == text


@pytest.mark.parametrize("option", [{"http": "h11"}, {"http": "httptools"}, {"loop": "asyncio"}])
def test_uvicorns_other_implementations(option: dict[str, str], serve: Any) -> None:
    server = serve(handlers.create(), **option)
    with RawClient(server.port).join() as client:
        client.send('421["sum",1,2]')
        assert client.receive_text() == "431[3]"
        client.send("1")
        assert client.close_code() == 1000
    server.assert_no_leak()


def test_plain_websocket_that_the_application_refuses(serve: Any) -> None:
    with RawClient(serve(handlers.create()).port, "/echo", sec_websocket_key=None) as client:
        assert client.status == 400
        assert client.stream.read()


def test_unauthenticated_client_hears_no_broadcast(serve: Any) -> None:
    sio, entered, decided = AsyncServer(), threading.Event(), asyncio.Event()

    @sio.event
    async def connect(sid: str, environ: Any, auth: Any) -> None:
        await sio.enter_room(sid, "early")
        await sio.emit("direct", to=sid)
        entered.set()
        await decided.wait()

    with RawClient(serve(sio).port).open() as client:
        client.send("40")
        assert entered.wait(10)
        on_loop(sio, sio.emit("secret"))
        on_loop(sio, sio.emit("room", to="early"))
        assert sio.loop
        sio.loop.call_soon_threadsafe(decided.set)
        assert [client.receive_text()[:10] for _ in range(3)] == ['42["direct', '42["room"]', '40{"sid":"']


def test_client_that_leaves_while_it_is_admitted(serve: Any, journal: Any) -> None:
    sio, decided = AsyncServer(), asyncio.Event()

    @sio.event
    async def connect(sid: str, environ: Any, auth: Any) -> None:
        journal.add("connect", sid)
        await decided.wait()
        await sio.enter_room(sid, "late")
        await sio.save_session(sid, {"known": True})

    @sio.event
    async def disconnect(sid: str, reason: str) -> None:
        journal.add("disconnect", sid, reason, await sio.get_session(sid))

    server = serve(sio)
    with RawClient(server.port).open() as client:
        client.send("40")
        [(_, sid)] = journal.wait_for("connect")
        client.send("1")
        assert client.close_code() == 1000
    assert sio.loop
    sio.loop.call_soon_threadsafe(decided.set)
    assert journal.wait_for("disconnect") == [("disconnect", sid, "transport close", {"known": True})]
    server.assert_no_leak()


@pytest.mark.parametrize("how", ["raises", "puts out"])
def test_connect_handler_that_fails_refuses(how: str, serve: Any, caplog: pytest.LogCaptureFixture) -> None:
    sio = AsyncServer()

    @sio.event
    async def connect(sid: str, environ: Any, auth: Any) -> None:
        if how == "raises":
            raise RuntimeError("planted")
        await sio.disconnect(sid)

    server = serve(sio)
    with RawClient(server.port).open() as client:
        client.send("40")
        assert client.receive_text() == '44{"message":"Connection rejected by server"}'
    server.assert_no_leak()
    assert ("handler failed" in caplog.text) == (how == "raises")


def test_slow_consumer_is_dropped_and_does_not_hold_the_others(serve: Any, journal: Any) -> None:
    server = serve(handlers.create(journal, max_buffered_bytes=100_000))
    sio = server.sio

    async def flood() -> None:
        for _ in range(1000):  # 50 MB, more than any kernel buffers
            if len(sio.eio.sockets) == 1:
                return
            await sio.emit("news", "x" * 50_000)
            await asyncio.to_thread(read_by_quick.acquire)  # as fast as the quick one reads

    read_by_quick = threading.Semaphore(0)

    def read(client: RawClient) -> None:
        while client.receive()[0] == 1:
            read_by_quick.release()

    with RawClient(server.port).join() as slow, RawClient(server.port).join() as quick:
        reader = threading.Thread(target=read, args=(quick,))
        reader.start()
        on_loop(sio, flood())
        [(_, _, reason, *_)] = journal.wait_for("disconnect")
        assert reason in {"transport close", "transport error"}
        assert len(list(sio.manager.get_participants("/", None))) == 1
        server.stop()
        reader.join()
        slow.close()


def test_one_large_message_is_no_slow_consumer(serve: Any) -> None:
    server = serve(handlers.create(max_buffered_bytes=1000))
    with RawClient(server.port).join() as client:
        on_loop(server.sio, server.sio.emit("news", "x" * 20_000_000))
        assert len(client.receive_text()) > 20_000_000


def test_handlers_in_flight_are_bounded_and_none_is_lost(serve: Any, journal: Any) -> None:
    sio, running, most = AsyncServer(max_pending_events=5), 0, 0
    release = asyncio.Event()

    @sio.event
    async def slow(sid: str, number: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        journal.add("running", running)
        await release.wait()
        running -= 1
        return number

    server = serve(sio)
    with RawClient(server.port).join() as client:
        client.send(*(f'42{n}["slow",{n}]' for n in range(200)))
        journal.wait_for("running", 5)
        assert sio.loop
        sio.loop.call_soon_threadsafe(release.set)
        answers = sorted(int(client.receive_text()[2:].partition("[")[0]) for _ in range(200))
        assert answers == list(range(200))
    assert most == 5
    server.assert_no_leak()


def test_emit_from_a_thread(serve: Any, caplog: pytest.LogCaptureFixture) -> None:
    sio = handlers.create()
    sio.emit_threadsafe("nobody is there yet")
    server = serve(sio)
    with RawClient(server.port).join() as client:
        for number in range(50):
            sio.emit_threadsafe("news", number, to="staff")
        sio.emit_threadsafe("not JSON", object())
        assert [client.receive_text() for _ in range(50)] == [f'42["news",{n}]' for n in range(50)]
    server.stop()
    assert "emit of not JSON failed" in caplog.text


def test_call_learns_of_a_departure_and_of_a_missing_answer(serve: Any) -> None:
    server = serve(handlers.create())
    sio = server.sio
    with RawClient(server.port).join() as client:
        [(sid, _)] = sio.manager.get_participants("/", None)
        with pytest.raises(ReplyTimeout):
            on_loop(sio, sio.call("question", to=sid, timeout=0.01))
        assert sio.manager.callbacks == {sid: {}}
        client.receive_text()

        async def ask() -> None:
            await asyncio.gather(
                sio.call("question", to=sid), sio.eio.disconnect(sio.manager.eio_sid_from_sid(sid, "/"))
            )

        with pytest.raises(DisconnectedError):
            on_loop(sio, ask())
    server.assert_no_leak()


def test_client_joins_again_while_its_disconnect_handler_runs(serve: Any, journal: Any) -> None:
    sio, said_goodbye = AsyncServer(), asyncio.Event()

    @sio.event
    async def disconnect(sid: str, reason: str) -> None:
        await said_goodbye.wait()
        journal.add("disconnect", sid, reason, await sio.get_session(sid))

    @sio.event
    async def who(sid: str) -> str:
        return sid

    server = serve(sio)
    with RawClient(server.port).open() as client:
        client.send("40")
        first = json.loads(client.receive_text()[2:])["sid"]
        client.send("41", "40")
        second = json.loads(client.receive_text()[2:])["sid"]
        client.send('421["who"]')
        assert client.receive_text() == f'431["{second}"]'
        client.send("41", "1")
        assert client.close_code() == 1000
    assert sio.loop
    sio.loop.call_soon_threadsafe(said_goodbye.set)
    assert {entry[1] for entry in journal.wait_for("disconnect", count=2)} == {first, second}
    server.assert_no_leak()


def test_answers_that_were_never_asked_for_are_ignored(serve: Any) -> None:
    with RawClient(serve(handlers.create()).port).join() as client:
        client.send("430[]", "4399[1]", '421["sum",1,2]')
        assert client.receive_text() == "431[3]"


@pytest.mark.parametrize(
    ("allowed", "origin", "status"),
    [
        (None, "http://127.0.0.1", 101),
        (None, "https://127.0.0.1", 101),
        (None, "http://127.0.0.1:81", 403),
        (None, None, 101),
        ("*", "https://any.example", 101),
        (["https://app.example"], "https://app.example", 101),
        (["https://app.example"], "http://app.example", 403),
        (["https://app.example"], "http://127.0.0.1", 403),
        (lambda origin: origin.endswith(".example"), "https://app.example", 101),
        (lambda origin: origin.endswith(".example"), "https://app.test", 403),
    ],
)
def test_origin(allowed: Any, origin: str | None, status: int, serve: Any) -> None:
    with RawClient(serve(AsyncServer(allowed_origins=allowed)).port, origin=origin) as client:
        assert client.status == status


@pytest.mark.parametrize(("trusted", "address"), [("127.0.0.1", "203.0.113.9"), ("10.0.0.1", "127.0.0.1")])
def test_address_behind_a_proxy(trusted: str, address: str, serve: Any, journal: Any) -> None:
    server = serve(handlers.create(journal), forwarded_allow_ips=trusted)
    with RawClient(server.port, x_forwarded_for="203.0.113.9", x_forwarded_proto="https").join():
        [(_, _, environ, _)] = journal.wait_for("connect")
    assert environ["REMOTE_ADDR"] == address
    assert environ["wsgi.url_scheme"] == ("https" if address == "203.0.113.9" else "http")


def test_shutdown_closes_with_service_restart_even_the_deaf(serve: Any) -> None:
    server = serve(handlers.create(close_timeout=0.2))
    with RawClient(server.port).join() as polite, RawClient(server.port).join() as deaf:
        server.uvicorn.should_exit = True
        assert polite.close_code() == 1012
        assert deaf.receive()[0] == 8
        server.stop()
    with pytest.raises(RuntimeError, match="closed"):
        server.sio.emit_threadsafe("too late")


class Bus(AsyncPubSubManager, RoomManager):
    """Two servers in one process, joined by python-socketio's own pub/sub layer."""

    def __init__(self) -> None:
        super().__init__()
        self.others: list[Bus] = []

    def initialize(self) -> None: ...

    async def _publish(self, data: dict[str, Any]) -> None:
        for other in self.others:
            handle = {"emit": other._handle_emit, "disconnect": other._handle_disconnect}[data["method"]]
            assert other.server.loop
            future = asyncio.run_coroutine_threadsafe(handle(data), other.server.loop)
            await asyncio.wrap_future(future)


def test_pubsub_managers_work_over_ours(serve: Any, journal: Any) -> None:
    left, right = Bus(), Bus()
    left.others, right.others = [right], [left]
    one, two = (
        serve(handlers.create(client_manager=left)),
        serve(handlers.create(journal, client_manager=right)),
    )
    with RawClient(one.port).join() as a, RawClient(two.port).join() as b:
        on_loop(one.sio, one.sio.emit("news", (1, b"x"), to="staff"))
        for client in (a, b):
            assert client.receive_text() == '451-["news",1,{"_placeholder":true,"num":0}]'
            assert client.receive() == (2, b"x")
        [(sid, _)] = right.get_participants("/", None)
        on_loop(one.sio, one.sio.disconnect(sid))
        assert b.receive_text() == "41"
        assert journal.wait_for("disconnect")[0][2] == "server disconnect"
