"""Answers of several parts (multipart/related), streamed from where the parts lie."""

import secrets
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import iterate_in_threadpool

_CHUNK = 1 << 20  # each is handed from a thread to the loop, which costs more than some bytes


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
        Made as they are sent. Where it is a list, the answer says how long it is, and is sent without another copy.
    media
        Media type of all of them.
    """
    boundary = secrets.token_hex(16)
    body = _stream(parts, boundary)
    if not isinstance(parts, list):
        return StreamingResponse(map(b"".join, body), media_type=_kind(media, boundary))
    length = sum(_length(part, boundary) for part in parts) + len(_end(boundary))
    headers = {"Content-Length": str(length)}
    return StreamingResponse(_pieces(body), media_type=_kind(media, boundary), headers=headers)


def one_part(part: Part, media: str) -> Response:
    """Return the multipart answer of a single part, sent at once."""
    boundary = secrets.token_hex(16)
    pieces = [piece for batch in _stream([part], boundary) for piece in batch]
    return Response(b"".join(pieces), media_type=_kind(media, boundary))


def _kind(media: str, boundary: str) -> str:
    return f'multipart/related; type="{media}"; boundary={boundary}'


def _end(boundary: str) -> bytes:
    return f"--{boundary}--\r\n".encode()


def _head(part: Part, boundary: str, size: int) -> bytes:
    head = f"--{boundary}\r\nContent-Type: {part.media}\r\nContent-Length: {size}\r\n"
    if part.location:
        head += f"Content-Location: {part.location}\r\n"
    return f"{head}\r\n".encode()


def _length(part: Part, boundary: str) -> int:
    size = len(part.content) if isinstance(part.content, bytes) else part.content.stat().st_size
    return len(_head(part, boundary, size)) + size + 2


def _stream(parts: Iterable[Part], boundary: str) -> Iterator[list[bytes]]:
    waiting: list[bytes] = []
    size = 0
    for part in parts:
        content = part.content if isinstance(part.content, bytes) else part.content.read_bytes()
        waiting += [_head(part, boundary, len(content)), content, b"\r\n"]
        size += len(content)
        if size >= _CHUNK:
            yield waiting
            waiting, size = [], 0
    yield [*waiting, _end(boundary)]


async def _pieces(batches: Iterator[list[bytes]]) -> AsyncIterator[bytes]:
    async for batch in iterate_in_threadpool(batches):
        for piece in batch:
            yield piece
