"""How patient and how generous an end of an association is."""

import threading
from dataclasses import dataclass


class Budget:
    """Bytes of objects that are on their way in, over all associations: what does not fit is refused, not kept."""

    def __init__(self, total: int) -> None:
        self._left, self._guard = total, threading.Lock()

    def take(self, size: int) -> bool:
        with self._guard:
            if size > self._left:
                return False
            self._left -= size
            return True

    def give_back(self, size: int) -> None:
        with self._guard:
            self._left += size


@dataclass(frozen=True)
class Limits:
    """Times are in seconds, sizes in bytes."""

    acse_seconds: float = 10.0  # for a request or an answer to arrive, once connected
    idle_seconds: float = 60.0  # between two messages
    dimse_seconds: float = 30.0  # for the next PDU of a message, for one PDU, and for a send to go through
    max_pdu: int = 131_072
    max_object: int = 1 << 30
