"""`/ws/task-status` and `/ws/task-progress`: the same JSON for clients that have no Socket.IO.

The client proves who it is by an Authorization header, or by its first message `{"token"}` or `{"ticket"}`; nothing
secret is part of an address.
"""

import asyncio
from typing import Any

import orjson
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from starlette.concurrency import run_in_threadpool

from hounsfield.kit.errors import DomainError, Unauthorized
from hounsfield.notifications.service import user_room
from hounsfield.realtime import tickets
from hounsfield.realtime.hub import Hub

router = APIRouter()
POLICY_VIOLATION = 1008
PATIENCE_SECONDS = 10


@router.websocket("/ws/task-status")
async def task_status(socket: WebSocket) -> None:
    """Send every change of the person's tasks."""
    await _serve(socket, "task_status")


@router.websocket("/ws/task-progress")
async def task_progress(socket: WebSocket) -> None:
    """Send how far the person's tasks are."""
    await _serve(socket, "task_progress")


async def _serve(socket: WebSocket, name: str) -> None:
    await socket.accept()
    hub: Hub = socket.app.state.hub
    try:
        auth = await asyncio.wait_for(_proof(socket), PATIENCE_SECONDS)
        actor, seq = await run_in_threadpool(tickets.enter, hub.platform, auth)
    except (DomainError, TimeoutError, ValueError):
        await socket.close(POLICY_VIOLATION, "UNAUTHORIZED")
        return
    except WebSocketDisconnect:
        return
    room = user_room(actor.user_id)
    queue = hub.listen(room)
    hub.note(actor.user_id, seq)
    try:
        await socket.send_text('{"connected":true}')
        await _pump(socket, queue, name)
    finally:
        hub.forget(room, queue)


async def _proof(socket: WebSocket) -> dict[str, Any]:
    scheme, _, token = socket.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return {"token": token}
    said = orjson.loads(await socket.receive_text())
    if not isinstance(said, dict):
        raise Unauthorized
    return said


async def _pump(socket: WebSocket, queue: "asyncio.Queue[dict[str, Any]]", name: str) -> None:
    """Send events until the client leaves or loses its access."""
    gone = asyncio.create_task(_until_gone(socket))
    try:
        while not gone.done():
            coming = asyncio.create_task(queue.get())
            await asyncio.wait({coming, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                coming.cancel()
                return
            event = coming.result()
            if event["name"] == "closed":
                await socket.close(POLICY_VIOLATION, "UNAUTHORIZED")
                return
            if event["name"] == name:
                await socket.send_text(orjson.dumps(event["data"]).decode())
    finally:
        gone.cancel()


async def _until_gone(socket: WebSocket) -> None:
    try:
        while True:
            await socket.receive()
    except (WebSocketDisconnect, RuntimeError):
        return
