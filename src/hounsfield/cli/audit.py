"""`hounsfield audit`: the trail, from the machine that holds it."""

import re
import sys

import click

from hounsfield.audit.chain import seal
from hounsfield.audit.verify import Verdict, chains
from hounsfield.audit.verify import verify as check
from hounsfield.cli import logs, options
from hounsfield.cli.migrate import open_platform

EXIT_BROKEN = 8
_EXPECTED = re.compile(r"([0-9a-f]{32}):(\d{1,18}):([0-9a-f]{64})")


@click.group()
def audit() -> None:
    """Who saw or changed what of which patient."""


@audit.command()
@options.data_dir
@click.option(
    "--expect",
    multiple=True,
    metavar="ORGANIZATION:NUMBER:HASH",
    help="A link that was written down elsewhere, from the log or an earlier check; it must still be there.",
)
def verify(expect: tuple[str, ...], **given: object) -> None:
    """Check that no row was changed, removed or put in; exit code 8 where one was."""
    expected: dict[str, dict[int, str]] = {}
    for text in expect:
        match = _EXPECTED.fullmatch(text)
        if match is None:
            raise click.BadParameter(text, param_hint="--expect")
        expected.setdefault(match[1], {})[int(match[2])] = match[3]
    settings = options.settings(**given)
    logs.to_stderr(settings.log_level)
    platform = open_platform(settings)
    seal(platform)
    with platform.db.read() as session:
        wanted = sorted({*chains(session), *expected})
    verdicts = [check(platform, organization_id, expected.get(organization_id)) for organization_id in wanted]
    platform.close()
    for verdict in verdicts:
        click.echo(_line(verdict))
    sys.exit(0 if all(verdict.ok for verdict in verdicts) else EXIT_BROKEN)


def _line(verdict: Verdict) -> str:
    if verdict.ok:
        unmarked = f", {verdict.unmarked} sealed with an unknown secret" if verdict.unmarked else ""
        return f"ok      {verdict.organization_id}:{verdict.entries}:{verdict.head}{unmarked}"
    return f"BROKEN  {verdict.organization_id} at row {verdict.number}: {verdict.problem}"
