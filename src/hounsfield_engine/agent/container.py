"""How an attempt runs in a container: the command line of docker or podman, and what ends it. Pure functions."""

import os
from pathlib import Path
from typing import Literal, NamedTuple

from hounsfield_engine.sdk import Manifest

Engine = Literal["docker", "podman"]
WORK = "/work"
NOBODY = 65534
MOST_PROCESSES = 1024
# SIGKILL inside: the kernel's; ours is judged as what it was for
OUT_OF_MEMORY = frozenset({137})
NOT_STARTED = frozenset({125, 126, 127})


class User(NamedTuple):
    """Who the program is inside."""

    uid: int
    gid: int

    @classmethod
    def of_this_process(cls) -> "User":
        """The engine's own user, so that files can be exchanged; never root."""
        return cls(os.getuid(), os.getgid()) if os.getuid() else cls(NOBODY, NOBODY)


def run_argv(engine: Engine, manifest: Manifest, folder: Path, memory_mb: int, user: User) -> list[str]:
    """Build the command that runs an attempt's folder in a container of the manifest's image.

    No network, nothing writable but the folder and a ``/tmp`` that counts as memory, no privileges; never pulls an image.
    """
    memory = f"{memory_mb}m"
    return [
        *(engine, "run", "--rm", "--name", container_name(folder), "--pull", "never", "--log-driver", "none"),
        *("--network", "none", "--read-only", "--tmpfs", "/tmp:rw,nosuid,nodev", "--env", "HOME=/tmp"),  # noqa: S108
        *("--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--user", f"{user.uid}:{user.gid}"),
        *(("--userns", "keep-id") if engine == "podman" and user.uid != NOBODY else ()),
        *("--memory", memory, "--memory-swap", memory, "--pids-limit", str(MOST_PROCESSES)),
        *(("--cpus", f"{manifest.cpus:g}") if manifest.cpus else ()),
        *(_gpu(engine) if manifest.gpu else ()),
        *("--mount", f"type=bind,source={folder},target={WORK}"),
        *("--mount", f"type=bind,source={folder / 'in'},target={WORK}/in,readonly"),
        *("--workdir", WORK, manifest.image, *manifest.command),
    ]


def remove_argv(engine: Engine, folder: Path) -> list[str]:
    """Build the command that ends the container of an attempt at once: its client's death would not."""
    at_once = ("--time", "0") if engine == "podman" else ()
    return [engine, "rm", "--force", *at_once, container_name(folder)]


def container_name(folder: Path) -> str:
    """One a work folder, so that an attempt's container can be named before it exists."""
    return f"hounsfield-{folder.name}"


def _gpu(engine: Engine) -> tuple[str, str]:
    return ("--gpus", "all") if engine == "docker" else ("--device", "nvidia.com/gpu=all")
