"""What a client wants to be sent: the Accept header of PS3.18 §8.7, with its parameters for parts and encodings."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from fastapi import Request

from hounsfield.dicomweb.errors import NotAcceptable

_PIECE = re.compile(r'((?:"(?:[^"\\]|\\.)*"|[^,"])+)')
_PARAMETER = re.compile(r';\s*([\w!#$&^.+-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)')
_MOST = 40  # alternatives of one header
ANY = "*"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One alternative of an Accept header.

    Attributes
    ----------
    media
        Media type of the object, or of the parts where `multipart`; ``*/*`` and ``image/*`` are possible.
    multipart
        True or False where the client says which, None for ``*/*``.
    syntax
        A transfer syntax, ``*`` for any, None where none is named.
    """

    media: str
    multipart: bool | None
    syntax: str | None = None
    quality: float = 1.0

    def takes(self, media: str) -> bool:
        kind, _, sort = self.media.partition("/")
        return self.media in (media, "*/*") or (sort == "*" and media.startswith(f"{kind}/"))


def wanted(request: Request) -> list[Wanted]:
    """Return what a request accepts, what it prefers first; the query parameter `accept` counts before the header."""
    return list(
        _wanted(request.query_params.get("accept") or ", ".join(request.headers.getlist("accept")) or "*/*")
    )


@lru_cache(256)  # a viewer says the same thousands of times
def _wanted(text: str) -> tuple[Wanted, ...]:
    found = [_alternative(piece) for piece in _PIECE.findall(text)[:_MOST] if piece.strip()]
    return tuple(sorted((one for one in found if one.quality > 0), key=lambda one: -one.quality))


def _alternative(piece: str) -> Wanted:
    media = piece.split(";", 1)[0].strip().lower()
    parameters = {name.lower(): _unquoted(value) for name, value in _PARAMETER.findall(piece)}
    try:
        quality = float(parameters.get("q", "1"))
    except ValueError:
        quality = 1.0
    syntax = parameters.get("transfer-syntax") or None
    if media == "multipart/related":
        return Wanted(parameters.get("type", "*/*").lower(), True, syntax, quality)
    return Wanted(media, None if media == "*/*" else False, syntax, quality)


def _unquoted(value: str) -> str:
    value = value.strip()
    return value[1:-1].replace('\\"', '"') if value[:1] == '"' == value[-1:] and len(value) > 1 else value


def choose(request: Request, offered: Iterable[str]) -> str:
    """Return the media type, of those offered, that a client prefers: for what is sent as one part.

    Raises
    ------
    NotAcceptable
        It takes none of them.
    """
    offers = list(offered)
    for one in wanted(request):
        for media in offers:
            if one.multipart is not True and one.takes(media):
                return media
    raise NotAcceptable(offered=", ".join(offers))
