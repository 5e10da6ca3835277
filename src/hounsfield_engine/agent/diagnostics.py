"""What an attempt's program says on standard error, kept to a bounded size."""

import logging
import os
from contextlib import suppress
from pathlib import Path

NAME = "stderr.log"
MOST = 16 << 20  # a program in a loop must not fill the disk
TAIL = 1 << 14
log = logging.getLogger(__name__)


class Diagnostics:
    """The attempt's ``stderr.log``, held open: what stands at its name later is the program's affair."""

    def __init__(self, folder: Path) -> None:
        self._fd = os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)

    def fileno(self) -> int:
        """For the process that is to write to it."""
        return self._fd

    def close(self) -> None:
        """Let go of it."""
        os.close(self._fd)

    def trim(self) -> None:
        """Empty it when it has grown too large; writers append, so they go on from its new end."""
        if os.fstat(self._fd).st_size > MOST:
            os.ftruncate(self._fd, 0)

    def log_tail(self) -> None:
        """Copy its last lines to the engine's log."""
        with suppress(OSError):
            start = max(0, os.fstat(self._fd).st_size - TAIL)
            for line in os.pread(self._fd, TAIL, start).decode("utf-8", "replace").splitlines()[-30:]:
                log.warning("child.stderr %s", line)
