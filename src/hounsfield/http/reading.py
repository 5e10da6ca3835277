"""A reading that many ask for is made once in a while."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from hounsfield.kit.platform import Platform

T = TypeVar("T")


class Reading(Generic[T]):
    """Keeps what `make` returned for some seconds; of those who ask meanwhile one makes it and the others wait."""

    def __init__(self, make: Callable[[Platform], T], seconds: float) -> None:
        self._make, self.seconds = make, seconds
        self._lock = threading.Lock()
        self._kept: tuple[Platform, float, T] | None = None

    def of(self, platform: Platform) -> T:
        with self._lock:
            now = time.monotonic()
            if self._kept is None or self._kept[0] is not platform or now - self._kept[1] >= self.seconds:
                self._kept = platform, now, self._make(platform)
            return self._kept[2]
