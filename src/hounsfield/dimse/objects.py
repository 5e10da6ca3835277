"""Between a data set on the wire and a file: the bytes stay as they are, only what is around them differs (PS3.10 §7.1)."""

from io import BytesIO
from struct import Struct

from pydicom.filereader import _read_file_meta_info as read_file_meta_info
from pydicom.filereader import read_preamble

from hounsfield.dicom.elements import Unusual, walk
from hounsfield.dicom.quiet import quiet_pydicom
from hounsfield.dicom.writer import IMPLEMENTATION_CLASS_UID
from hounsfield.dimse.wire.negotiation import IMPLEMENTATION_VERSION

_PREFIX_END = 132
_short = Struct("<HH2sH")
_long = Struct("<HH2sHL")


def as_file(
    data: bytes | bytearray,
    *,
    sop_class_uid: str,
    sop_instance_uid: str,
    transfer_syntax_uid: str,
    source_ae_title: str = "",
) -> bytes:
    """Return a received data set, as it was encoded, as a file."""
    meta = _long.pack(2, 0x0001, b"OB", 0, 2) + b"\0\1"
    meta += _uid(0x0002, sop_class_uid) + _uid(0x0003, sop_instance_uid) + _uid(0x0010, transfer_syntax_uid)
    meta += _uid(0x0012, IMPLEMENTATION_CLASS_UID) + _text(0x0013, b"SH", IMPLEMENTATION_VERSION)
    if source_ae_title:
        meta += _text(0x0016, b"AE", source_ae_title)
    length = _short.pack(2, 0, b"UL", 4) + len(meta).to_bytes(4, "little")
    return b"".join((bytes(128), b"DICM", length, meta, data))


def _uid(element: int, value: str) -> bytes:
    raw = value.encode("ascii", "replace")
    raw += b"\0" * (len(raw) % 2)
    return _short.pack(2, element, b"UI", len(raw)) + raw


def _text(element: int, vr: bytes, value: str) -> bytes:
    raw = value.encode("ascii", "replace")
    raw += b" " * (len(raw) % 2)
    return _short.pack(2, element, vr, len(raw)) + raw


def data_set_of(file: bytes) -> memoryview:
    """Return the encoded data set of a file: all of it where it has no file meta information."""
    start = _PREFIX_END if file[128:_PREFIX_END] == b"DICM" else 0
    try:
        end = walk(file, start, (), explicit=True, meta_only=True).end
    except Unusual:  # no file meta information, or one that only pydicom can read
        end = _end_of_unusual(file)
    return memoryview(file)[end:]


def _end_of_unusual(file: bytes) -> int:
    stream = BytesIO(file)
    with quiet_pydicom():
        read_preamble(stream, force=True)
        read_file_meta_info(stream)
    return stream.tell()
