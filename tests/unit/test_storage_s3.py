"""The same promises as of plain files, from a real S3 server: whole or not at all, confirmed, and OSError when it is away."""

import hashlib
import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.servers import ACCESS_KEY, SECRET_KEY, S3Server

from hounsfield.kit.errors import NotFound
from hounsfield.kit.storage import bucket as buckets
from hounsfield.kit.storage import open_store, sha256_of
from hounsfield.kit.storage.cache import Cache
from hounsfield.kit.storage.s3 import S3Store

CONTENT = b"Hounsfield" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
OTHER = b"unit"
OTHER_SHA256 = hashlib.sha256(OTHER).hexdigest()
LARGE = os.urandom(5 << 20) * 8  # three parts
LARGE_SHA256 = hashlib.sha256(LARGE).hexdigest()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    server = S3Server(tmp_path_factory.mktemp("s3"))
    server.start()
    yield server
    server.remove()


def opened(server: S3Server, tmp_path: Path, **options: Any) -> S3Store:
    url = server.url("objects", f"/{tmp_path.name}")  # a prefix for each test
    keys = {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY} | options
    store = open_store(url, cache_dir=tmp_path / "cache", **keys)
    assert isinstance(store, S3Store)
    return store


@pytest.fixture
def store(server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> S3Store:
    monkeypatch.setattr("hounsfield.kit.storage.bucket.RETRIES", 1)  # a server that is away is soon found out
    if not server.running:
        server.start()
    return opened(server, tmp_path)


def kept(store: S3Store) -> set[str]:
    return {key.rsplit("/", 1)[-1] for key, _ in store.bucket.keys("objects")}


def test_what_is_put_can_be_opened(store: S3Store) -> None:
    assert store.put(CONTENT) == SHA256
    assert store.exists(SHA256)
    with store.open(SHA256) as file:
        assert file.read() == CONTENT
    assert sha256_of(store.path(SHA256)) == SHA256
    assert kept(store) == {SHA256}


def test_a_large_file_travels_in_parts(store: S3Store, tmp_path: Path) -> None:
    source = tmp_path / "finished"
    source.write_bytes(LARGE)
    store.adopt(source, LARGE_SHA256)
    assert not source.exists()
    assert store.bucket.size(f"objects/{LARGE_SHA256[:2]}/{LARGE_SHA256}") == len(LARGE)
    assert sha256_of(store.path(LARGE_SHA256)) == LARGE_SHA256


def test_a_batch_is_written_when_commit_returns(store: S3Store) -> None:
    batch = store.batch()
    contents = [bytes([number]) * 1000 for number in range(50)]
    for content in [*contents, *contents]:
        batch.put(content, hashlib.sha256(content).hexdigest())
    batch.commit()
    assert kept(store) == {hashlib.sha256(content).hexdigest() for content in contents}


def test_parts_of_an_object_are_read_without_the_rest(store: S3Store) -> None:
    store.put(CONTENT)
    some = store.read(SHA256, 5, 15)
    assert (some.size, some.start, some.stop) == (len(CONTENT), 5, 15)
    assert b"".join(some.chunks) == CONTENT[5:15]
    assert b"".join(store.read(SHA256, len(CONTENT) - 3).chunks) == CONTENT[-3:]
    with pytest.raises(OSError, match="416"):
        store.read(SHA256, len(CONTENT) + 1)


def test_delete_forgets_an_object_and_its_copy_and_nothing_else(store: S3Store) -> None:
    store.put(CONTENT)
    store.put(OTHER)
    store.path(SHA256)
    store.delete(SHA256)
    store.delete(SHA256)
    assert kept(store) == {OTHER_SHA256}
    assert not store.exists(SHA256)
    for touch in (store.open, store.path, store.read):
        with pytest.raises(NotFound):
            touch(SHA256)


@pytest.mark.parametrize("name", ["", SHA256[:-1], SHA256.upper(), "../" + SHA256[3:], SHA256 + "\n"])
def test_a_name_that_is_no_sha256_reaches_nothing(store: S3Store, tmp_path: Path, name: str) -> None:
    source = tmp_path / "finished"
    source.write_bytes(CONTENT)
    for touch in (
        store.path,
        store.exists,
        store.open,
        store.read,
        store.delete,
        lambda sha256: store.batch().put(CONTENT, sha256),
        lambda sha256: store.adopt(source, sha256),
    ):
        with pytest.raises(NotFound):
            touch(name)
    assert source.exists()


def test_a_signed_address_opens_one_object_to_anybody(store: S3Store) -> None:
    store.put(CONTENT)
    address = store.signed(SHA256, timedelta(minutes=1))
    assert httpx.get(address).content == CONTENT
    assert httpx.get(address.split("?")[0]).status_code == 403


def test_a_server_that_is_away_is_an_oserror_and_nothing_half_written_is_seen(
    server: S3Server, store: S3Store, tmp_path: Path
) -> None:
    store.put(OTHER)
    source = tmp_path / "finished"
    source.write_bytes(LARGE)
    server.kill()
    batch = store.batch()
    batch.put(CONTENT, SHA256)
    for attempt in (
        lambda: store.put(CONTENT),
        batch.commit,
        lambda: store.adopt(source, LARGE_SHA256),
        lambda: store.read(OTHER_SHA256),
        lambda: store.path(OTHER_SHA256),
        lambda: store.exists(OTHER_SHA256),
        lambda: store.delete(OTHER_SHA256),
        store.ping,
    ):
        with pytest.raises(OSError, match="object store"):
            attempt()
    assert source.read_bytes() == LARGE
    server.start()
    assert kept(store) == {OTHER_SHA256}
    store.put(CONTENT)
    assert store.exists(SHA256)


def test_a_server_that_hangs_is_given_up(
    server: S3Server, store: S3Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets, "SILENCE", timedelta(seconds=0.5))
    monkeypatch.setattr(buckets, "RETRIES", 1)
    patient = opened(server, tmp_path)
    server.signal(signal.SIGSTOP)
    try:
        with pytest.raises(OSError, match="object store"):
            patient.put(CONTENT)
    finally:
        server.signal(signal.SIGCONT)
    assert store.put(OTHER) == OTHER_SHA256


def test_wrong_keys_are_told_by_ping(server: S3Server, store: S3Store, tmp_path: Path) -> None:
    store.ping()
    with pytest.raises(OSError, match="403"):
        opened(server, tmp_path, secret_key="wrong").ping()


class Liar:
    """Stands in for the client's functions: keeps one byte less than it was given."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def put(self, client: Any, key: str, data: Any, **options: Any) -> Any:
        content = data if isinstance(data, bytes) else data.read_bytes()
        return self._real.put(client, key, content[:-1], **options)


def test_what_the_server_kept_is_confirmed(
    store: S3Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets, "obstore", Liar(buckets.obstore))
    with pytest.raises(OSError, match="kept"):
        store.put(CONTENT)
    source = tmp_path / "finished"
    source.write_bytes(CONTENT)
    with pytest.raises(OSError, match="kept"):
        store.adopt(source, SHA256)
    assert source.exists()


# ---- the cache


class Uses:
    """Objects of a cache with room for three, each fetched long before the next."""

    def __init__(self, folder: Path) -> None:
        self._cache, self._used = Cache(folder, limit=3000), 0

    def __call__(self, number: int) -> bool:
        """Use an object; tell whether it had to be fetched."""
        content = bytes([number]) * 1000
        fetched: list[Path] = []

        def fetch(target: Path) -> None:
            target.write_bytes(content)
            fetched.append(target)

        path = self._cache.path(hashlib.sha256(content).hexdigest(), fetch)
        assert path.read_bytes() == content
        if fetched:  # long ago; what is used again, now
            self._used += 1
            os.utime(path, (self._used, self._used))
        return bool(fetched)


def test_what_was_not_used_for_longest_makes_room(tmp_path: Path) -> None:
    use = Uses(tmp_path)
    assert [use(number) for number in (1, 2, 3)] == [True, True, True]
    assert not use(1)
    assert use(4)  # instead of 2
    assert [use(number) for number in (1, 3, 4)] == [False, False, False]
    assert use(2)


def test_what_was_just_given_out_stays(tmp_path: Path) -> None:
    cache = Cache(tmp_path, limit=1)
    paths = []
    for number in range(5):
        content = bytes([number])
        name = hashlib.sha256(content).hexdigest()
        paths.append(cache.path(name, lambda target, content=content: target.write_bytes(content)))  # type: ignore[misc]
    assert all(path.exists() for path in paths)


def test_a_copy_that_is_something_else_is_not_given_out(tmp_path: Path) -> None:
    cache = Cache(tmp_path, limit=1000)
    with pytest.raises(OSError, match="something else"):
        cache.path(SHA256, lambda target: target.write_bytes(OTHER))
    assert list(tmp_path.iterdir()) == []


def test_a_storage_url_that_is_not_understood_is_refused(tmp_path: Path) -> None:
    for url in ("s3://", "s3:///x", "s3://bucket?endpont=http://127.0.0.1:1"):
        with pytest.raises(ValueError, match="storage"):
            open_store(url, cache_dir=tmp_path)
