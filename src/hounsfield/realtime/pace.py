"""Hints that come in bursts are passed on at a pace that a page can follow."""

import asyncio
from collections.abc import Callable


class Pace:
    """Acts on the first touch at once and on later ones once a second, the last of a burst included."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, act: Callable[[], None], seconds: float = 1.0
    ) -> None:
        self._loop, self._act, self._seconds = loop, act, seconds
        self._last = float("-inf")
        self._due: asyncio.TimerHandle | None = None

    def touch(self) -> None:
        if self._due is not None:
            return
        wait = self._last + self._seconds - self._loop.time()
        if wait > 0:
            self._due = self._loop.call_later(wait, self._now)
        else:
            self._now()

    def _now(self) -> None:
        self._due, self._last = None, self._loop.time()
        self._act()

    def stop(self) -> None:
        if self._due is not None:
            self._due.cancel()
