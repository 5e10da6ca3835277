"""The API's description, for generated clients."""

import sys
import tempfile
from pathlib import Path

import click
import orjson

from hounsfield.http.app import create_app
from hounsfield.kit.platform import Platform
from hounsfield.kit.settings import Settings


@click.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    with tempfile.TemporaryDirectory() as folder:
        platform = Platform.open(Settings(data_dir=Path(folder), secret_key="x" * 32))
        document = create_app(platform).openapi()
        platform.close()
    sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
