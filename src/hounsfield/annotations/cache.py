"""What is dear to compute and never changes, kept in memory up to a size; each thing is computed by one thread only."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Bounded(Generic[V]):
    """Keeps what was used last, as far as it fits into `limit` (bytes, or whatever `cost` counts)."""

    def __init__(self, limit: int, cost: Callable[[V], int]) -> None:
        self._limit, self._cost = limit, cost
        self._kept: OrderedDict[Hashable, V] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()
        self.used = 0

    def get(self, key: Hashable, make: Callable[[], V]) -> V:
        """Return what is kept under a key, making it where it is not; whoever asks meanwhile waits for it."""
        found = self._look(key)
        if found is not None:
            return found
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        try:
            with making:
                found = self._look(key)
                if found is None:
                    found = make()
                    self._keep(key, found)
                return found
        finally:
            with self._lock:
                self._making.pop(key, None)

    def peek(self, key: Hashable) -> V | None:
        """Return what is kept under a key, if anything."""
        return self._look(key)

    def _look(self, key: Hashable) -> V | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _keep(self, key: Hashable, value: V) -> None:
        cost = self._cost(value)
        with self._lock:
            if cost > self._limit or key in self._kept:
                return
            self._kept[key] = value
            self.used += cost
            while self.used > self._limit:
                self.used -= self._cost(self._kept.popitem(last=False)[1])
