"""One timer for every connection: heartbeats, ping timeouts and the deadline to join a namespace."""

import asyncio
from math import ceil
from typing import TYPE_CHECKING

from uvicorn_engineio.frames import CloseCode, Opcode, frame

if TYPE_CHECKING:
    from uvicorn_engineio.connection import Connection

PING = frame(Opcode.TEXT, b"2")
_LONGEST_TICK = 1.0  # seconds
_FEWEST_SLOTS = 25


class Wheel:
    """A timing wheel of `ping_interval`, one slot per tick; new connections are dealt to the slots in turn.

    Dealing them out spreads the pings of a reconnection storm over the whole interval.
    Time is counted in ticks, so a loop that was blocked does not find every client late when it wakes.
    """

    def __init__(self, ping_interval: float, ping_timeout: float, connect_timeout: float) -> None:
        self._tick_seconds = min(_LONGEST_TICK, ping_interval / _FEWEST_SLOTS)
        self._timeout_ticks = ceil(ping_timeout / self._tick_seconds)
        self._connect_ticks = ceil(connect_timeout / self._tick_seconds)
        self._slots: list[set[Connection]] = [set() for _ in range(ceil(ping_interval / self._tick_seconds))]
        self._unjoined: dict[
            Connection, int
        ] = {}  # in order of expiry, since the timeout is the same for all
        self._tick = 0
        self._dealt = 0
        self._members = 0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, connection: "Connection") -> None:
        self._dealt = (self._dealt + 1) % len(self._slots)
        connection.slot = self._dealt
        self._slots[self._dealt].add(connection)
        self._members += 1
        self.await_join(connection)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._tick_seconds, self._turn)

    def remove(self, connection: "Connection") -> None:
        self._slots[connection.slot].remove(connection)
        self._members -= 1
        self.joined(connection)

    def await_join(self, connection: "Connection") -> None:
        """Give a connection without a namespace `connect_timeout` to join one."""
        self._unjoined.pop(connection, None)
        self._unjoined[connection] = self._tick + self._connect_ticks

    def joined(self, connection: "Connection") -> None:
        self._unjoined.pop(connection, None)

    def _turn(self) -> None:
        self._tick += 1
        tick = self._tick
        for connection in self._slots[tick % len(self._slots)]:
            if not connection.pinged_at:
                connection.pinged_at = tick
                connection.write(PING)
        pinged_then = self._slots[(tick - self._timeout_ticks) % len(self._slots)]
        late = [c for c in pinged_then if c.pinged_at and tick - c.pinged_at >= self._timeout_ticks]
        for connection in late:
            connection.time_out()
        for connection in self._overdue():
            connection.close(CloseCode.POLICY_VIOLATION, "no namespace joined in time")
        if self._members:
            self._timer = asyncio.get_running_loop().call_later(self._tick_seconds, self._turn)
        else:
            self._timer = None

    def _overdue(self) -> "list[Connection]":
        overdue = []
        for connection, expiry in self._unjoined.items():
            if expiry > self._tick:
                break
            overdue.append(connection)
        return overdue
