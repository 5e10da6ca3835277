"""gzip, with the fast library where there is one."""

import importlib
import importlib.util
from typing import Any

_fast = importlib.util.find_spec("isal") is not None
_gzip: Any = importlib.import_module("isal.igzip" if _fast else "gzip")
_LEVEL = 2 if _fast else 4  # of the other library's scale


def gzip(data: bytes) -> bytes:
    return bytes(_gzip.compress(data, _LEVEL))


def gunzip(data: bytes) -> bytes:
    return bytes(_gzip.decompress(data))
