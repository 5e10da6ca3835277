"""Objects in a bucket of an S3 server: what several machines share that share no disk."""

import hashlib
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from hounsfield.kit.errors import NotFound
from hounsfield.kit.storage.base import Batch, checked
from hounsfield.kit.storage.bucket import Bucket, Read
from hounsfield.kit.storage.cache import Cache

PUT_THREADS = 12  # they wait for the network


class S3Store:
    """`objects/ab/<sha256>` under the bucket's prefix. An upload that failed half way is not visible."""

    def __init__(self, bucket: Bucket, cache: Cache) -> None:
        self.bucket: Bucket = bucket
        self._cache = cache
        self._pool = ThreadPoolExecutor(PUT_THREADS, "blob-put")

    def put(self, data: bytes, sha256: str | None = None) -> str:
        """Write bytes and return their SHA-256."""
        sha256 = sha256 or hashlib.sha256(data).hexdigest()
        self.bucket.put(_key(sha256), data)
        return sha256

    def batch(self) -> Batch:
        """Begin a batch: its objects are written side by side. One that is given up leaves whole objects only."""
        return _S3Batch(self.bucket, self._pool)

    def adopt(self, path: Path, sha256: str) -> None:
        """Take over a finished file whose hash the caller has computed; the source is gone afterwards."""
        self.bucket.put(_key(sha256), path)
        path.unlink()

    def path(self, sha256: str) -> Path:
        """Return a local copy; open it within a minute, later it may have made room for others."""
        key = _key(sha256)
        return self._cache.path(sha256, lambda target: self.bucket.fetch(key, target))

    def open(self, sha256: str) -> BinaryIO:
        return self.path(sha256).open("rb")

    def exists(self, sha256: str) -> bool:
        return self.bucket.size(_key(sha256)) is not None

    def delete(self, sha256: str) -> None:
        self.bucket.delete(_key(sha256))
        self._cache.forget(sha256)

    def discard(self, sha256: str, written_before: float) -> bool:
        """Remove an object that nobody names, unless somebody has put it since; tells whether it is gone."""
        written = self.bucket.written(_key(sha256))
        if written is not None and written >= written_before:
            return False
        self.delete(sha256)
        return True

    def size(self, sha256: str) -> int:
        """Return how many bytes an object has, or raise NotFound."""
        if (size := self.bucket.size(_key(sha256))) is None:
            raise NotFound
        return size

    def read(self, sha256: str, start: int = 0, stop: int | None = None) -> Read:
        """Read an object, or some of its bytes, straight from the server."""
        return self.bucket.read(_key(sha256), start, stop)

    def signed(self, sha256: str, lifetime: timedelta) -> str:
        """Return an address from which anybody may read an object for a while."""
        return self.bucket.signed(_key(sha256), lifetime)

    def ping(self) -> None:
        """Write a small object: a bucket that is missing or closed to us answers reads as if it were empty."""
        try:
            self.bucket.put("ready", b"ready")
        except NotFound:
            raise OSError("object store: there is no such bucket") from None


def _key(sha256: str) -> str:
    return f"objects/{checked(sha256)[:2]}/{sha256}"


class _S3Batch:
    def __init__(self, bucket: Bucket, pool: ThreadPoolExecutor) -> None:
        self._bucket, self._pool = bucket, pool
        self._pending: dict[str, Future[None]] = {}

    def put(self, data: bytes, sha256: str) -> None:
        if (key := _key(sha256)) not in self._pending:
            self._pending[key] = self._pool.submit(self._bucket.put, key, data)

    def commit(self) -> None:
        for written in self._pending.values():
            written.result()


def open_s3(
    name: str,
    *,
    prefix: str,
    access_key: str,
    secret_key: str,
    cache_dir: Path,
    cache_bytes: int,
    endpoint: str = "",
    region: str = "us-east-1",
) -> S3Store:
    """Return the store in a bucket."""
    bucket = Bucket(
        name, prefix=prefix, endpoint=endpoint, region=region, access_key=access_key, secret_key=secret_key
    )
    return S3Store(bucket, Cache(cache_dir, cache_bytes))
