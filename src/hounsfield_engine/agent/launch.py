"""Starting an attempt in the form its manifest names: a Python function, a command, or a container."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from hounsfield_engine.agent.child import Child, Program
from hounsfield_engine.agent.container import (
    NOT_STARTED,
    OUT_OF_MEMORY,
    Engine,
    User,
    remove_argv,
    run_argv,
)
from hounsfield_engine.sdk import Manifest, RetryElsewhere


class Launcher:
    """Starts attempts; `python` gives a child that waits for a folder."""

    def __init__(self, python: Callable[[], Child], container_engine: Engine | None = None) -> None:
        self._python = python
        self._engine = container_engine or container_engine_here()

    def __call__(self, manifest: Manifest, folder: Path, memory_mb: int) -> Child:
        """Start the program of an attempt.

        Raises
        ------
        RetryElsewhere
            It needs a container, and this machine runs none.
        """
        if manifest.image:
            return Child(self._container(manifest, folder, memory_mb), folder)
        if manifest.command:
            return Child(Program(manifest.located_command()), folder)
        return self._python()

    def _container(self, manifest: Manifest, folder: Path, memory_mb: int) -> Program:
        if self._engine is None:
            raise RetryElsewhere("CONTAINER_NOT_STARTED", "this engine has neither podman nor docker")
        user = User.of_this_process()
        if user.uid != os.getuid():
            _hand_over(folder, user)
        return Program(
            run_argv(self._engine, manifest, folder, memory_mb, user),
            undo=remove_argv(self._engine, folder),
            out_of_memory=OUT_OF_MEMORY,
            not_started=NOT_STARTED,
        )


def _hand_over(folder: Path, user: User) -> None:
    """Let another user read an attempt's folder, whatever the umask was, and leave a result in it."""
    for path in folder.rglob("*"):
        path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
    for path in (folder, folder / "out"):
        os.chown(path, user.uid, user.gid)


def container_engine_here() -> Engine | None:
    """The container engine on this machine's path."""
    if shutil.which("podman"):
        return "podman"
    return "docker" if shutil.which("docker") else None
