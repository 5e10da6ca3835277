"""Datagrams on the loopback interface that tell consumers to look into the file now.

A datagram carries nothing: the file is the truth. A lost one costs the time until the next poll, a forged one costs
one look.
"""

import socket
from collections.abc import Iterable
from contextlib import suppress

_HOST = "127.0.0.1"


class Wakeup:
    """A consumer's end: a UDP socket on a port of the system's choice."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((_HOST, 0))
        self.port: int = self._socket.getsockname()[1]

    def fileno(self) -> int:
        return self._socket.fileno()

    def wait(self, timeout: float) -> bool:
        """Return True as soon as a datagram comes, or False after `timeout` seconds."""
        self._socket.settimeout(timeout)
        return self._receive()

    def clear(self) -> None:
        """Forget the datagrams that have come. Look into the file *after* this, never before."""
        self._socket.settimeout(0)
        while self._receive():
            pass

    def poke(self) -> None:
        """Make the thread that waits here look again."""
        with suppress(OSError):
            self._socket.sendto(b"!", (_HOST, self.port))

    def _receive(self) -> bool:
        try:
            self._socket.recv(16)
        except OSError:  # nothing there, or on Windows the echo of a datagram sent to a closed port
            return False
        return True

    def close(self) -> None:
        self._socket.close()


def wake(ports: Iterable[int]) -> None:
    """Wake the consumers that listen on `ports`."""
    ports = set(ports)
    if not ports:
        return
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.settimeout(0)
        for port in ports:
            with suppress(OSError):  # a full buffer or a sandbox without loopback: the poll takes over
                sender.sendto(b"!", (_HOST, port))
