"""A network that can fail: a TCP proxy on a port of its own that can be cut, stalled, made to refuse, and healed."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from typing import Any

from tests.processes import free_port

CHUNK = 1 << 16
REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n"
    b"Connection: close\r\n\r\nSlow down"
)


class Proxy:
    """Passes every connection on to one server. `seen` counts the bytes that clients sent, `refused` their 503s."""

    def __init__(self, host: str, port: int) -> None:
        self._target, self.port = (host, port), free_port()
        self.seen = self.refused = 0
        self._limit: int | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._flowing, self._refusing = asyncio.Event(), False
        self._thread.start()
        self.heal()

    # ---- what a network can do

    def cut(self) -> None:
        """Reset every connection and accept none."""
        self._run(self._cut())

    def stall(self) -> None:
        """Keep every connection and let nothing through."""
        self._loop.call_soon_threadsafe(self._flowing.clear)

    def stall_after(self, count: int) -> None:
        """Stall once clients have sent so many bytes more."""
        self._limit = self.seen + count

    @property
    def stalled(self) -> bool:
        return not self._flowing.is_set()

    def refuse(self) -> None:
        """Reset what is open; whoever comes anew is told 503, as an overloaded HTTP server would."""
        self._run(self._refuse())

    def heal(self) -> None:
        """Let everything through again."""
        self._run(self._heal())

    def close(self) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    # ---- in the proxy's own thread

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _cut(self) -> None:
        if self._server:
            self._server.close()
            self._server = None
        await self._reset()

    async def _reset(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()
        self._flowing.set()  # whoever waits to pass something on finds its connection gone
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _refuse(self) -> None:
        self._refusing = True
        await self._reset()

    async def _heal(self) -> None:
        self._refusing, self._limit = False, None
        self._flowing.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await (self._say_no if self._refusing else self._pass_on)(reader, writer)
        finally:
            self._writers.discard(writer)
            self._tasks.discard(task)
            writer.transport.abort()

    async def _say_no(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.refused += 1
        writer.write(REFUSAL)
        await writer.drain()
        writer.write_eof()
        while await reader.read(CHUNK):  # a reset would take the answer away from whoever is still sending
            pass

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._target)
        self._writers.add(back)
        try:
            await asyncio.gather(self._pump(reader, back, count=True), self._pump(there, writer))
        finally:
            self._writers.discard(back)
            back.transport.abort()

    async def _pump(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, count: bool = False
    ) -> None:
        while data := await source.read(CHUNK):
            if count:
                self.seen += len(data)
                if self._limit is not None and self.seen >= self._limit:
                    self._limit = None
                    self._flowing.clear()
            await self._flowing.wait()
            target.write(data)
            await target.drain()
        with contextlib.suppress(OSError):
            target.write_eof()
