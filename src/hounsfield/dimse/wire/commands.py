"""Command sets (PS3.7 §6.3 and annex E): a dozen elements, always implicit VR little endian."""

from struct import Struct
from typing import Any, Final

from hounsfield.dimse.wire.errors import INVALID_PARAMETER, ProtocolError

C_STORE_RQ: Final = 0x0001
C_GET_RQ: Final = 0x0010
C_FIND_RQ: Final = 0x0020
C_MOVE_RQ: Final = 0x0021
C_ECHO_RQ: Final = 0x0030
C_CANCEL_RQ: Final = 0x0FFF
RESPONSE: Final = 0x8000
NO_DATASET: Final = 0x0101
MEDIUM: Final = 0x0000

Command = dict[str, Any]

# element → keyword and kind: UI, a text that is padded with a space, US, or a list of tags
_FIELDS: Final = {
    0x0002: ("AffectedSOPClassUID", "UI"),
    0x0003: ("RequestedSOPClassUID", "UI"),
    0x0100: ("CommandField", "US"),
    0x0110: ("MessageID", "US"),
    0x0120: ("MessageIDBeingRespondedTo", "US"),
    0x0600: ("MoveDestination", "text"),
    0x0700: ("Priority", "US"),
    0x0800: ("CommandDataSetType", "US"),
    0x0900: ("Status", "US"),
    0x0901: ("OffendingElement", "AT"),
    0x0902: ("ErrorComment", "text"),
    0x1000: ("AffectedSOPInstanceUID", "UI"),
    0x1020: ("NumberOfRemainingSuboperations", "US"),
    0x1021: ("NumberOfCompletedSuboperations", "US"),
    0x1022: ("NumberOfFailedSuboperations", "US"),
    0x1023: ("NumberOfWarningSuboperations", "US"),
    0x1030: ("MoveOriginatorApplicationEntityTitle", "text"),
    0x1031: ("MoveOriginatorMessageID", "US"),
}
_ELEMENTS: Final = {keyword: (element, kind) for element, (keyword, kind) in _FIELDS.items()}
_COMMENT_LENGTH: Final = 64  # of an LO

_header = Struct("<HHL")
_short = Struct("<H")


def decode(data: bytes) -> Command:
    """Read a command set; elements that no service of ours uses are passed over.

    Raises
    ------
    ProtocolError
        It is cut off, has elements of another group, or says neither what it is nor whether a data set follows.
    """
    command: Command = {}
    pos = 0
    while pos < len(data):
        if len(data) - pos < _header.size:
            raise ProtocolError("a command set ends within an element", INVALID_PARAMETER)
        group, element, length = _header.unpack_from(data, pos)
        pos += _header.size
        if group != 0 or length > len(data) - pos:
            raise ProtocolError("no command set", INVALID_PARAMETER)
        known = _FIELDS.get(element)
        if known:
            command[known[0]] = _value(known[1], data[pos : pos + length])
        pos += length
    if not isinstance(command.get("CommandField"), int) or not isinstance(
        command.get("CommandDataSetType"), int
    ):
        raise ProtocolError("a command set without a command", INVALID_PARAMETER)
    return command


def _value(kind: str, raw: bytes) -> Any:
    if kind == "US":
        if len(raw) != _short.size:
            raise ProtocolError("a number of the wrong length", INVALID_PARAMETER)
        return _short.unpack(raw)[0]
    if kind == "AT":
        return raw
    return raw.decode("ascii", "replace").strip(" \0")


def encode(command: Command) -> bytes:
    """Return a command set with its group length."""
    body = bytearray()
    for element, kind, value in sorted((*_ELEMENTS[keyword], value) for keyword, value in command.items()):
        raw = _raw(kind, value)
        body += _header.pack(0, element, len(raw)) + raw
    return _header.pack(0, 0, 4) + len(body).to_bytes(4, "little") + bytes(body)


def _raw(kind: str, value: Any) -> bytes:
    if kind == "US":
        return _short.pack(value)
    if kind == "AT":
        return bytes(value)
    raw = str(value).encode("ascii", "replace")[:_COMMENT_LENGTH]
    return raw + (b"\0" if kind == "UI" else b" ") * (len(raw) % 2)


def reply(request: Command, status: int, **more: Any) -> Command:
    """Return the response to a request; a data set that goes with it is announced by who sends it."""
    command = {
        "CommandField": request["CommandField"] | RESPONSE,
        "MessageIDBeingRespondedTo": request.get("MessageID", 0),
        "Status": status,
        **more,
    }
    for keyword in ("AffectedSOPClassUID", "AffectedSOPInstanceUID"):
        if request.get(keyword):
            command[keyword] = request[keyword]
    return command
