"""Events that any process publishes reach the connections of this one; lost access closes them.

The transport may lose events, and says when it may have. Then the rows are asked what the people connected here were
told meanwhile, and they get exactly that.
"""

import asyncio
from collections import defaultdict, deque
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from hounsfield.accounts.hooks import AccessChange, access_changed
from hounsfield.engines.news import ROOM as ENGINES_ROOM
from hounsfield.kit import metrics
from hounsfield.kit.events import MISSED, Event
from hounsfield.kit.outbox import send_event
from hounsfield.kit.platform import Platform
from hounsfield.notifications.service import Replay, heads, replay, user_room
from hounsfield.realtime.fleet import FleetNews
from uvicorn_engineio import AsyncServer

log = structlog.get_logger()
CONTROL = "control"
_CHUNK = 500


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
        self._fleet = FleetNews(platform, self._deliver, lambda: self._anyone_in(ENGINES_ROOM))
        self._tap = platform.events.tap(self._heard, name="realtime")
        self._arrived: deque[Event] = deque()
        self._awaited = False  # the loop was asked to spread what has arrived
        self._told: dict[str, int] = {}  # the last number that each user connected here was told
        self._meanwhile: set[tuple[str, int]] | None = None  # what arrived while the rows were being asked

    def start(self) -> None:
        """Begin hearing; called on the serving loop."""
        self._loop = self.sio.loop = asyncio.get_running_loop()
        self._fleet.start()
        self._tap.start()

    def stop(self) -> None:
        self._tap.stop()
        self._fleet.stop()

    def listen(self, room: str) -> "asyncio.Queue[dict[str, Any]]":
        """Return a queue that gets every event of a room; a reader that falls behind loses the oldest."""
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(maxsize=1000)
        self._listeners[room].add(queue)
        return queue

    def forget(self, room: str, queue: "asyncio.Queue[dict[str, Any]]") -> None:
        self._listeners[room].discard(queue)
        if not self._listeners[room]:
            del self._listeners[room]

    def note(self, user_id: str, seq: int) -> None:
        """Remember where a user's sequence stood when they connected."""
        self._told.setdefault(user_id, seq)

    def _heard(self, event: Event) -> None:
        self._arrived.append(event)
        # to wake the loop costs more than to spread an event, and events come by the dozen
        if self._loop and not self._awaited and not self._loop.is_closed():
            self._awaited = True
            self._loop.call_soon_threadsafe(self._spread_all)

    def _spread_all(self) -> None:
        self._awaited = False
        while self._arrived:
            self._spread(self._arrived.popleft())

    def _spread(self, event: Event) -> None:
        if event["name"] == MISSED["name"]:
            self.sio.start_background_task(self._catch_up)
            self._fleet.changed()
        elif event["room"] == CONTROL:
            self.sio.start_background_task(self._look_again, event["data"]["user_id"])
        elif event["room"] == ENGINES_ROOM:
            self._fleet.changed()
        else:
            self._count(event)
            self._deliver(event)
            if event["name"] == "task_status":
                self._fleet.changed()

    def _count(self, event: Event) -> None:
        user_id, seq = event["room"].removeprefix(user_room("")), event["data"].get("seq")
        if seq is not None and user_id in self._told:
            self._told[user_id] = max(self._told[user_id], seq)
            if self._meanwhile is not None:
                self._meanwhile.add((user_id, seq))

    def _deliver(self, event: Event) -> None:
        metrics.EVENTS.labels(event["name"]).inc()
        self.sio.manager.deliver(event["name"], event["data"], room=event["room"])
        for queue in self._listeners.get(event["room"], ()):
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(event)

    async def _catch_up(self) -> None:
        """Send the people who are connected what they were told while nothing could be heard."""
        if self._meanwhile is not None:
            return  # the one under way began after the events that were lost, or is followed by another tap's word
        self._told = {user_id: seq for user_id, seq in self._told.items() if self._is_here(user_id)}
        self._meanwhile = set()
        try:
            missed = await run_in_threadpool(_missed, self.platform, dict(self._told))
            for user_id, lost in missed.items():
                self._replay(user_id, lost, self._meanwhile)
        except (OSError, SQLAlchemyError) as error:
            log.warning("realtime.not-caught-up", error=str(error))
        finally:
            self._meanwhile = None

    def _is_here(self, user_id: str) -> bool:
        room = user_room(user_id)
        return room in self._listeners or self._anyone_in(room)

    def _anyone_in(self, room: str) -> bool:
        return any(True for _ in self.sio.manager.get_participants("/", room))

    def _replay(self, user_id: str, lost: Replay, heard: set[tuple[str, int]]) -> None:
        room = user_room(user_id)
        for name, data in lost.events:
            if (user_id, data["seq"]) not in heard:
                self._deliver({"room": room, "name": name, "data": data})
        if not lost.recovered:
            answer = {"recovered": False, "from": lost.start, "to": lost.end}
            self._deliver({"room": room, "name": "resumed", "data": answer})
        self._told[user_id] = max(self._told.get(user_id, 0), lost.end)

    async def _look_again(self, user_id: str) -> None:
        """Close the user's sockets: whoever still may, connects again with a new ticket."""
        for sid, _ in list(self.sio.manager.get_participants("/", user_room(user_id))):
            await self.sio.disconnect(sid)
        for queue in self._listeners.get(user_room(user_id), ()):
            queue.put_nowait({"name": "closed", "room": "", "data": {}})


def _missed(platform: Platform, told: dict[str, int]) -> dict[str, Replay]:
    """Return what each user was told beyond the number given; nothing for those who know all."""
    users, found = list(told), {}
    with platform.db.read() as session:
        for start in range(0, len(users), _CHUNK):
            for user_id, head in heads(session, users[start : start + _CHUNK]).items():
                if head > told[user_id]:
                    found[user_id] = replay(session, user_id, told[user_id])
    return found
