"""One bucket of an S3 server. Whatever goes wrong there is an OSError after a bounded time, or NotFound."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store as Client

from hounsfield.kit.errors import NotFound

if TYPE_CHECKING:  # these have no being at run time
    from obstore import GetResult
    from obstore.store import S3Config

PART_BYTES = 16 << 20  # what is larger travels in parts, a few at a time
PARALLEL_PARTS = 4
READ_BYTES = 1 << 20
CONNECT_TIMEOUT, SILENCE = timedelta(seconds=5), timedelta(seconds=10)
RETRIES, RETRY_SECONDS = 3, timedelta(seconds=30)
WHOLE = timedelta(hours=6)  # a large object may take long; SILENCE finds a server that hangs


@dataclass(frozen=True)
class Read:
    """Bytes `start` to `stop` (not included) of an object of `size` bytes."""

    size: int
    start: int
    stop: int
    chunks: Iterator[bytes]


class Bucket:
    """Objects by key. A returned write is there, whole, and was confirmed by the server."""

    def __init__(
        self,
        name: str,
        *,
        prefix: str = "",
        endpoint: str = "",
        region: str = "us-east-1",
        access_key: str = "",
        secret_key: str = "",
    ) -> None:
        """Without an endpoint it is AWS; without keys they are looked for where AWS' own programs do."""
        config: S3Config = {
            "region": region,
            "virtual_hosted_style_request": False,
            "checksum_algorithm": "sha256",  # the server refuses what was damaged on the way
        }
        if endpoint:
            config["endpoint"] = endpoint
        if access_key:
            config |= {"access_key_id": access_key, "secret_access_key": secret_key}
        self._client = Client(
            name,
            prefix=prefix or None,
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "connect_timeout": CONNECT_TIMEOUT,
                "read_timeout": SILENCE,
                "timeout": WHOLE,
            },
            retry_config={"max_retries": RETRIES, "retry_timeout": RETRY_SECONDS},
            config=config,
        )

    def put(self, key: str, data: bytes | Path) -> None:
        """Write an object whole, or not at all; a file of any size, without reading it into memory."""
        with _as_oserror():
            done = obstore.put(self._client, key, data, chunk_size=PART_BYTES, max_concurrency=PARALLEL_PARTS)
            tag = (done["e_tag"] or "").strip('"')
            # the tag of an unencrypted single object is its MD5; else the size must do, and the checksum of the parts
            if isinstance(data, bytes) and tag == hashlib.md5(data, usedforsecurity=False).hexdigest():
                return
            size = len(data) if isinstance(data, bytes) else data.stat().st_size
            if (kept := obstore.head(self._client, key)["size"]) != size:
                raise OSError(f"the object store kept {kept} bytes of {size}")

    def read(self, key: str, start: int = 0, stop: int | None = None) -> Read:
        """Open an object, or some of its bytes, for reading once.

        Raises
        ------
        NotFound
            There is no such object.
        OSError
            The server does not answer, or the range is outside the object.
        """
        with _as_oserror():
            part = {"offset": start} if stop is None else (start, stop)
            options = {"range": part} if start or stop is not None else None
            found = obstore.get(self._client, key, options=options)  # type: ignore[arg-type]  # a TypedDict
            begin, end = found.range
            return Read(found.meta["size"], begin, end, _chunks(found))

    def fetch(self, key: str, target: Path, at: int = 0) -> None:
        """Write an object into a file, beginning at a position."""
        with target.open("r+b" if target.exists() else "xb") as file:
            file.seek(at)
            for chunk in self.read(key).chunks:
                file.write(chunk)

    def size(self, key: str) -> int | None:
        """Return how many bytes an object has, or None where there is none."""
        try:
            with _as_oserror():
                return obstore.head(self._client, key)["size"]
        except NotFound:
            return None

    def written(self, key: str) -> float | None:
        """Return when an object was written, in seconds since the epoch, or None where there is none."""
        try:
            with _as_oserror():
                return obstore.head(self._client, key)["last_modified"].timestamp()
        except NotFound:
            return None

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is no error."""
        try:
            with _as_oserror():
                obstore.delete(self._client, key)
        except NotFound:
            return

    def keys(self, prefix: str) -> list[tuple[str, float]]:
        """Return the keys under a prefix with the times, in seconds since the epoch, at which they were written."""
        with _as_oserror():
            listed = obstore.list(self._client, prefix)
            return [(item["path"], item["last_modified"].timestamp()) for page in listed for item in page]

    def signed(self, key: str, lifetime: timedelta) -> str:
        """Return an address from which anybody may read an object for a while."""
        with _as_oserror():
            return obstore.sign(self._client, "GET", key, lifetime)


def _chunks(found: "GetResult") -> Iterator[bytes]:
    with _as_oserror():
        for chunk in found.stream(min_chunk_size=READ_BYTES):
            yield bytes(chunk)


@contextmanager
def _as_oserror() -> Iterator[None]:
    try:
        yield
    except (NotFoundError, FileNotFoundError):
        raise NotFound from None
    except BaseError as error:
        # the first line says what happened; the rest repeats it with the address and the client's internals
        raise OSError(f"object store: {str(error).splitlines()[0][:300]}") from error
