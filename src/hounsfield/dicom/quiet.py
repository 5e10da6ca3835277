"""Calls into pydicom that neither print nor raise its warnings: what they report is judged by this room itself."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

# warnings.catch_warnings swaps a process-wide list, so two threads must not be inside it at once.
_lock = threading.RLock()


@contextmanager
def quiet_pydicom() -> Iterator[None]:
    """Ignore warnings inside the block; one thread at a time."""
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
