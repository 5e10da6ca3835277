"""Resumable uploads by the tus protocol 1.0.0 (core, creation, termination, expiration) at `/uploads`.

The offset in the database is the truth; any process may take the next request of an upload (`imaging.spool`).
"""

import base64
import binascii
import contextlib
from typing import Annotated

from fastapi import Header, Request, Response, status
from sqlalchemy.exc import IntegrityError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from hounsfield.accounts.actor import Actor, CurrentActor
from hounsfield.imaging import spool, uploads
from hounsfield.imaging.access import upload_for
from hounsfield.imaging.models import Upload
from hounsfield.imaging.uploads import FileTooLarge, UploadOffsetMismatch
from hounsfield.kit.errors import Conflict, DomainError, Invalid
from hounsfield.kit.platform import Platform
from hounsfield.kit.routing import Router
from hounsfield.kit.web import PlatformDep

router = Router(prefix="/uploads", tags=["uploads"])
VERSION = "1.0.0"
EXTENSIONS = "creation,termination,expiration"
FLUSH_BYTES = 8 << 20


class UnsupportedTusVersion(DomainError):
    """This server speaks tus 1.0.0."""

    status, kind, code = 412, "CONFLICT", "TUS_VERSION"
    zh = "该服务器使用 tus 1.0.0 协议。"


class InvalidTusRequest(Invalid):
    """The tus request is not valid: {reason}"""

    code = "INVALID_TUS_REQUEST"
    zh = "tus 请求无效：{reason}"


Resumable = Annotated[str | None, Header(alias="Tus-Resumable")]


def _check(version: str | None) -> None:
    if version != VERSION:
        raise UnsupportedTusVersion


def _headers(upload: Upload) -> dict[str, str]:
    return {
        "Tus-Resumable": VERSION,
        "Upload-Offset": str(upload.offset),
        "Upload-Length": str(upload.size),
        "Upload-Expires": upload.expires_at.strftime("%a, %d %b %Y %H:%M:%S GMT"),
        "Cache-Control": "no-store",
    }


@router.options("")
async def options(actor: CurrentActor, platform: PlatformDep) -> Response:
    """Say what this server can and how large an upload may be."""
    actor.require("upload:create")
    limit = await run_in_threadpool(uploads.size_limit, platform)
    headers = {
        "Tus-Resumable": VERSION,
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(limit),
    }
    return Response(status_code=status.HTTP_204_NO_CONTENT, headers=headers)


@router.post("", status_code=status.HTTP_201_CREATED)
def create(
    actor: CurrentActor,
    platform: PlatformDep,
    upload_length: Annotated[int, Header(alias="Upload-Length", ge=1, le=1 << 50)],
    tus_resumable: Resumable = None,
    upload_metadata: Annotated[str, Header(alias="Upload-Metadata", max_length=4096)] = "",
) -> Response:
    """Begin an upload."""
    _check(tus_resumable)
    filename = _metadata(upload_metadata).get("filename", "")
    with platform.db.write() as session:
        upload = uploads.create(session, actor, size=upload_length, filename=filename)
    headers = {**_headers(upload), "Location": f"/api/v1/uploads/{upload.id}"}
    return Response(status_code=status.HTTP_201_CREATED, headers=headers)


def _metadata(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        key, _, value = pair.partition(" ")
        try:
            found[key] = base64.b64decode(value, validate=True).decode("utf-8", "replace")
        except binascii.Error:
            raise InvalidTusRequest(reason="Upload-Metadata is not base64") from None
    return found


@router.head("/{upload_id}")
def offset(
    upload_id: str, actor: CurrentActor, platform: PlatformDep, tus_resumable: Resumable = None
) -> Response:
    """Say where an upload goes on."""
    _check(tus_resumable)
    with platform.db.read() as session:
        return Response(headers=_headers(upload_for(session, actor, upload_id)))


@router.patch("/{upload_id}", status_code=status.HTTP_204_NO_CONTENT)
async def append(
    upload_id: str,
    request: Request,
    actor: CurrentActor,
    platform: PlatformDep,
    upload_offset: Annotated[int, Header(alias="Upload-Offset", ge=0)],
    content_type: Annotated[str, Header(alias="Content-Type")],
    tus_resumable: Resumable = None,
) -> Response:
    """Add bytes to an upload; what arrived before a lost connection is kept."""
    _check(tus_resumable)
    if content_type != "application/offset+octet-stream":
        raise InvalidTusRequest(reason="Content-Type must be application/offset+octet-stream")
    upload = await run_in_threadpool(_writable, platform, actor, upload_id, upload_offset)
    with spool.locked(platform, upload_id) as descriptor:
        # asked again under the lock: a request that wrote meanwhile has moved the offset
        upload = await run_in_threadpool(_writable, platform, actor, upload_id, upload_offset)
        sink = await run_in_threadpool(spool.sink, platform, upload, descriptor)
        await _receive(request, sink, upload)
        upload = await run_in_threadpool(sink.finish)
    return Response(status_code=status.HTTP_204_NO_CONTENT, headers=_headers(upload))


def _writable(platform: Platform, actor: Actor, upload_id: str, claimed: int) -> Upload:
    with platform.db.read() as session:
        upload = upload_for(session, actor, upload_id)
    if upload.offset != claimed or upload.status != "RECEIVING":
        raise UploadOffsetMismatch(offset=upload.offset)
    return upload


async def _receive(request: Request, sink: spool.Sink, upload: Upload) -> None:
    """Write the body after the offset; a client that hangs up keeps what it sent."""
    arrived, buffer = upload.offset, bytearray()

    async def flush() -> None:
        await run_in_threadpool(sink.write, bytes(buffer))
        buffer.clear()

    with contextlib.suppress(ClientDisconnect):
        async for chunk in request.stream():
            arrived += len(chunk)
            if arrived > upload.size:
                raise FileTooLarge(limit=upload.size)
            buffer += chunk
            if len(buffer) >= FLUSH_BYTES:
                await flush()
    if buffer:
        await flush()


@router.delete("/{upload_id}", status_code=status.HTTP_204_NO_CONTENT)
def terminate(
    upload_id: str, actor: CurrentActor, platform: PlatformDep, tus_resumable: Resumable = None
) -> Response:
    """Remove an upload that nothing was ordered on and nothing was archived from."""
    _check(tus_resumable)
    with platform.db.write() as session:
        upload = upload_for(session, actor, upload_id)
        if upload.status not in ("RECEIVING", "RECEIVED", "REJECTED"):
            raise Conflict
        keys = spool.part_keys(session, upload_id)
        session.delete(upload)
        try:
            session.flush()
        except IntegrityError:  # a task was ordered on it
            raise Conflict from None
    spool.spool_path(platform, upload_id).unlink(missing_ok=True)
    spool.drop(platform, keys)
    return Response(status_code=status.HTTP_204_NO_CONTENT, headers={"Tus-Resumable": VERSION})
