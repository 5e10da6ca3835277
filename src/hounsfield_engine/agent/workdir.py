"""The engine's folder: one sub-folder an attempt, the cached inputs, and a lock so that two engines do not share it."""

import fcntl
import json
import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

log = logging.getLogger(__name__)


class WorkDirBusy(Exception):
    """Another engine process uses this work folder."""


class WorkDir:
    """Owned by one process; what an earlier, killed one left behind is removed."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.root = root
        self.cache = root / "cache"
        self._lock = _lock(root / "lock")
        for leftover in root.iterdir():
            if leftover.is_dir() and leftover != self.cache:
                log.info("workdir.leftover-removed folder=%s", leftover.name)
                shutil.rmtree(leftover, ignore_errors=True)
        self.cache.mkdir(exist_ok=True)

    def close(self) -> None:
        """Give the folder up."""
        self._lock.close()

    @contextmanager
    def attempt(self, name: str, task: Mapping[str, Any]) -> Iterator[Path]:
        """Make an attempt's folder with ``in``, ``out`` and ``task.json``; remove it afterwards."""
        folder = self.root / name
        shutil.rmtree(folder, ignore_errors=True)
        try:
            (folder / "in").mkdir(parents=True)
            (folder / "out").mkdir()
            (folder / "task.json").write_text(json.dumps(task), "utf-8")
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _lock(path: Path) -> IO[str]:
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise WorkDirBusy(f"{path.parent} is in use by another engine process") from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file
