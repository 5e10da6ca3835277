"""Objects are there whole or not at all, whatever stops a write."""

import errno
import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hounsfield.kit.errors import NotFound
from hounsfield.kit.storage import FileStore, open_store, sha256_of
from hounsfield.kit.storage import files as storage

CONTENT = b"Hounsfield" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
OTHER = b"unit"
OTHER_SHA256 = hashlib.sha256(OTHER).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "blobs")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A finished file outside the store."""
    path = tmp_path / "finished"
    path.write_bytes(CONTENT)
    return path


def files(store: FileStore) -> set[str]:
    """Every file in the store, with its folder; temporary ones too."""
    return {str(path.relative_to(store.root)) for path in store.root.rglob("*") if path.is_file()}


def only(*hashes: str) -> set[str]:
    return {f"{sha256[:2]}/{sha256}" for sha256 in hashes}


@pytest.fixture
def order(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What reached the disk, in order: contents, names, folders."""
    done: list[str] = []

    def note(what: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*arguments: Any) -> Any:
            result = real(*arguments)
            done.append(what)
            return result

        return noted

    monkeypatch.setattr(storage, "_sync_file", note("content", storage._sync_file))
    monkeypatch.setattr(Path, "replace", note("name", Path.replace))
    monkeypatch.setattr(storage, "_sync_folder", note("folder", storage._sync_folder))
    return done


def test_what_is_put_can_be_opened(store: FileStore) -> None:
    assert store.put(CONTENT) == SHA256
    assert store.exists(SHA256)
    with store.open(SHA256) as file:
        assert file.read() == CONTENT
    assert sha256_of(store.path(SHA256)) == SHA256
    assert files(store) == only(SHA256)


def test_content_is_synced_before_its_name_and_the_name_before_commit_returns(
    store: FileStore, order: list[str]
) -> None:
    batch = store.batch()
    batch.put(CONTENT, SHA256)
    batch.commit()
    assert order == ["content", "name", "folder"]


def test_a_batch_syncs_each_folder_once(store: FileStore, order: list[str]) -> None:
    same_folder = [OTHER_SHA256, OTHER_SHA256[:2] + "0" * 62]  # the caller's hash is taken as it is
    batch = store.batch()
    for sha256 in same_folder:
        batch.put(OTHER, sha256)
    batch.commit()
    assert files(store) == only(*same_folder)
    assert order.count("folder") == 1


def test_the_same_content_again_is_not_written_but_its_folder_is_synced(
    store: FileStore, order: list[str]
) -> None:
    store.put(CONTENT)
    before = store.path(SHA256).stat()
    order.clear()
    store.put(CONTENT)
    after = store.path(SHA256).stat()
    assert before.st_ino == after.st_ino
    assert (
        before.st_mtime_ns <= after.st_mtime_ns
    )  # it looks new, so that no sweep takes it from whoever counts on it
    # another transfer may have named it and not have come to its own commit
    assert order == ["folder"]


def test_the_same_content_twice_in_one_batch_is_one_object(store: FileStore) -> None:
    batch = store.batch()
    for _ in range(10):
        batch.put(CONTENT, SHA256)
    batch.commit()
    assert files(store) == only(SHA256)
    assert store.path(SHA256).read_bytes() == CONTENT


def test_a_crash_before_the_sync_leaves_no_object_and_is_made_good(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    leftover = store.path(SHA256).with_name(".0123456789abcdef")
    leftover.write_bytes(CONTENT[:100])
    assert not store.exists(SHA256)
    store.put(CONTENT)
    assert store.path(SHA256).read_bytes() == CONTENT


class FullDisk(io.BytesIO):
    """A file that takes half of what it is given."""

    def __init__(self, real: io.BufferedWriter) -> None:
        super().__init__()
        self._real = real

    def write(self, data: Any) -> int:
        self._real.write(data[: len(data) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def close(self) -> None:
        self._real.close()
        super().close()


def test_a_full_disk_leaves_nothing(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.open
    monkeypatch.setattr(Path, "open", lambda path, *how: FullDisk(real(path, *how)))
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        store.put(CONTENT)
    assert files(store) == set()


def test_a_failed_sync_is_told_by_commit_and_leaves_nothing_of_that_object(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = storage._sync_file

    def broken(descriptor: int) -> None:
        if os.fstat(descriptor).st_size == len(CONTENT):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(descriptor)

    monkeypatch.setattr(storage, "_sync_file", broken)
    batch = store.batch()
    batch.put(OTHER, OTHER_SHA256)
    batch.put(CONTENT, SHA256)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        batch.commit()
    assert files(store) == only(OTHER_SHA256)


def test_adopt_moves_a_file_in(store: FileStore, source: Path, order: list[str]) -> None:
    store.adopt(source, SHA256)
    assert not source.exists()
    assert store.path(SHA256).read_bytes() == CONTENT
    assert order == ["name", "folder"]


def test_adopt_of_known_content_drops_the_source(store: FileStore, source: Path, order: list[str]) -> None:
    store.put(CONTENT)
    order.clear()
    store.adopt(source, SHA256)
    assert not source.exists()
    assert files(store) == only(SHA256)
    assert order == ["folder"]


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, source: Path) -> None:
    """The source is on another file system: a rename from there is refused."""
    real = Path.replace

    def replace(path: Path, target: Path) -> Path:
        if path == source:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        return real(path, target)

    monkeypatch.setattr(Path, "replace", replace)


@pytest.mark.usefixtures("elsewhere")
def test_adopt_copies_from_another_file_system(store: FileStore, source: Path) -> None:
    store.adopt(source, SHA256)
    assert not source.exists()
    assert store.path(SHA256).read_bytes() == CONTENT
    assert files(store) == only(SHA256)


@pytest.mark.usefixtures("elsewhere")
def test_adopt_onto_a_full_disk_keeps_the_source_and_leaves_nothing(
    store: FileStore, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_source: Any, target: Any, _length: int) -> None:
        target.write(CONTENT[:10])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(storage.shutil, "copyfileobj", full)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        store.adopt(source, SHA256)
    assert source.read_bytes() == CONTENT
    assert files(store) == set()


def test_delete_forgets_an_object_and_nothing_else(store: FileStore) -> None:
    store.put(CONTENT)
    store.put(OTHER)
    store.delete(SHA256)
    store.delete(SHA256)
    assert files(store) == only(OTHER_SHA256)
    with pytest.raises(NotFound):
        store.open(SHA256)


@pytest.mark.parametrize(
    "name", ["", "ab", SHA256[:-1], SHA256 + "0", SHA256.upper(), "../" + SHA256[3:], SHA256 + "\n", "." * 64]
)
def test_a_name_that_is_no_sha256_reaches_no_file(store: FileStore, source: Path, name: str) -> None:
    for touch in (
        store.path,
        store.exists,
        store.open,
        store.delete,
        lambda sha256: store.put(CONTENT, sha256) if sha256 else store.path(sha256),
        lambda sha256: store.batch().put(CONTENT, sha256),
        lambda sha256: store.adopt(source, sha256),
    ):
        with pytest.raises(NotFound):
            touch(name)
    assert source.exists()
    assert files(store) == set()


def test_a_store_is_opened_by_its_url(tmp_path: Path) -> None:
    store = open_store(f"file://{tmp_path / 'kept'}")
    store.put(CONTENT)
    assert open_store(f"file://{tmp_path / 'kept'}").exists(SHA256)
    with pytest.raises(ValueError, match="ftp://"):
        open_store("ftp://host/blobs")


def test_a_store_that_cannot_be_written_says_so(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.ping()
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    with pytest.raises(OSError, match="not writable"):
        store.ping()
