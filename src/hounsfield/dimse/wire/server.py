"""Takes connections in, each in a thread of its own, as many as are allowed, and lets them go at the end."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable

import structlog

from hounsfield.dimse.wire.channel import Channel
from hounsfield.dimse.wire.limits import Budget, Limits

log = structlog.get_logger()
_BACKLOG = 128
_POLL_SECONDS = 0.05
_SPARE = 8  # connections beyond the limit that are let in to be told that it is reached


class Server(threading.Thread):
    """Listens and serves until stopped. `serve` is given a channel and whether there is room for its association."""

    def __init__(
        self,
        address: tuple[str, int],
        serve: Callable[[Channel, tuple[str, int], bool], None],
        *,
        limits: Limits,
        budget: Budget,
        most: int,
    ) -> None:
        super().__init__(name="dimse-listener", daemon=True)
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._listener = socket.create_server(address, family=family, backlog=_BACKLOG)
        self._serve, self._limits, self._budget, self._most = serve, limits, budget, most
        self._guard, self._stopping = threading.Lock(), threading.Event()
        self._open: set[Channel] = set()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def associations(self) -> int:
        with self._guard:
            return len(self._open)

    @property
    def draining(self) -> bool:
        """Whether associations shall end with the message they are at."""
        return self._stopping.is_set()

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, address = self._listener.accept()
            except OSError as error:
                if self._stopping.is_set():
                    return
                log.warning("dimse.not_accepted", error=str(error))  # no descriptors left, for instance
                self._stopping.wait(_POLL_SECONDS)
                continue
            self._take(connection, (address[0], address[1]))

    def _take(self, connection: socket.socket, address: tuple[str, int]) -> None:
        try:
            channel = Channel(connection, self._limits, self._budget)
        except OSError:  # gone before it was let in
            connection.close()
            return
        with self._guard:
            count = len(self._open)
            if count >= self._most + _SPARE:
                connection.close()
                return
            self._open.add(channel)
        room = count < self._most
        thread = threading.Thread(
            target=self._run_one, args=(channel, address, room), name=f"dimse-{address[0]}", daemon=True
        )
        thread.start()

    def _run_one(self, channel: Channel, address: tuple[str, int], room: bool) -> None:
        try:
            self._serve(channel, address, room)
        except Exception:  # the thread ends here: nobody else would say so
            log.exception("dimse.broken", address=address[0])
            channel.abort(source=2)
        finally:
            channel.close()
            with self._guard:
                self._open.discard(channel)

    def stop(self, seconds: float) -> None:
        """Take no more connections, let each association finish its message, and end those that take longer."""
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        deadline = time.monotonic() + seconds
        while (left := self._channels()) and time.monotonic() < deadline:
            for channel in left:
                if channel.idle:
                    channel.interrupt()
            time.sleep(_POLL_SECONDS)
        for channel in self._channels():
            channel.interrupt()
        if self.is_alive():
            self.join(timeout=1)

    def _channels(self) -> list[Channel]:
        with self._guard:
            return list(self._open)
