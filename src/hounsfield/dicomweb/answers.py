"""What answers have in common: tags of what does not change, and parts of a body."""

import hashlib
import re

from fastapi import Request, Response

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def etag_of(*what: str) -> str:
    """Return the tag of an answer that is determined by these values."""
    return f'"{hashlib.sha256(chr(0).join(what).encode()).hexdigest()[:32]}"'


def unchanged(request: Request, tag: str) -> bool:
    """Tell whether the client has just this already (RFC 9110, 13.1.2)."""
    known = request.headers.get("if-none-match")
    return known is not None and (known.strip() == "*" or tag in re.findall(r'"[^"]*"', known))


def ranged(request: Request, body: bytes, media: str, headers: dict[str, str]) -> Response:
    """Return a body, or the range of it that is asked for."""
    headers = {**headers, "Accept-Ranges": "bytes"}
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    current = request.headers.get("if-range", headers.get("ETag")) == headers.get("ETag")
    if asked is None or asked.group() == "bytes=-" or not current:
        return Response(body, media_type=media, headers=headers)
    first, last = asked.groups()
    start, stop = (
        (max(len(body) - int(last), 0), len(body))
        if first == ""
        else (int(first), min(int(last) + 1, len(body)) if last else len(body))
    )
    if start >= stop:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{len(body)}"})
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(body)}"
    return Response(body[start:stop], 206, media_type=media, headers=headers)
