"""The HTTP upgrade: what is asked, whether it is allowed, and the answer."""

import asyncio
import binascii
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection
from dataclasses import dataclass
from hashlib import sha1
from typing import Any
from urllib.parse import parse_qs, unquote

import orjson

Origins = Collection[str] | Callable[[str], bool] | None
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Refused(Exception):
    """The upgrade is answered with an HTTP error and an Engine.IO error body."""

    def __init__(self, code: int, message: str, status: str = "400 Bad Request", headers: str = "") -> None:
        super().__init__(message)
        self.body = orjson.dumps({"code": code, "message": message})
        self.status = status
        self.headers = headers

    def response(self) -> bytes:
        head = (
            f"HTTP/1.1 {self.status}\r\ncontent-type: application/json\r\ncontent-length: {len(self.body)}\r\n"
            f"{self.headers}connection: close\r\n\r\n"
        )
        return head.encode() + self.body


@dataclass(frozen=True, slots=True)
class Request:
    """The request that asks for the upgrade; header names are lower-case."""

    method: str
    target: str
    headers: list[tuple[bytes, bytes]]

    @classmethod
    def parse(cls, head: bytes) -> "Request":
        """Read the head that uvicorn rebuilds from a request it has already parsed and checked."""
        lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
        method, target, _version = lines[0].decode("latin-1").split(" ", 2)
        pairs = (line.partition(b":") for line in lines[1:])
        return cls(method, target, [(name.lower(), value.strip()) for name, _, value in pairs])

    @property
    def path(self) -> str:
        return unquote(self.target.partition("?")[0])

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def header(self, name: bytes) -> str | None:
        values = [value for key, value in self.headers if key == name]
        return b", ".join(values).decode("latin-1") if values else None


def accept(request: Request, origins: Origins) -> bytes:
    """Return the 101 response, or raise `Refused`."""
    query = parse_qs(request.query)
    if request.method != "GET":
        raise Refused(2, "Bad handshake method")
    if query.get("transport") != ["websocket"]:
        raise Refused(0, "Transport unknown")
    if query.get("EIO") != ["4"]:
        raise Refused(5, "Unsupported protocol version")
    if "sid" in query:
        raise Refused(1, "Session ID unknown")
    if not _origin_allowed(request, origins):
        raise Refused(4, "Forbidden", "403 Forbidden")
    if request.header(b"sec-websocket-version") != "13":
        raise Refused(3, "Bad request", "426 Upgrade Required", "sec-websocket-version: 13\r\n")
    key = (request.header(b"sec-websocket-key") or "").encode()
    try:
        valid = len(b64decode(key, validate=True)) == 16
    except binascii.Error:
        valid = False
    if not valid:
        raise Refused(3, "Bad request")
    # section 4.2.2 of RFC 6455 prescribes SHA-1; nothing secret depends on it
    proof = b64encode(sha1(key + _GUID, usedforsecurity=False).digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
        b"sec-websocket-accept: " + proof + b"\r\n\r\n"
    )


def _origin_allowed(request: Request, origins: Origins) -> bool:
    origin = request.header(b"origin")
    if origin is None:  # not a browser
        return True
    if origins is None:
        # host and port only: behind a proxy that ends TLS the scheme seen here is not the browser's
        host = request.header(b"host") or ""
        return origin.partition("://")[2].lower() == host.lower() != ""
    if callable(origins):
        return origins(origin)
    return "*" in origins or origin in origins


def scope_of(
    request: Request, transport: asyncio.Transport, root_path: str, state: dict[str, Any]
) -> dict[str, Any]:
    """Return the ASGI scope of the upgrade, for middleware and for `starlette.requests.HTTPConnection`."""
    peer, local = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
    return {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "wss" if transport.get_extra_info("sslcontext") else "ws",
        "server": tuple(local[:2]) if isinstance(local, tuple) else (local or None),
        "client": tuple(peer[:2]) if isinstance(peer, tuple) else None,
        "root_path": root_path,
        "path": request.path,
        "raw_path": request.target.partition("?")[0].encode("latin-1"),
        "query_string": request.query.encode("latin-1"),
        "headers": request.headers,
        "subprotocols": [],
        "state": state,
    }


def environ_of(scope: dict[str, Any]) -> dict[str, Any]:
    """Return the WSGI-style environ that python-socketio hands to connect handlers."""
    client, server = scope["client"], scope["server"]
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": scope["root_path"],
        "PATH_INFO": scope["path"],
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": client[0] if client else "",
        "REMOTE_PORT": str(client[1]) if client else "",
        "SERVER_NAME": server[0] if isinstance(server, tuple) else "",
        "SERVER_PORT": str(server[1]) if isinstance(server, tuple) else "",
        "wsgi.url_scheme": "https" if scope["scheme"] == "wss" else "http",
        "asgi.scope": scope,
    }
    for name, value in scope["headers"]:
        key = "HTTP_" + name.decode("latin-1").upper().replace("-", "_")
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
    return environ
