from pathlib import Path

import pytest
from kombu import Connection

from kombu_sqlite import path_of, url_for


def test_absolute_path_takes_four_slashes() -> None:
    assert path_of("sqlitemq:////var/lib/queue.db") == Path("/var/lib/queue.db")


def test_relative_path_counts_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert path_of("sqlitemq:///data/queue.db") == tmp_path / "data/queue.db"


def test_windows_drive_is_part_of_the_path() -> None:
    assert path_of("sqlitemq:///C:/data/queue.db").parts[-3:] == ("C:", "data", "queue.db")


@pytest.mark.parametrize("name", ["queue.db", "with space.db", "a;b?c#d%41.db", "队列.db"])
def test_url_leads_back_to_its_path(tmp_path: Path, name: str) -> None:
    url = url_for(tmp_path / name)
    assert path_of(url) == tmp_path / name
    with Connection(url) as connection:  # also through kombu's own parsing, which splits at semicolons
        connection.ensure_connection()
    assert (tmp_path / name).exists()


@pytest.mark.parametrize(
    "url",
    ["sqlite:///x.db", "sqlitemq://host/x.db", "sqlitemq:///", "sqlitemq:///x/", "sqlitemq:///x.db?y=1"],
)
def test_url_that_names_no_local_file_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"sqlitemq|names no file"):
        path_of(url)
