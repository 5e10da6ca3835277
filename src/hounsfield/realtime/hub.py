"""Events that any process publishes reach the connections of this one; lost access closes them."""

import asyncio
from collections import defaultdict
from typing import Any

from sqlalchemy.orm import Session

from hounsfield.accounts.hooks import AccessChange, access_changed
from hounsfield.kit.broker import EventTap
from hounsfield.kit.outbox import send_event
from hounsfield.kit.platform import Platform
from hounsfield.notifications.service import user_room
from uvicorn_engineio import AsyncServer

CONTROL = "control"


@access_changed.connect
def tell_gateways(session: Session, user_id: str, reason: AccessChange) -> None:
    """Every gateway looks again at who is connected as this user."""
    send_event(session, CONTROL, "access_changed", {"user_id": user_id, "reason": reason})


class Hub:
    """Between the event tap's thread and the loop that serves sockets: Socket.IO rooms and plain listeners."""

    def __init__(self, platform: Platform, sio: AsyncServer) -> None:
        self.platform, self.sio = platform, sio
        self._listeners: dict[str, set[asyncio.Queue[dict[str, Any]]]] = defaultdict(set)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tap = EventTap(platform.broker, self._heard, name="realtime")

    def start(self) -> None:
        """Begin hearing; called on the serving loop."""
        self._loop = self.sio.loop = asyncio.get_running_loop()
        self._tap.start()

    def stop(self) -> None:
        self._tap.stop()

    def listen(self, room: str) -> "asyncio.Queue[dict[str, Any]]":
        """Return a queue that gets every event of a room; a reader that falls behind loses the oldest."""
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(maxsize=1000)
        self._listeners[room].add(queue)
        return queue

    def forget(self, room: str, queue: "asyncio.Queue[dict[str, Any]]") -> None:
        self._listeners[room].discard(queue)
        if not self._listeners[room]:
            del self._listeners[room]

    def _heard(self, event: dict[str, Any]) -> None:
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._spread, event)

    def _spread(self, event: dict[str, Any]) -> None:
        if event["room"] == CONTROL:
            self.sio.start_background_task(self._look_again, event["data"]["user_id"])
            return
        self.sio.manager.deliver(event["name"], event["data"], room=event["room"])
        for queue in self._listeners.get(event["room"], ()):
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(event)

    async def _look_again(self, user_id: str) -> None:
        """Close the user's sockets: whoever still may, connects again with a new ticket."""
        for sid, _ in list(self.sio.manager.get_participants("/", user_room(user_id))):
            await self.sio.disconnect(sid)
        for queue in self._listeners.get(user_room(user_id), ()):
            queue.put_nowait({"name": "closed", "room": "", "data": {}})
