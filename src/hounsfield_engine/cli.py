"""The ``hounsfield-engine`` command."""

import json
import logging
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from hounsfield_engine.agent.attempt import Attempt
from hounsfield_engine.agent.child import Child, Limits
from hounsfield_engine.agent.service import Agent
from hounsfield_engine.agent.workdir import WorkDir, WorkDirBusy
from hounsfield_engine.registry import discover
from hounsfield_engine.sdk import EngineError, Manifest
from hounsfield_engine.settings import EngineSettings

EXIT_CONFIGURATION = 2
EXIT_WORK_DIR_BUSY = 5


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
    manifests = discover(settings.algorithms)
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
def algorithms(language: str) -> None:
    """List the algorithms this installation has."""
    for manifest in discover().values():
        title = manifest.title.get(language) or next(iter(manifest.title.values()), "")
        click.echo(f"{manifest.name}\t{manifest.version}\t{manifest.input_kind}\t{title}")


@main.command("try")
@click.argument("name")
@click.argument("input_dir", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "-p", "--parameter", "pairs", multiple=True, metavar="KEY=VALUE", help="A value is JSON, else text."
)
@click.option("--memory-mb", type=int)
def try_(name: str, input_dir: Path, out: Path, pairs: Sequence[str], memory_mb: int | None) -> None:
    """Run algorithm NAME on INPUT_DIR without a platform.

    INPUT_DIR holds one folder per input (series/*.dcm), or directly the files of the input "series".
    """
    manifest = next(iter(discover([name]).values()), None)
    if manifest is None:
        raise click.ClickException(f"no algorithm {name!r}")
    parameters = dict(_parameter(pair) for pair in pairs)
    _log_to_stderr("WARNING")
    with (
        tempfile.TemporaryDirectory(prefix="hounsfield-engine-") as temporary,
        closing(WorkDir(Path(temporary))) as workdir,
    ):
        _try(manifest, input_dir, out, parameters, memory_mb or manifest.memory_mb, workdir)


class _Shown(Attempt):
    """Shows progress on the terminal instead of reporting it."""

    def report(self, progress: float, message: str) -> None:
        click.echo(f"\r{progress:5.1f} %  {message:<60.60}", nl=False, err=True)


def _try(
    manifest: Manifest, source: Path, out: Path, parameters: dict[str, Any], memory_mb: int, workdir: WorkDir
) -> None:
    task = {
        "task_id": "try",
        "epoch": 1,
        "algorithm": manifest.name,
        "entry": manifest.entry,
        "parameters": parameters,
    }
    attempt = _Shown("try", 1, patience_s=0)
    with workdir.attempt("try", task) as folder:
        flat = any(entry.is_file() for entry in source.iterdir())
        shutil.copytree(source, folder / "in" / "series" if flat else folder / "in", dirs_exist_ok=True)
        try:
            outcome = Child([]).run(folder, Limits(manifest.start_to_close_s, memory_mb), attempt)
        except EngineError as error:
            click.echo(err=True)
            raise click.ClickException(f"{error.code}: {error} ({error.decision})") from error
        click.echo(err=True)
        out.mkdir(parents=True, exist_ok=True)
        for artifact in outcome.artifacts:
            shutil.copy2(folder / "out" / artifact.name, out / artifact.name)
            click.echo(f"{out / artifact.name}\t{artifact.kind}\t{json.dumps(dict(artifact.metadata))}")
        click.echo(json.dumps(dict(outcome.metrics), indent=2))


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
