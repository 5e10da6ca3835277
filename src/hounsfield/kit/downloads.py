"""Objects as answers, whole or in part: from a file where there is one, else straight from the bucket."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, cast
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import FileResponse, RedirectResponse, StreamingResponse

from hounsfield.kit.platform import Platform

if TYPE_CHECKING:
    from hounsfield.kit.storage.s3 import S3Store

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")  # several ranges at once are answered with all of it
SIGNED_FOR = timedelta(minutes=10)


def download(
    platform: Platform,
    request: Request,
    sha256: str,
    *,
    media_type: str,
    filename: str | None = None,
    headers: Mapping[str, str] | None = None,
    redirect: bool = False,
) -> Response:
    """Return the answer that sends an object.

    With `redirect`, and where the settings allow it, the client is sent to the bucket by an address that is good for
    some minutes: only for clients that follow it, which a page under our Content-Security-Policy does not.

    Raises
    ------
    NotFound
        There is no such object.
    OSError
        The storage does not answer.
    """
    if platform.blobs.bucket is None:
        path = platform.blobs.path(sha256)
        return FileResponse(path, media_type=media_type, filename=filename, headers=headers)
    store = cast("S3Store", platform.blobs)
    if redirect and platform.settings.storage_redirect:
        return RedirectResponse(store.signed(sha256, SIGNED_FOR), headers={"Cache-Control": "no-store"})
    told = {"Accept-Ranges": "bytes", **(headers or {})}
    if filename is not None:
        told["Content-Disposition"] = f"attachment; filename*=utf-8''{quote(filename, safe='')}"
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    unchanged = request.headers.get("if-range", told.get("ETag")) == told.get("ETag")
    if asked is None or asked.group() == "bytes=-" or not unchanged:
        found, status = store.read(sha256), 200
    else:
        size = store.size(sha256)
        start, stop = _span(*asked.groups(), size=size)
        if start >= stop:
            return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
        found, status = store.read(sha256, start, stop), 206
        told["Content-Range"] = f"bytes {found.start}-{found.stop - 1}/{found.size}"
    told["Content-Length"] = str(found.stop - found.start)
    return StreamingResponse(found.chunks, status, headers=told, media_type=media_type)


def _span(first: str, last: str, *, size: int) -> tuple[int, int]:
    """Return the first byte that is wanted and the one after the last (RFC 9110, 14.1.2)."""
    if first == "":
        return max(size - int(last), 0), size
    return int(first), min(int(last) + 1, size) if last else size
