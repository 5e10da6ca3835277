"""Answers of several parts (multipart/related), streamed from where the parts lie."""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fastapi.responses import Response, StreamingResponse

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its media type with parameters, and its bytes or the file that holds them."""

    media: str
    content: bytes | Path
    location: str = ""


def multipart(parts: Iterable[Part], media: str) -> StreamingResponse:
    """Return the answer that sends parts one after the other.

    Parameters
    ----------
    parts
        Made as they are sent.
    media
        Media type of all of them.
    """
    boundary = secrets.token_hex(16)
    return StreamingResponse(_stream(parts, boundary), media_type=_kind(media, boundary))


def one_part(part: Part, media: str) -> Response:
    """Return the multipart answer of a single part, sent at once."""
    boundary = secrets.token_hex(16)
    return Response(b"".join(_stream([part], boundary)), media_type=_kind(media, boundary))


def _kind(media: str, boundary: str) -> str:
    return f'multipart/related; type="{media}"; boundary={boundary}'


def _stream(parts: Iterable[Part], boundary: str) -> Iterator[bytes]:
    """Yield large pieces: each is handed from a thread to the loop, which costs more than copying some bytes."""
    waiting, size = [], 0
    for part in parts:
        content = part.content if isinstance(part.content, bytes) else part.content.read_bytes()
        head = f"--{boundary}\r\nContent-Type: {part.media}\r\nContent-Length: {len(content)}\r\n"
        if part.location:
            head += f"Content-Location: {part.location}\r\n"
        waiting += [head.encode() + b"\r\n", content, b"\r\n"]
        size += len(content)
        if size >= _CHUNK:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join([*waiting, f"--{boundary}--\r\n".encode()])
