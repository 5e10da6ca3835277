"""RFC 6455 framing, server side: no I/O, no Engine.IO."""

from enum import IntEnum


class CloseCode(IntEnum):
    """Close codes this server sends (RFC 6455 section 7.4.1 and the IANA registry)."""

    NORMAL = 1000
    PROTOCOL_ERROR = 1002
    INVALID_DATA = 1007
    POLICY_VIOLATION = 1008
    TOO_BIG = 1009
    SERVICE_RESTART = 1012


class Opcode(IntEnum):
    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


# plain integers for the loop below: comparing with an enum member costs three times as much
_CONTINUATION, _CLOSE, _PONG = 0x0, 0x8, 0xA
_CONTROL = 0x8
_MAX_CONTROL_PAYLOAD = 125


class ProtocolError(Exception):
    """The peer broke the protocol; `code` is the close code it is told."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def frame(opcode: Opcode, payload: bytes) -> bytes:
    """Return one complete, unmasked server frame."""
    length = len(payload)
    if length < 126:
        return bytes((0x80 | opcode, length)) + payload
    if length < 0x10000:
        return bytes((0x80 | opcode, 126)) + length.to_bytes(2, "big") + payload
    return bytes((0x80 | opcode, 127)) + length.to_bytes(8, "big") + payload


def close_frame(code: int, reason: str = "") -> bytes:
    return frame(Opcode.CLOSE, code.to_bytes(2, "big") + reason.encode()[: _MAX_CONTROL_PAYLOAD - 2])


def mask(payload: bytes | bytearray, key: bytes) -> bytes:
    """XOR `payload` with the four-byte `key`; its own inverse (RFC 6455 section 5.3)."""
    length = len(payload)
    # one big-integer XOR runs at memory speed, a Python loop over bytes does not
    pad = (key * (length // 4 + 1))[:length]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(pad, "little")).to_bytes(length, "little")


def close_code(payload: bytes) -> int:
    """Return the code to answer a close frame with; raise `ProtocolError` if the frame is malformed."""
    if not payload:
        return CloseCode.NORMAL
    if len(payload) == 1:
        raise ProtocolError(CloseCode.PROTOCOL_ERROR, "close frame of one byte")
    code = int.from_bytes(payload[:2], "big")
    if not (1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999):
        raise ProtocolError(CloseCode.PROTOCOL_ERROR, "invalid close code")
    try:
        payload[2:].decode()
    except UnicodeDecodeError:
        raise ProtocolError(CloseCode.INVALID_DATA, "close reason is not UTF-8") from None
    return code


class FrameReader:
    """Bytes in, whole messages out: unmasked, defragmented and bounded.

    `limit` bounds the bytes of a message, summed over its fragments, and is applied to the announced length,
    before the payload is awaited.
    """

    __slots__ = ("_buffer", "_fragments", "_limit", "_opcode")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._opcode = _CONTINUATION  # of the message being assembled; 0 between messages
        self._fragments: bytearray | None = None

    def feed(self, data: bytes) -> None:
        self._buffer += data

    def next_message(self) -> tuple[int, bytes] | None:
        """Return the next `(opcode, payload)`, a control frame included, or None until more bytes come."""
        buffer = self._buffer
        while len(buffer) >= 2:
            first, second = buffer[0], buffer[1]
            opcode = first & 0x0F
            self._check_head(first, second, opcode)
            length, start = second & 0x7F, 2
            if length > _MAX_CONTROL_PAYLOAD:
                start = 4 if length == 126 else 10
                if len(buffer) < start:
                    return None
                length = self._extended_length(buffer[2:start])
            if opcode < _CONTROL and length + len(self._fragments or b"") > self._limit:
                raise ProtocolError(CloseCode.TOO_BIG, "message too big")
            end = start + 4 + length
            if len(buffer) < end:
                return None
            payload = mask(buffer[start + 4 : end], bytes(buffer[start : start + 4]))
            del buffer[:end]
            if opcode >= _CONTROL or (first & 0x80 and not self._opcode):
                return opcode, payload
            if message := self._append(opcode, payload, final=bool(first & 0x80)):
                return message
        return None

    def _check_head(self, first: int, second: int, opcode: int) -> None:
        if first & 0x70:
            raise ProtocolError(CloseCode.PROTOCOL_ERROR, "reserved bits set")
        if not second & 0x80:
            raise ProtocolError(CloseCode.PROTOCOL_ERROR, "frame is not masked")
        if opcode >= _CONTROL:
            if opcode > _PONG:
                raise ProtocolError(CloseCode.PROTOCOL_ERROR, "unknown opcode")
            if not first & 0x80:
                raise ProtocolError(CloseCode.PROTOCOL_ERROR, "fragmented control frame")
            if second & 0x7F > _MAX_CONTROL_PAYLOAD:
                raise ProtocolError(CloseCode.PROTOCOL_ERROR, "control frame too long")
        elif opcode > Opcode.BINARY:
            raise ProtocolError(CloseCode.PROTOCOL_ERROR, "unknown opcode")
        elif (opcode == _CONTINUATION) != bool(self._opcode):
            raise ProtocolError(CloseCode.PROTOCOL_ERROR, "continuation out of order")

    def _extended_length(self, field: bytearray) -> int:
        length = int.from_bytes(field, "big")
        # section 5.2: the minimal number of bytes must be used, and the top bit must be zero
        if length < (126 if len(field) == 2 else 0x10000) or length >> 63:
            raise ProtocolError(CloseCode.PROTOCOL_ERROR, "invalid length encoding")
        return length

    def _append(self, opcode: int, payload: bytes, *, final: bool) -> tuple[int, bytes] | None:
        if self._fragments is None:
            self._fragments = bytearray()
        if opcode:
            self._opcode = opcode
        self._fragments += payload
        if not final:
            return None
        message = self._opcode, bytes(self._fragments)
        self._opcode, self._fragments = _CONTINUATION, None
        return message
