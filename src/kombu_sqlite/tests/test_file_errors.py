import os
import sqlite3
import stat
from pathlib import Path

import pytest
from kombu import Connection

from kombu_sqlite import BrokerFileError, url_for


def refuse(path: Path, reason: str) -> None:
    with pytest.raises(BrokerFileError, match=reason) as caught, Connection(url_for(path)) as connection:
        connection.SimpleQueue("q").put("a")
    assert str(path) in str(caught.value)


def test_file_that_is_no_database(path: Path) -> None:
    path.write_bytes(b"not a database, but long enough to be read as one " * 40)
    refuse(path, "not a SQLite database")


def test_damaged_file(path: Path) -> None:
    with Connection(url_for(path)) as connection:
        connection.SimpleQueue("q").put("x" * 20_000)
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    refuse(path, "damaged")


def test_database_of_another_program_is_left_alone(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    refuse(path, "some other program")


def test_file_of_a_newer_version(path: Path) -> None:
    with Connection(url_for(path)) as broker:
        broker.SimpleQueue("q").put("a")
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    refuse(path, "schema version 99")


def test_missing_folder(tmp_path: Path) -> None:
    refuse(tmp_path / "missing" / "queue.db", "folder must exist")


def test_folder_instead_of_a_file(tmp_path: Path) -> None:
    refuse(tmp_path, "cannot be opened")


def test_read_only_file_and_folder(path: Path) -> None:
    is_root = os.geteuid() == 0  # root may write anywhere, so be somebody else for this test
    with Connection(url_for(path)) as connection:
        connection.SimpleQueue("q").put("a")
    folder = path.parent
    closed = {
        parent: parent.stat().st_mode for parent in folder.parents if not parent.stat().st_mode & stat.S_IXOTH
    }
    for parent, mode in closed.items():
        parent.chmod(mode | stat.S_IXGRP | stat.S_IXOTH)
    path.chmod(0o444)
    folder.chmod(0o555)
    if is_root:
        os.seteuid(65534)
    try:
        refuse(path, "cannot be written")
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(0o755)
        for parent, mode in closed.items():
            parent.chmod(mode)
