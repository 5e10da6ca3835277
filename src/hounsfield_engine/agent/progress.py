"""Progress as a program tells it: JSON lines on standard output, among whatever else it prints there."""

import json
import math
import os
import re
from collections.abc import Callable
from typing import Any

LINE = 4096  # bytes; a longer one is no progress
CHUNK = 1 << 16
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def follow(fd: int, report: Callable[[float, str], None]) -> None:
    """Report progress until the pipe ends.

    However much is printed, memory and time stay small: lines are read in chunks, of each only the last progress counts, and
    a line without an end is skipped. Progress never goes back.
    """
    rest, skipping, highest = b"", False, 0.0
    while chunk := os.read(fd, CHUNK):
        lines, ended, rest = (rest + chunk).rpartition(b"\n")
        if ended and skipping:
            lines, skipping = lines.partition(b"\n")[2], False
        if b'"progress"' in lines and (told := _latest(lines.split(b"\n"))):
            highest = max(highest, told[0])
            report(highest, told[1])
        if len(rest) > LINE:
            rest, skipping = b"", True


def plain(text: str) -> str:
    """Text that any database and any JSON parser takes: no lone surrogates, no control characters but line breaks."""
    return _CONTROL.sub("", text.encode("utf-8", "replace").decode("utf-8"))


def _latest(lines: list[bytes]) -> tuple[float, str] | None:
    for line in reversed(lines):
        if line.startswith(b"{") and len(line) <= LINE and (told := _parse(line)):
            return told
    return None


def _parse(line: bytes) -> tuple[float, str] | None:
    try:
        told: Any = json.loads(line)
        progress, message = float(told["progress"]), plain(str(told.get("message", "")))
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None
    return (progress, message) if math.isfinite(progress) else None
