"""Socket.IO v5 packets: strict when reading, one ready WebSocket frame when writing."""

import re
from dataclasses import dataclass, field
from typing import Any

import orjson
from socketio.packet import ACK, BINARY_ACK, BINARY_EVENT, CONNECT, CONNECT_ERROR, DISCONNECT, EVENT

from uvicorn_engineio.frames import CloseCode, Opcode, ProtocolError, frame

MAX_ATTACHMENTS = 10
MAX_NAMESPACE_LENGTH = 255
MAX_ID_DIGITS = 15  # stays an exact integer in JavaScript
MAX_BINARY_NESTING = 64

# names a client may not send: python-socketio would call the handlers of the connection's own life with them
RESERVED_EVENTS = frozenset({"connect", "connect_error", "disconnect", "disconnecting"})

_PACKET = re.compile(r"([0-6])(?:([0-9]+)-)?(?:(/[^,]*),?)?([0-9]*)(.*)", re.DOTALL)
_BINARY_OF = {EVENT: BINARY_EVENT, ACK: BINARY_ACK}
_PLAIN_OF = {BINARY_EVENT: EVENT, BINARY_ACK: ACK}


def violation(reason: str) -> ProtocolError:
    return ProtocolError(CloseCode.POLICY_VIOLATION, reason)


@dataclass(slots=True)
class Packet:
    """A received packet; `kind` is never a binary kind: attachments are awaited, then put in place."""

    kind: int
    namespace: str
    data: Any
    ack_id: int | None
    missing: int = 0  # attachments still to come
    attachments: list[bytes] = field(default_factory=list)

    def attach(self, payload: bytes) -> bool:
        """Add one attachment; return whether the packet is now complete."""
        self.attachments.append(payload)
        if len(self.attachments) < self.missing:
            return False
        self.complete()
        return True

    def complete(self) -> None:
        self.data = _fill(self.data, self.attachments, MAX_BINARY_NESTING)
        _check_data(self.kind, self.data)


def decode(text: str, start: int = 0) -> Packet:
    """Read one packet of `text` from `start`; raise `ProtocolError` for anything a client must not send."""
    match = _PACKET.match(text, start)
    if match is None:
        raise violation("malformed Socket.IO packet")
    digit, count, namespace, ack_id, body = match.groups()
    wire_kind = int(digit)
    kind = _PLAIN_OF.get(wire_kind, wire_kind)
    if (count is not None) != (wire_kind != kind) or kind == CONNECT_ERROR:
        raise violation("unexpected Socket.IO packet")
    if len(ack_id) > MAX_ID_DIGITS or (namespace and len(namespace) > MAX_NAMESPACE_LENGTH):
        raise violation("Socket.IO header too long")
    if count is not None and (len(count) > 2 or int(count) > MAX_ATTACHMENTS):
        raise violation("too many attachments")
    try:
        data = orjson.loads(body) if body else None
    except orjson.JSONDecodeError:
        raise violation("payload is not JSON") from None
    packet = Packet(
        kind,
        namespace.partition("?")[0] if namespace else "/",
        data,
        int(ack_id) if ack_id else None,
        int(count or 0),
    )
    if packet.missing:
        return packet
    if count is not None:
        packet.complete()
    _check_data(kind, data)
    if kind == ACK and packet.ack_id is None:
        raise violation("acknowledgement without id")
    return packet


def _check_data(kind: int, data: Any) -> None:
    if kind == CONNECT:
        valid = data is None or isinstance(data, dict)
    elif kind == DISCONNECT:
        valid = data is None
    elif kind == ACK:
        valid = isinstance(data, list)
    else:
        valid = (
            isinstance(data, list)
            and bool(data)
            and isinstance(data[0], str)
            and data[0] not in RESERVED_EVENTS
        )
    if not valid:
        raise violation("invalid payload")


def _fill(data: Any, attachments: list[bytes], depth: int) -> Any:
    """Return `data` with every placeholder replaced by its attachment."""
    if not isinstance(data, dict | list):
        return data
    if depth == 0:
        raise violation("payload nested too deeply")
    if isinstance(data, list):
        return [_fill(item, attachments, depth - 1) for item in data]
    if data.get("_placeholder") is True:
        number = data.get("num")
        if type(number) is not int or not 0 <= number < len(attachments):
            raise violation("invalid attachment number")
        return attachments[number]
    return {key: _fill(value, attachments, depth - 1) for key, value in data.items()}


def encode(kind: int, namespace: str, data: Any = None, ack_id: int | None = None) -> bytes:
    """Return the WebSocket frames of one packet, ready to write; bytes anywhere in `data` become attachments."""
    attachments: list[bytes] = []

    def attach(value: Any) -> dict[str, Any]:
        # orjson calls this for what it cannot write itself, which spares a walk through `data` beforehand
        if isinstance(value, bytes | bytearray | memoryview):
            attachments.append(bytes(value))
            return {"_placeholder": True, "num": len(attachments) - 1}
        raise TypeError(f"{type(value).__name__} cannot be sent")

    kind = _PLAIN_OF.get(kind, kind)
    body = b"" if data is None else orjson.dumps(data, attach, orjson.OPT_NON_STR_KEYS)
    head = f"4{_BINARY_OF[kind]}{len(attachments)}-" if attachments else f"4{kind}"
    if namespace != "/":
        head += namespace + ","
    if ack_id is not None:
        head += str(ack_id)
    text = frame(Opcode.TEXT, head.encode() + body)
    return text + b"".join(frame(Opcode.BINARY, a) for a in attachments) if attachments else text
