"""A multipart form with one large file, streamed to the spool as it arrives; nothing of it is held in memory.

The parser is python-multipart's (RFC 7578); Starlette's own form support would copy the file through the system's
temporary folder first.
"""

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import python_multipart
from python_multipart.exceptions import MultipartParseError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from hounsfield.accounts.actor import Actor
from hounsfield.imaging.uploads import FileTooLarge, ReceivedFile, size_limit
from hounsfield.kit.errors import Invalid
from hounsfield.kit.ids import new_id
from hounsfield.kit.platform import Platform

MAX_FIELD_BYTES = 256 * 1024
MAX_FIELDS = 50
FORM_OVERHEAD = 1 << 20
PARSE_BYTES = 1 << 20


class InvalidForm(Invalid):
    """The multipart form cannot be read."""

    code = "INVALID_FORM"
    zh = "无法读取该表单。"


@dataclass
class ReceivedForm:
    """The fields of a form, and its file where it had one."""

    fields: dict[str, str] = field(default_factory=dict)
    file: ReceivedFile | None = None
    kept: bool = False

    def discard(self) -> None:
        """Remove the file, unless it has become an upload."""
        if self.file and not self.kept:
            self.file.path.unlink(missing_ok=True)


class _Sink:
    """Collects what the parser calls out."""

    def __init__(self, spool: Path, limit: int, file_field: str) -> None:
        self.form = ReceivedForm()
        self._spool, self._limit, self._file_field = spool, limit, file_field
        self._name, self._value, self._header = "", bytearray(), bytearray()
        self._headers: dict[str, bytes] = {}
        self._file: BinaryIO | None = None
        self._digest, self._size, self._filename = hashlib.sha256(), 0, ""

    def callbacks(self) -> dict[str, object]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_part_end": self._end,
        }

    def _begin(self) -> None:
        self._headers.clear()
        self._value.clear()
        self._header.clear()
        if len(self.form.fields) >= MAX_FIELDS:
            raise InvalidForm

    def _header_end(self) -> None:
        self._headers[self._header.decode("latin-1").lower()] = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _headers_finished(self) -> None:
        disposition = self._headers.get("content-disposition", b"")
        _, options = python_multipart.multipart.parse_options_header(disposition)
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" not in options:
            return
        if self._name != self._file_field or self.form.file or self._file:
            raise InvalidForm
        self._filename = options[b"filename"].decode("utf-8", "replace")
        self._upload_id = new_id()
        self._path = self._spool / f"upload-{self._upload_id}"
        self._file = self._path.open("xb")

    def _data(self, data: bytes, start: int, end: int) -> None:
        chunk = data[start:end]
        if self._file is None:
            self._value.extend(chunk)
            if len(self._value) > MAX_FIELD_BYTES:
                raise InvalidForm
            return
        self._size += len(chunk)
        if self._size > self._limit:
            raise FileTooLarge(limit=self._limit)
        self._digest.update(chunk)
        self._file.write(chunk)

    def _end(self) -> None:
        if self._file is None:
            self.form.fields[self._name] = self._value.decode("utf-8", "replace")
            self._value.clear()
            return
        self._file.flush()
        os.fsync(self._file.fileno())  # before any row says that it is here
        self._file.close()
        self._file = None
        self.form.file = ReceivedFile(
            self._upload_id, self._path, self._filename, self._size, self._digest.hexdigest()
        )

    def abandon(self) -> None:
        if self._file:
            self._file.close()
            self._path.unlink(missing_ok=True)
        self.form.discard()


async def receive_form(request: Request, platform: Platform, actor: Actor) -> ReceivedForm:
    """Read a form with an archive in its field `file`; see `stream_form`."""
    actor.require("upload:create")
    return await stream_form(request, platform, await run_in_threadpool(size_limit, platform), "file")


async def stream_form(request: Request, platform: Platform, limit: int, file_field: str) -> ReceivedForm:
    """Read a form from a request body, its file no larger than so many bytes.

    Raises
    ------
    InvalidForm
        Not multipart, broken, cut off, or with more than one file.
    FileTooLarge
        By its announced length before anything is read, else as soon as the limit is passed.
    """
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > limit + FORM_OVERHEAD:
        raise FileTooLarge(limit=limit)
    kind, options = python_multipart.multipart.parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise InvalidForm
    sink, ended = _Sink(platform.settings.spool_dir, limit, file_field), False

    def note_end() -> None:
        nonlocal ended
        ended = True

    callbacks = {**sink.callbacks(), "on_end": note_end}
    parser = python_multipart.MultipartParser(options[b"boundary"], callbacks)  # type: ignore[arg-type]
    try:
        # the network brings 64 kB at a time; handing each to a thread would cost more than parsing it
        waiting = bytearray()
        async for chunk in request.stream():
            waiting += chunk
            if len(waiting) >= PARSE_BYTES:
                await run_in_threadpool(parser.write, bytes(waiting))
                waiting.clear()
        await run_in_threadpool(parser.write, bytes(waiting))
        await run_in_threadpool(parser.finalize)
    except MultipartParseError:
        sink.abandon()
        raise InvalidForm from None
    except BaseException:
        sink.abandon()
        raise
    if not ended:
        sink.abandon()
        raise InvalidForm
    return sink.form
