"""The ``hounsfield-engine`` command."""

import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from hounsfield_engine.agent.container import Engine
from hounsfield_engine.agent.service import Agent
from hounsfield_engine.agent.workdir import WorkDirBusy
from hounsfield_engine.manifests import ManifestWrong, has_manifest, hints, read_manifest
from hounsfield_engine.registry import discover
from hounsfield_engine.sdk import Manifest
from hounsfield_engine.settings import EngineSettings
from hounsfield_engine.trying import GivenModel, Trial

EXIT_CONFIGURATION = 2
EXIT_WORK_DIR_BUSY = 5
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


_algorithms_dir = click.option(
    "--algorithms-dir",
    type=click.Path(path_type=Path),
    envvar="HOUNSFIELD_ENGINE_ALGORITHMS_DIR",
    help="Folder of folders, each with a manifest [HOUNSFIELD_ENGINE_ALGORITHMS_DIR].",
)
_container_engine = click.option(
    "--container-engine",
    type=click.Choice(["docker", "podman"]),
    envvar="HOUNSFIELD_ENGINE_CONTAINER_ENGINE",
    help="Default: whichever is there [HOUNSFIELD_ENGINE_CONTAINER_ENGINE].",
)


@click.group()
@click.version_option(package_name="hounsfield-engine")
def main() -> None:
    """Compute engine of the Hounsfield platform."""


@main.command()
@click.option("--token", help="Engine token; HOUNSFIELD_ENGINE_TOKEN keeps it out of the process list.")
@click.option("--api-url", help="Address of the platform [HOUNSFIELD_API_URL].")
@click.option("--broker-url", help="Address of the message broker [HOUNSFIELD_BROKER_URL].")
@click.option("--id", "id", help="Name of this engine; default: the host name [HOUNSFIELD_ENGINE_ID].")
@click.option(
    "--capacity", type=int, help="Attempts at the same time; default 1 [HOUNSFIELD_ENGINE_CAPACITY]."
)
@click.option("--work-dir", type=click.Path(path_type=Path), help="[HOUNSFIELD_ENGINE_WORK_DIR]")
@click.option("--memory-mb", type=int, help="Limit of one attempt [HOUNSFIELD_ENGINE_MEMORY_MB].")
@click.option(
    "--node-memory-mb", type=int, help="Limit of all attempts together [HOUNSFIELD_ENGINE_NODE_MEMORY_MB]."
)
@click.option("--cache-mb", type=int, help="Limit of the input cache [HOUNSFIELD_ENGINE_CACHE_MB].")
@click.option("--algorithms", help="Names or module:ATTRIBUTE, by comma [HOUNSFIELD_ENGINE_ALGORITHMS].")
@_algorithms_dir
@_container_engine
@click.option("--patience-s", type=float, help="[HOUNSFIELD_ENGINE_PATIENCE_S]")
@click.option("--shutdown-grace-s", type=float, help="[HOUNSFIELD_ENGINE_SHUTDOWN_GRACE_S]")
@click.option("--log-level", help="[HOUNSFIELD_ENGINE_LOG_LEVEL]")
@click.option("--exit-with-parent", is_flag=True, help="Stop when the process that started this one ends.")
def run(exit_with_parent: bool, **options: Any) -> None:
    """Serve a platform: register, take offers, execute, report."""
    try:
        settings = EngineSettings(**{name: value for name, value in options.items() if value is not None})
    except ValidationError as error:
        # pydantic's own text would quote the values, and with them the token
        for item in error.errors():
            click.echo(f"{'.'.join(map(str, item['loc']))}: {item['msg']}", err=True)
        sys.exit(EXIT_CONFIGURATION)
    _log_to_stderr(settings.log_level)
    manifests = discover(settings.algorithms, settings.algorithms_dir)
    if not manifests:
        click.echo("no algorithm could be loaded", err=True)
        sys.exit(EXIT_CONFIGURATION)
    try:
        sys.exit(Agent(settings, manifests).run(exit_with_parent=exit_with_parent))
    except WorkDirBusy as error:
        click.echo(str(error), err=True)
        sys.exit(EXIT_WORK_DIR_BUSY)


@main.command()
@click.option("--language", default="en", show_default=True)
@_algorithms_dir
def algorithms(language: str, algorithms_dir: Path | None) -> None:
    """List the algorithms this installation has."""
    _log_to_stderr("ERROR")
    for manifest in discover(folder=algorithms_dir).values():
        title = manifest.title.get(language) or next(iter(manifest.title.values()), "")
        click.echo(f"{manifest.name}\t{manifest.version}\t{manifest.input_kind}\t{title}")


@main.command("try")
@click.argument("algorithm")
@click.argument(
    "input_dir", type=click.Path(exists=True, file_okay=False, path_type=Path), required=False, default=None
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="[default: ALGORITHM-result]")
@click.option(
    "-p", "--parameter", "pairs", multiple=True, metavar="KEY=VALUE", help="A value is JSON, else text."
)
@click.option("--memory-mb", type=int, help="Limit; default: the manifest's.")
@click.option("--model", type=_FILE, help="ONNX file, for the algorithm onnx.")
@click.option("--manifest", "model_manifest", type=_FILE, help="What is said of the model, as JSON.")
@_algorithms_dir
@_container_engine
def try_(
    algorithm: str,
    input_dir: Path | None,
    out: Path | None,
    pairs: Sequence[str],
    memory_mb: int | None,
    model: Path | None,
    model_manifest: Path | None,
    algorithms_dir: Path | None,
    container_engine: Engine | None,
) -> None:
    """Run ALGORITHM on INPUT_DIR without a platform.

    ALGORITHM is a name, module:ATTRIBUTE, or a folder with a manifest. For a series, every DICOM file below INPUT_DIR is
    taken; else it holds the input's files, or one folder an input.
    """
    logging.basicConfig(level="WARNING", stream=sys.stderr, format="%(message)s")
    path = Path(algorithm)
    manifest = _manifest_of(path) if has_manifest(path) else _manifest_named(algorithm, algorithms_dir)
    parameters = dict(_parameter(pair) for pair in pairs)
    given = _model(model, model_manifest)
    trial = Trial(manifest, input_dir, out or Path(f"{manifest.name}-result"), parameters, given)
    trial.run(memory_mb or manifest.memory_mb, container_engine)


@main.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def check(folder: Path) -> None:
    """Say what is wrong with the manifest in FOLDER, and what could be better."""
    manifest = _manifest_of(folder)
    for hint in hints(manifest):
        click.echo(f"hint: {hint}")
    click.echo(f"{manifest.name} {manifest.version} can be run")


def _model(path: Path | None, manifest: Path | None) -> GivenModel | None:
    if path is None and manifest is None:
        return None
    if path is None or manifest is None:
        raise click.UsageError("--model and --manifest belong together")
    try:
        return GivenModel(path, json.loads(manifest.read_bytes()))
    except ValueError as error:
        raise click.ClickException(f"{manifest} is not JSON: {error}") from None


def _manifest_of(folder: Path) -> Manifest:
    try:
        return read_manifest(folder)
    except ManifestWrong as wrong:
        raise click.ClickException("\n".join(["the manifest cannot be used", *wrong.problems])) from None


def _manifest_named(name: str, algorithms_dir: Path | None) -> Manifest:
    for manifest in discover([name], algorithms_dir).values():
        return manifest
    raise click.ClickException(f"no algorithm {name!r}, nor a folder with a manifest")


def _parameter(pair: str) -> tuple[str, Any]:
    key, separator, value = pair.partition("=")
    if not separator:
        raise click.BadParameter(f"{pair!r} is not KEY=VALUE")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


def _log_to_stderr(level: str) -> None:
    logging.basicConfig(
        level=level,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s pid=%(process)d %(message)s",
    )
    for noisy in ("httpx", "httpcore", "celery", "kombu", "amqp"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLogger().level))
