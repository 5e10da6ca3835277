"""A multipart/related body taken apart as it arrives (RFC 2387); python-multipart's parser does the work."""

import python_multipart
from python_multipart.exceptions import MultipartParseError

from hounsfield.dicomweb.errors import UnsupportedMedia
from hounsfield.kit.errors import Invalid, TooLarge

MOST_BYTES = 2 << 30  # of one part: it is held in memory until it is stored
_MOST_HEADER_BYTES = 16 * 1024


class BrokenBody(Invalid):
    """The multipart body is broken or cut off; what came before is kept."""

    status, code = 400, "BROKEN_MULTIPART"
    zh = "multipart 请求体损坏或不完整；此前的内容已保留。"


class ObjectTooLarge(TooLarge):
    """One object has more than {limit} bytes."""

    code = "PART_TOO_LARGE"
    zh = "单个对象超过 {limit} 字节。"


class Related:
    """Collects the parts of a body. What is complete is taken out with `ready`."""

    def __init__(self, content_type: str) -> None:
        kind, options = python_multipart.multipart.parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if kind != b"multipart/related" or not 1 <= len(boundary) <= 200:
            raise UnsupportedMedia
        if options.get(b"type", b"application/dicom").lower() != b"application/dicom":
            raise UnsupportedMedia
        self._ready: list[bytes] = []
        self._pieces: list[bytes] = []
        self._size = self._headers = 0
        self._ended = False
        callbacks = {
            "on_part_begin": self._begin,
            "on_header_field": self._header,
            "on_header_value": self._header,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._all,
        }
        self._parser = python_multipart.MultipartParser(boundary, callbacks)  # type: ignore[arg-type]

    def _begin(self) -> None:
        self._pieces, self._size, self._headers = [], 0, 0

    def _header(self, _data: bytes, start: int, end: int) -> None:
        self._headers += end - start
        if self._headers > _MOST_HEADER_BYTES:
            raise BrokenBody

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._size += end - start
        if self._size > MOST_BYTES:
            raise ObjectTooLarge(limit=MOST_BYTES)
        self._pieces.append(data[start:end])

    def _end(self) -> None:
        self._ready.append(b"".join(self._pieces))
        self._pieces = []

    def _all(self) -> None:
        self._ended = True

    def write(self, data: bytes) -> None:
        """Take the next bytes of the body, or raise BrokenBody."""
        try:
            self._parser.write(data)
        except MultipartParseError:
            raise BrokenBody from None

    def ready(self) -> list[bytes]:
        """Return the parts that are complete and were not returned before."""
        found, self._ready = self._ready, []
        return found

    def finish(self) -> None:
        """Raise BrokenBody where the body has ended too early."""
        try:
            self._parser.finalize()
        except MultipartParseError:
            raise BrokenBody from None
        if not self._ended:
            raise BrokenBody


class Single:
    """A body that is one object itself."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._ended = False

    def write(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > MOST_BYTES:
            raise ObjectTooLarge(limit=MOST_BYTES)
        self._pieces.append(data)

    def ready(self) -> list[bytes]:
        return [b"".join(self._pieces)] if self._ended else []

    def finish(self) -> None:
        self._ended = True


def body_of(content_type: str) -> Related | Single:
    """Return what takes a body of this type apart, or raise UnsupportedMedia."""
    if content_type.split(";")[0].strip().lower() == "application/dicom":
        return Single()
    return Related(content_type)
