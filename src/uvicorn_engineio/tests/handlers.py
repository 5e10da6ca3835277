"""The application the real clients talk to; also a server of its own: `python handlers.py <port>`."""

import sys
from typing import Any

import uvicorn
from socketio import AsyncNamespace
from socketio.exceptions import ConnectionRefusedError as Refusal

from uvicorn_engineio import AsyncServer, websocket_protocol


class Admin(AsyncNamespace):
    def on_connect(self, sid: str, environ: dict[str, Any]) -> None:
        """An older handler, without `auth`."""

    async def on_who(self, sid: str) -> str:
        return self.namespace


def create(journal: Any = None, **options: Any) -> AsyncServer:
    sio = AsyncServer(**options)
    note = journal.add if journal else lambda *_: None

    @sio.event
    async def connect(sid: str, environ: dict[str, Any], auth: dict[str, Any] | None) -> None:
        note("connect", sid, environ, auth)
        if auth == {"token": "bad"}:
            raise Refusal("not you", {"code": 7})
        await sio.enter_room(sid, "staff")
        await sio.enter_room(sid, "night")
        if auth:
            rooms = sorted(set(sio.rooms(sid)) - {sid})
            await sio.emit("welcome", {"id": sid, "rooms": rooms}, to=sid)

    @sio.event
    async def disconnect(sid: str, reason: str) -> None:
        note("disconnect", sid, reason, sio.rooms(sid), await sio.get_session(sid))

    @sio.event
    async def enter(sid: str, room: str) -> None:
        await sio.enter_room(sid, room)

    @sio.event
    async def leave(sid: str, room: str) -> None:
        await sio.leave_room(sid, room)

    @sio.event
    async def tell(sid: str, options: dict[str, Any], text: str) -> None:
        await sio.emit("news", text, **options)

    @sio.on("sum")
    def add(sid: str, a: int, b: int) -> int:
        return a + b

    @sio.event
    def pair(sid: str) -> tuple[str, dict[str, int]]:
        return "x", {"y": 1}

    @sio.event
    async def nothing(sid: str) -> None: ...

    @sio.event
    async def explode(sid: str) -> None:
        raise KeyError("planted")

    @sio.event
    async def mirror(sid: str, data: dict[str, Any]) -> dict[str, Any]:
        return data

    @sio.on("ask me")
    async def ask(sid: str) -> Any:
        return [*await sio.call("question", "really?", to=sid, timeout=5)]

    @sio.on("reverse through me")
    async def reverse(sid: str) -> str:
        return (await sio.call("blob", b"\x01\x02\x03", to=sid, timeout=5)).hex()

    @sio.event
    async def visits(sid: str) -> int:
        async with sio.session(sid) as session:
            session["visits"] = session.get("visits", 0) + 1
            return session["visits"]

    @sio.on("put me out")
    async def put_out(sid: str) -> None:
        await sio.disconnect(sid)

    sio.register_namespace(Admin("/admin"))
    return sio


if __name__ == "__main__":

    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise NotImplementedError

    uvicorn.run(
        app, port=int(sys.argv[1]), ws=websocket_protocol(create()), lifespan="off", log_level="warning"
    )
