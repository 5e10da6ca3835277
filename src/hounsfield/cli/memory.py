"""The allocator of a process through whose hands images pass."""

import ctypes
from contextlib import suppress

# mallopt(3). By itself glibc maps every block of an image's size anew and gives it back, and the kernel clears each of
# its pages again: ten times the time of copying into memory that is there.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
MAPPED_BYTES = 32 << 20  # the most that glibc takes
KEPT_BYTES = 64 << 20
ARENAS = 2  # of memory kept per thread no other thread has any use


def keep_freed_memory() -> None:
    """Let this process reuse what it freed, up to 64 MB. Without glibc nothing changes."""
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_ARENA_MAX, ARENAS)
        mallopt(_M_MMAP_THRESHOLD, MAPPED_BYTES)
        mallopt(_M_TRIM_THRESHOLD, KEPT_BYTES)
