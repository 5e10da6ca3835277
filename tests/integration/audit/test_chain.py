"""Rows are numbered without gaps, and whatever is changed, removed or put in shows."""

import threading
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, select, update

from hounsfield.accounts.permissions import Actor
from hounsfield.audit import chain
from hounsfield.audit.models import AuditEntry, AuditHead
from hounsfield.audit.verify import Verdict, verify
from hounsfield.cli.main import main
from hounsfield.kit.platform import Platform
from hounsfield.kit.settings import Settings

Write = Callable[[int], None]


def check(platform: Platform, who: Actor, expected: dict[int, str] | None = None) -> Verdict:
    return verify(platform, who.organization_id, expected)


def links(platform: Platform) -> list[tuple[int | None, str | None]]:
    with platform.db.read() as session:
        query = select(AuditEntry.number, AuditEntry.hash).order_by(AuditEntry.number)
        return [(row.number, row.hash) for row in session.execute(query)]


def test_rows_are_sealed_in_order_and_found_whole(
    platform: Platform, administrator: Actor, write_rows: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "BATCH", 4)
    monkeypatch.setattr("hounsfield.audit.verify.STRETCH", 3)
    write_rows(9)
    assert check(platform, administrator).waiting == 9
    assert chain.seal(platform) == 9
    write_rows(2)
    assert chain.seal(platform) == 2
    assert chain.seal(platform) == 0
    found = links(platform)
    assert [number for number, _ in found] == list(range(1, 12))
    assert len({link for _, link in found}) == 11
    verdict = check(platform, administrator)
    assert (verdict.ok, verdict.entries, verdict.head, verdict.waiting) == (True, 11, found[-1][1], 0)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"actor_name": "nobody"}, "CHANGED"),
        ({"reason": ""}, "CHANGED"),
        ({"details": {}}, "CHANGED"),
        ({"count": 7}, "CHANGED"),
        ({"patient_id": "b" * 32}, "CHANGED"),
        ({"mark": "0" * 64}, "FORGED"),
        ({"number": 40}, "GAP"),
    ],
)
def test_a_changed_row_shows(
    platform: Platform, administrator: Actor, write_rows: Write, values: dict[str, object], problem: str
) -> None:
    write_rows(5)
    chain.seal(platform)
    with platform.db.write() as session:
        session.execute(update(AuditEntry).where(AuditEntry.number == 3).values(**values))
    verdict = check(platform, administrator)
    assert (verdict.problem, verdict.number) == (problem, 3)


def test_a_removed_row_shows(platform: Platform, administrator: Actor, write_rows: Write) -> None:
    write_rows(5)
    chain.seal(platform)
    with platform.db.write() as session:
        session.execute(delete(AuditEntry).where(AuditEntry.number == 5))
    assert check(platform, administrator).problem == "HEAD"
    with platform.db.write() as session:
        session.execute(delete(AuditEntry).where(AuditEntry.number == 2))
    assert (check(platform, administrator).problem, check(platform, administrator).number) == ("GAP", 2)


def test_a_chain_that_was_written_anew_without_the_secret_shows(
    platform: Platform, administrator: Actor, write_rows: Write
) -> None:
    write_rows(3)
    chain.seal(platform)
    with platform.db.write() as session:
        head = session.get_one(AuditHead, administrator.organization_id)
        before = ""
        for row in session.scalars(select(AuditEntry).order_by(AuditEntry.number)):
            row.actor_name = "somebody else"
            row.hash = head.hash = before = chain.link(row, row.number or 0, before)
    verdict = check(platform, administrator)
    assert (verdict.problem, verdict.number) == ("FORGED", 1)


def test_a_cut_end_shows_by_a_link_that_was_written_down(
    platform: Platform, administrator: Actor, write_rows: Write
) -> None:
    write_rows(4)
    chain.seal(platform)
    known = dict(links(platform))
    kept = {2: known[2] or "", 4: known[4] or ""}
    assert check(platform, administrator, kept).ok
    with platform.db.write() as session:
        session.execute(delete(AuditEntry).where(AuditEntry.number > 2))
        session.execute(update(AuditHead).values(number=2, hash=kept[2]))
    assert check(platform, administrator).ok  # the database alone cannot know
    verdict = check(platform, administrator, kept)
    assert (verdict.problem, verdict.number) == ("EXPECTED", 4)


def test_two_sealers_give_each_row_one_number(
    platform: Platform, administrator: Actor, write_rows: Write
) -> None:
    write_rows(40)
    threads = [threading.Thread(target=chain.seal, args=(platform,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [number for number, _ in links(platform)] == list(range(1, 41))
    assert check(platform, administrator).ok


def test_a_new_secret_leaves_earlier_links_verifiable(
    platform: Platform, administrator: Actor, write_rows: Write
) -> None:
    write_rows(2)
    chain.seal(platform)
    old = platform.settings
    new = {**old.model_dump(), "secret_key": "another secret, also long enough"}
    platform.settings = Settings(**new)
    write_rows(1)
    chain.seal(platform)
    verdict = check(platform, administrator)
    assert (verdict.ok, verdict.entries, verdict.unmarked) == (True, 3, 2)
    platform.settings = Settings(**new | {"previous_secret_keys": old.secret_key})
    assert check(platform, administrator).unmarked == 0


def test_the_command_says_ok_or_where_it_is_broken(
    platform: Platform, administrator: Actor, write_rows: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = platform.settings
    monkeypatch.setenv("HOUNSFIELD_DATABASE_URL", settings.database)
    monkeypatch.setenv("HOUNSFIELD_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("HOUNSFIELD_SECRET_KEY", settings.secret_key)
    monkeypatch.setenv("HOUNSFIELD_BROKER_URL", settings.broker_url)
    monkeypatch.setattr(
        "hounsfield.cli.logs.to_stderr", lambda _level: None
    )  # the runner's is closed when it ends
    write_rows(3)
    good = CliRunner().invoke(main, ["audit", "verify"])
    assert good.exit_code == 0, good.output
    place = next(line.split()[1] for line in good.output.splitlines() if line.startswith("ok "))
    assert place.startswith(f"{administrator.organization_id}:3:")
    assert CliRunner().invoke(main, ["audit", "verify", "--expect", place]).exit_code == 0
    with platform.db.write() as session:
        session.execute(update(AuditEntry).where(AuditEntry.number == 2).values(outcome="denied"))
    bad = CliRunner().invoke(main, ["audit", "verify"])
    assert (bad.exit_code, bad.output.split()[0]) == (8, "BROKEN")
    assert "row 2: CHANGED" in bad.output
