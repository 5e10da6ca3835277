"""Where objects live: plain files, or a bucket. The URL decides; every caller sees the same `BlobStore`."""

from pathlib import Path
from tempfile import gettempdir
from urllib.parse import parse_qs, urlsplit

from hounsfield.kit.storage.base import CHUNK, Batch, BlobStore, sha256_of
from hounsfield.kit.storage.files import FileStore

__all__ = ["CHUNK", "Batch", "BlobStore", "FileStore", "open_store", "sha256_of"]


def open_store(
    url: str,
    *,
    access_key: str = "",
    secret_key: str = "",
    cache_dir: Path | None = None,
    cache_bytes: int = 2 << 30,
) -> BlobStore:
    """Return the store of a storage URL: `file:///path`, or `s3://bucket[/prefix]?endpoint=…&region=…`.

    Raises
    ------
    ValueError
        The URL names a kind of storage that this version does not have, or says something that it does not know.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        return FileStore(Path(parts.path))
    if parts.scheme != "s3" or not parts.netloc:
        raise ValueError(f"storage {parts.scheme}:// is not supported; use file:///path or s3://bucket")
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if unknown := options.keys() - {"endpoint", "region"}:
        raise ValueError(f"storage URL: {', '.join(sorted(unknown))} is not known; endpoint and region are")
    # imported here: on one machine nobody should wait for its library
    from hounsfield.kit.storage.s3 import open_s3

    return open_s3(
        parts.netloc,
        prefix=parts.path.strip("/"),
        access_key=access_key,
        secret_key=secret_key,
        cache_dir=cache_dir or Path(gettempdir()) / "hounsfield-objects",
        cache_bytes=cache_bytes,
        **options,
    )
