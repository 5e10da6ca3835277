"""Broker URLs: ``sqlitemq:///relative.db``, ``sqlitemq:////absolute.db``, ``sqlitemq:///C:/windows.db``."""

from pathlib import Path
from urllib.parse import quote, unquote

SCHEME = "sqlitemq"


def path_of(url: str) -> Path:
    """Return the absolute path that a broker URL names; a relative one counts from the working directory.

    Raises
    ------
    ValueError
        The URL has another scheme, names a host, carries a query or names no file.
    """
    scheme, separator, rest = url.partition("://")
    if scheme != SCHEME or not separator:
        raise ValueError(f"{url!r} is not a {SCHEME}:// URL")
    if not rest.startswith("/"):
        raise ValueError(f"{url!r} names a host; the file is local, so write {SCHEME}:/// and then the path")
    if "?" in rest or "#" in rest:
        raise ValueError(f"{url!r}: no query is understood; write ? as %3F and # as %23 in the path")
    name = unquote(rest[1:])
    if not name or name.endswith("/"):
        raise ValueError(f"{url!r} names no file")
    return Path(name).resolve()


def url_for(path: str | Path) -> str:
    """Return the broker URL of a file, with everything quoted that a URL or kombu would take for syntax."""
    return f"{SCHEME}:///{quote(Path(path).resolve().as_posix(), safe='/:')}"
