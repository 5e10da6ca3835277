"""The transport: connections, and how a consumer waits for messages."""

import os
import sqlite3
import sys
import time
from queue import Empty
from typing import Any

from kombu.transport import virtual

from kombu_sqlite import sessions
from kombu_sqlite.channel import Channel
from kombu_sqlite.database import Database
from kombu_sqlite.location import path_of
from kombu_sqlite.wakeup import Wakeup

_BUSY_TIMEOUT = 10.0


_VirtualTransport: Any = virtual.Transport  # its stubs make optional what its constructor always sets


class Transport(_VirtualTransport):
    """A connection to the broker's file.

    ``transport_options``: ``polling_interval`` (seconds between looks when no datagram comes, and between sweeps; 1) and
    ``busy_timeout`` (seconds to wait for another process's write; 10).
    """

    Channel = Channel
    can_parse_url = True
    driver_type = "sqlitemq"
    driver_name = "sqlite3"
    connection_errors = (*virtual.Transport.connection_errors, sqlite3.OperationalError, OSError)
    implements = virtual.Transport.implements.extend(
        asynchronous=sys.platform != "win32",
        exchange_type=frozenset(["direct", "topic", "fanout"]),
    )

    def __init__(self, client: Any, **kwargs: Any) -> None:
        super().__init__(client, **kwargs)
        self._path = path_of(client.hostname)
        self._busy_timeout = float(client.transport_options.get("busy_timeout", _BUSY_TIMEOUT))
        self._disconnect()

    def _disconnect(self) -> None:
        self.pid = os.getpid()
        self._db: Database | None = None
        self._session: int | None = None
        self._wakeup: Wakeup | None = None
        self._hub: Any = None
        self._timer: Any = None
        self._next_sweep = 0.0

    def driver_version(self) -> str:
        return sqlite3.sqlite_version

    def as_uri(self, uri: str, *_args: Any, **_kwargs: Any) -> str:
        return uri

    # connection

    def establish_connection(self) -> "Transport":
        if self.pid != os.getpid():  # inherited through a fork: leave the parent's channels alone
            self.channels.clear()
            self._avail_channels.clear()
            self._callbacks.clear()
            self._disconnect()
        if self._db is None:
            self._db = Database.acquire(self._path, self._busy_timeout)
        connection: Transport = super().establish_connection()
        return connection

    def verify_connection(self, _connection: Any) -> bool:
        return self.pid == os.getpid()

    def close_connection(self, connection: Any) -> None:
        inherited = self.pid != os.getpid()  # then the event loop, the session and the file are the parent's
        try:
            super().close_connection(connection)
            if not inherited:
                self._leave_event_loop()
                if self._session is not None:
                    sessions.close_session(self.db, self._session)
        finally:
            if self._wakeup is not None:
                self._wakeup.close()
            if self._db is not None and not inherited:
                self._db.release()
            self._disconnect()

    @property
    def db(self) -> Database:
        if self._db is None:
            self._db = Database.acquire(self._path, self._busy_timeout)
        return self._db

    @property
    def session(self) -> int:
        """This connection's number among the consumers, given when it first consumes."""
        if self._session is None:
            sessions.sweep(self.db)
            self._wakeup = Wakeup()
            self._session = sessions.open_session(self.db, self._wakeup.port)
        return self._session

    # waiting

    def look_again(self) -> None:
        """Make the consuming thread look into the file: it may have stopped because its prefetch was full."""
        if self._wakeup is not None:
            self._wakeup.poke()

    def drain_events(self, _connection: Any, timeout: float | None = None, **_: Any) -> None:
        """Deliver one message, waiting for it up to `timeout` seconds; raises TimeoutError as sockets do."""
        deadline = None if timeout is None else time.monotonic() + timeout
        wakeup = self._listening()
        while True:
            wakeup.clear()
            self._sweep_if_due()
            try:
                self.cycle.get(self._deliver, timeout=timeout)
                return
            except Empty:
                wait: float = self.polling_interval
                if deadline is not None:
                    wait = min(wait, deadline - time.monotonic())
                    if wait <= 0:
                        raise TimeoutError from None
                wakeup.wait(wait)

    def _listening(self) -> Wakeup:
        assert self.session
        assert self._wakeup is not None
        return self._wakeup

    def _sweep_if_due(self) -> None:
        if time.monotonic() >= self._next_sweep:
            self._next_sweep = time.monotonic() + self.polling_interval
            sessions.sweep(self.db)

    def register_with_event_loop(self, _connection: Any, loop: Any) -> None:
        """Deliver from kombu's event loop, as Celery's worker asks for, instead of from `drain_events`."""
        self._leave_event_loop()
        self._hub = loop
        loop.add_reader(self._listening().fileno(), self._deliver_one)
        self._timer = loop.call_repeatedly(self.polling_interval, self._on_poll)

    def _leave_event_loop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._hub is not None and self._wakeup is not None:
            self._hub.remove_reader(self._wakeup.fileno())
        self._timer = self._hub = None

    def _on_poll(self) -> None:
        sessions.sweep(self.db)
        self._deliver_one()

    def _deliver_one(self) -> None:
        """Deliver one message a tick, so that the loop's other work (results, timers, signals) is never held up."""
        wakeup = self._listening()
        wakeup.clear()
        try:
            self.cycle.get(self._deliver)
        except Empty:
            return
        # There may be more. Not call_soon(): the loop may sleep a second before it looks at what that leaves.
        wakeup.poke()
