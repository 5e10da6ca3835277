"""Options that several commands share, and the settings they make."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from hounsfield.kit.settings import Settings


def data_dir(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--data-dir",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder for everything that is kept.",
    )(command)


def address(command: Callable[..., Any]) -> Callable[..., Any]:
    port = click.option("--port", type=click.IntRange(1, 65_535), help="Port to listen on (default 8080).")
    host = click.option("--host", help="Address to listen on (default 127.0.0.1).")
    return host(port(command))


def settings(**given: Any) -> Settings:
    """Return the settings from the environment, overridden by the options that were given."""
    return Settings(**{name: value for name, value in given.items() if value is not None})
