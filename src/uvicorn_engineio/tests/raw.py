"""A client that sends exactly the bytes it is told to."""

import json
import socket
from typing import Any

from uvicorn_engineio.frames import mask

KEY = b"\x01\x02\x03\x04"
UPGRADE = {
    "host": "127.0.0.1",
    "connection": "Upgrade",
    "upgrade": "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
}
SOCKET_IO = "/socket.io/?EIO=4&transport=websocket"


def client_frame(
    payload: bytes, opcode: int = 1, *, fin: bool = True, rsv: int = 0, masked: bool = True
) -> bytes:
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    flag = 0x80 if masked else 0
    length = len(payload)
    if length < 126:
        head = bytes((first, flag | length))
    elif length < 0x10000:
        head = bytes((first, flag | 126)) + length.to_bytes(2, "big")
    else:
        head = bytes((first, flag | 127)) + length.to_bytes(8, "big")
    return head + (KEY + mask(payload, KEY) if masked else payload)


class RawClient:
    def __init__(
        self, port: int, target: str = SOCKET_IO, method: str = "GET", **headers: str | None
    ) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        fields = UPGRADE | {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"{method} {target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in fields.items() if value is not None]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self.stream = self.socket.makefile("rb")
        self.status = int(self.stream.readline().split()[1])
        self.headers = dict(self._header_lines())

    def _header_lines(self) -> Any:
        while line := self.stream.readline().strip().decode():
            name, _, value = line.partition(": ")
            yield name.lower(), value

    def body(self) -> Any:
        return json.loads(self.stream.read(int(self.headers["content-length"])))

    def send(self, *texts: str) -> None:
        self.send_raw(b"".join(client_frame(text.encode()) for text in texts))

    def send_raw(self, data: bytes) -> None:
        self.socket.sendall(data)

    def receive(self) -> tuple[int, bytes]:
        """Return the opcode and payload of the next frame; (0, b"") at the end of the stream."""
        head = self.stream.read(2)
        if not head:
            return 0, b""
        length = head[1]
        if length == 126:
            length = int.from_bytes(self.stream.read(2), "big")
        elif length == 127:
            length = int.from_bytes(self.stream.read(8), "big")
        return head[0] & 0x0F, self.stream.read(length)

    def receive_text(self) -> str:
        opcode, payload = self.receive()
        assert opcode == 1, (opcode, payload)
        return payload.decode()

    def close_code(self) -> int:
        """Read up to the close frame and past it to the end of the stream; return its code."""
        code = 0
        while (message := self.receive()) != (0, b""):
            if message[0] == 8:
                code = int.from_bytes(message[1][:2], "big")
                self.send_raw(client_frame(message[1][:2], 8))
        return code

    def open(self) -> "RawClient":
        """Read the Engine.IO handshake."""
        assert self.status == 101
        assert self.receive_text().startswith("0{")
        return self

    def join(self, namespace: str = "") -> "RawClient":
        self.open()
        self.send(f"40{namespace}")
        assert self.receive_text().startswith(f"40{namespace}")
        return self

    def close(self) -> None:
        self.stream.close()
        self.socket.close()

    def __enter__(self) -> "RawClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
