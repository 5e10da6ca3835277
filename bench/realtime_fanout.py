"""Compare our Engine.IO protocol with stock python-socketio under uvicorn: same handlers, same client, same run.

    python bench/realtime_fanout.py --sockets 500 --rounds 2

Each server runs in a process of its own; this process is the client. Rounds alternate between the servers and the
median of the rounds is printed, with the ratio: quote ratios only, the machine's load moves both sides.
"""

import argparse
import asyncio
import gc
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import socketio
import uvicorn
import uvloop

from uvicorn_engineio import AsyncServer, websocket_protocol
from uvicorn_engineio.frames import Opcode, mask

KEY = b"\x37\xfa\x21\x3d"
GC_THRESHOLD = (50_000, 20, 100)  # on both sides
HANDSHAKE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nhost: bench\r\nconnection: Upgrade\r\n"
    b"upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def serve(kind: str, listener: socket.socket) -> None:
    gc.set_threshold(*GC_THRESHOLD)
    sio: Any = AsyncServer() if kind == "ours" else socketio.AsyncServer(async_mode="asgi")

    @sio.event
    async def connect(sid: str, environ: dict[str, Any], auth: Any) -> None:
        await sio.enter_room(sid, "ward")

    @sio.event
    async def shout(sid: str, data: Any) -> None:
        await sio.emit("news", data, room="ward")

    @sio.event
    async def whisper(sid: str, to: str, data: Any) -> None:
        await sio.emit("news", data, to=to)

    ws = websocket_protocol(sio) if kind == "ours" else "auto"
    config = uvicorn.Config(
        socketio.ASGIApp(sio), ws=ws, loop="uvloop", http="httptools", ws_per_message_deflate=False,
        log_level="warning", lifespan="off", backlog=4096,
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=[listener])


class Client(asyncio.Protocol):
    """Knows just enough of the protocol to be cheap, so that the server is what is measured."""

    def __init__(self, on_news: Callable[[bytes], None]) -> None:
        self._buffer = bytearray()
        self._upgraded = False
        self._on_news = on_news
        self.joined: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.transport.write(HANDSHAKE)

    def send(self, text: bytes) -> None:
        length = len(text)
        head = bytes((0x81, 0x80 | length)) if length < 126 else b"\x81\xfe" + length.to_bytes(2, "big")
        self.transport.write(head + KEY + mask(text, KEY))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._upgraded:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            del self._buffer[: end + 4]
            self._upgraded = True
        while len(self._buffer) >= 2:
            length, start = self._buffer[1], 2
            if length == 126:
                length, start = int.from_bytes(self._buffer[2:4], "big"), 4
            if len(self._buffer) < start + length:
                return
            opcode, text = self._buffer[0] & 0x0F, bytes(self._buffer[start : start + length])
            del self._buffer[: start + length]
            if opcode == Opcode.TEXT:
                self._receive(text)

    def _receive(self, text: bytes) -> None:
        if text.startswith(b"42"):
            self._on_news(text)
        elif text.startswith(b"0"):
            self.send(b"40")
        elif text.startswith(b"40"):
            self.joined.set_result(orjson.loads(text[2:])["sid"])
        elif text == b"2":
            self.send(b"3")


class Load:
    def __init__(self, port: int) -> None:
        self._port = port
        self._received = 0
        self._wanted = 0
        self._done = asyncio.Event()
        self.latencies: list[float] = []

    def _on_news(self, text: bytes) -> None:
        self._received += 1
        self.latencies.append(time.perf_counter() - orjson.loads(text[2:])[1]["at"])
        if self._received == self._wanted:
            self._done.set()

    def _expect(self, count: int) -> None:
        self._received, self._wanted = 0, count
        self.latencies = []
        self._done.clear()

    async def connect(self, count: int, at_once: int = 100) -> tuple[list[Client], float]:
        loop, gate = asyncio.get_running_loop(), asyncio.Semaphore(at_once)

        async def one() -> Client:
            async with gate:
                _, client = await loop.create_connection(
                    lambda: Client(self._on_news), "127.0.0.1", self._port
                )
                await client.joined
                return client

        start = time.perf_counter()
        clients = await asyncio.gather(*(one() for _ in range(count)))
        return clients, count / (time.perf_counter() - start)

    async def broadcast(self, clients: list[Client], times: int) -> float:
        """Return the median time from sending until the last client has it, seconds."""
        spans = []
        for _ in range(times):
            self._expect(len(clients))
            start = time.perf_counter()
            clients[0].send(b'42["shout",' + orjson.dumps({"at": start, "text": "x" * 64}) + b"]")
            await asyncio.wait_for(self._done.wait(), 60)
            spans.append(time.perf_counter() - start)
        return statistics.median(spans)

    async def unicast(self, clients: list[Client], rate: int, seconds: float) -> float:
        """Return the 95th percentile of client → server → other client, seconds, at `rate` per second, open loop."""
        count, batch = int(rate * seconds), max(1, rate // 200)
        sids = [client.joined.result() for client in clients]
        self._expect(count)
        start = time.perf_counter()
        for first in range(0, count, batch):
            await asyncio.sleep(max(0.0, start + first / rate - time.perf_counter()))
            for number in range(first, min(first + batch, count)):
                to = sids[(number * 7 + 1) % len(sids)]
                body = orjson.dumps(["whisper", to, {"at": time.perf_counter()}])
                clients[number % len(clients)].send(b"42" + body)
        await asyncio.wait_for(self._done.wait(), 120)
        return statistics.quantiles(self.latencies, n=20)[18]


def resident_kilobytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))


async def measure(port: int, pid: int, args: argparse.Namespace) -> dict[str, float]:
    warm, _ = await Load(port).connect(20)
    for client in warm:
        client.transport.close()
    before = resident_kilobytes(pid)
    load = Load(port)
    clients, rate = await load.connect(args.sockets)
    figures = {"connects/s": rate, "KB per socket": (resident_kilobytes(pid) - before) / args.sockets}
    figures["broadcast p50 ms"] = 1000 * await load.broadcast(clients, args.broadcasts)
    figures["unicast p95 ms"] = 1000 * await load.unicast(clients, args.rate, args.seconds)
    for client in clients:
        client.transport.close()
    return figures


def run_one(kind: str, args: argparse.Namespace) -> dict[str, float]:
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
        os.set_inheritable(listener.fileno(), True)
        command = [sys.executable, __file__, "--serve", kind, "--fd", str(listener.fileno())]
        with subprocess.Popen(command, pass_fds=[listener.fileno()]) as server:
            try:
                return uvloop.run(measure(listener.getsockname()[1], server.pid, args))
            finally:
                server.kill()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sockets", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--broadcasts", type=int, default=20)
    parser.add_argument("--rate", type=int, default=600, help="unicasts per second")
    parser.add_argument("--seconds", type=float, default=3.0, help="of unicasts")
    parser.add_argument("--serve", choices=["ours", "stock"], help=argparse.SUPPRESS)
    parser.add_argument("--fd", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        serve(args.serve, socket.socket(fileno=args.fd))
        return
    results: dict[str, list[dict[str, float]]] = {"ours": [], "stock": []}
    for _ in range(args.rounds):
        for kind, figures in results.items():
            figures.append(run_one(kind, args))
    print(f"{args.sockets} sockets, {args.rounds} rounds, {args.rate} unicasts/s")
    print(f"{'':18}{'ours':>10}{'stock':>10}{'ratio':>8}")
    for name in results["ours"][0]:
        ours, stock = (
            statistics.median(figures[name] for figures in results[kind]) for kind in ("ours", "stock")
        )
        better = ours / stock if name == "connects/s" else stock / ours
        print(f"{name:18}{ours:10.1f}{stock:10.1f}{better:7.1f}×")


if __name__ == "__main__":
    main()
