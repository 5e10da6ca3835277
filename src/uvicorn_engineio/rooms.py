"""Who is in which room: a client manager with an index from connection to rooms, and one frame per emit."""

import asyncio
import inspect
import itertools
from collections.abc import Callable, Collection, Iterator
from typing import Any

from socketio.async_manager import AsyncManager
from socketio.exceptions import DisconnectedError
from socketio.packet import EVENT

from uvicorn_engineio.packets import encode

Room = str | None
_NOBODY: dict[str, str] = {}


class Reply:
    """The callback behind `AsyncServer.call`: a future that also learns of the client's departure."""

    __slots__ = ("future",)

    def __init__(self) -> None:
        self.future: asyncio.Future[tuple[Any, ...]] = asyncio.get_running_loop().create_future()

    def __call__(self, *args: Any) -> None:
        if not self.future.done():
            self.future.set_result(args)

    def abandon(self) -> None:
        if not self.future.done():
            self.future.set_exception(DisconnectedError("client left before it answered"))


class Membership:
    """One client in one namespace. Its own rooms are listed here, so leaving costs nothing per other room."""

    __slots__ = ("eio_sid", "leaving", "pending", "rooms")

    def __init__(self, eio_sid: str) -> None:
        self.eio_sid = eio_sid
        self.pending = True  # the connect handler has not decided yet
        self.leaving = False  # disconnected; while pending: gone before it was admitted
        self.rooms: set[str] = set()


class RoomManager(AsyncManager):
    """Replace the bookkeeping of `AsyncManager`, keeping its interface for python-socketio and pub/sub managers.

    Unlike the original, a client whose connect handler has not returned yet is in no broadcast; it is reached by
    its own sid and by the rooms that the handler puts it in.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rooms: dict[str, dict[Room, dict[str, str]]] = {}  # namespace → room → sid → eio_sid
        self.callbacks: dict[str, dict[int, Callable[..., Any]]] = {}
        self._members: dict[str, dict[str, Membership]] = {}  # namespace → sid → membership
        self._sids: dict[str, dict[str, str]] = {}  # eio_sid → namespace → sid
        self._ack_ids = itertools.count(1)

    # emitting

    async def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: str | Collection[str] | None = None,
        skip_sid: str | Collection[str] | None = None,
        callback: Callable[..., Any] | None = None,
        to: str | Collection[str] | None = None,
        **_: Any,
    ) -> None:
        self.deliver(event, data, namespace, to or room, skip_sid, callback)

    def deliver(
        self,
        event: str,
        data: Any,
        namespace: str = "/",
        room: str | Collection[str] | None = None,
        skip_sid: str | Collection[str] | None = None,
        callback: Callable[..., Any] | None = None,
    ) -> None:
        """Write an event to the clients of this process; must run in the loop's thread."""
        members = self._members_of(namespace, room)
        if not members:
            return
        skip = {skip_sid} if isinstance(skip_sid, str) else set(skip_sid or ())
        payload = [event, *data] if isinstance(data, tuple) else [event] if data is None else [event, data]
        sockets = self.server.eio.sockets
        if callback is None:
            frames = encode(EVENT, namespace, payload)
            for sid, eio_sid in members.items():
                if sid not in skip:
                    sockets[eio_sid].write(frames)
            return
        for sid, eio_sid in members.items():
            if sid not in skip:
                ack_id = self._generate_ack_id(sid, callback)
                sockets[eio_sid].write(encode(EVENT, namespace, payload, ack_id))

    def _generate_ack_id(self, sid: str, callback: Callable[..., Any]) -> int:
        ack_id = next(self._ack_ids)
        self.callbacks.setdefault(sid, {})[ack_id] = callback
        return ack_id

    async def trigger_callback(self, sid: str, id: int, data: Collection[Any]) -> None:
        """Call the callback an acknowledgement is for; an id that was never given is ignored."""
        callback = self.callbacks.get(sid, {}).pop(id, None)
        if callback is not None:
            result = callback(*data)
            if inspect.isawaitable(result):
                await result

    def forget_callback(self, sid: str, callback: Callable[..., Any]) -> None:
        waiting = self.callbacks.get(sid, {})
        for ack_id in [key for key, value in waiting.items() if value is callback]:
            del waiting[ack_id]

    def _members_of(self, namespace: str, room: str | Collection[str] | None) -> dict[str, str]:
        """Return sid → eio_sid; for a single room the live mapping, not a copy."""
        if room is None or isinstance(room, str):
            if room is not None and (own := self._member(room, namespace)):
                return {room: own.eio_sid}
            return self.rooms.get(namespace, {}).get(room, _NOBODY)
        union: dict[str, str] = {}
        for name in room:
            union.update(self._members_of(namespace, name))
        return union

    def get_participants(
        self, namespace: str, room: str | Collection[str] | None
    ) -> Iterator[tuple[str, str]]:
        yield from list(self._members_of(namespace, room).items())

    # joining and leaving a namespace

    def reserve(self, eio_sid: str, namespace: str) -> str | None:
        """Give the connection a pending membership; None if it has one already."""
        sids = self._sids.setdefault(eio_sid, {})
        if namespace in sids:
            return None
        sid = sids[namespace] = self.server.eio.generate_id()
        self._members.setdefault(namespace, {})[sid] = Membership(eio_sid)
        return sid

    async def pre_connect(self, eio_sid: str, namespace: str) -> str | None:
        return self.reserve(eio_sid, namespace)

    async def connect(self, sid: str, namespace: str) -> str:
        member = self._members[namespace][sid]
        member.pending = False
        self._room(namespace, None)[sid] = member.eio_sid
        return sid

    def pre_disconnect(self, sid: str, namespace: str) -> str | None:
        member = self._member(sid, namespace)
        if member is None:
            return None
        member.leaving = True
        if not member.pending:
            self._release(member.eio_sid, namespace, sid)
        return member.eio_sid

    def _release(self, eio_sid: str, namespace: str, sid: str) -> None:
        """Let the connection join the namespace anew; its next sid there is another."""
        sids = self._sids.get(eio_sid, {})
        if sids.get(namespace) == sid:
            del sids[namespace]
            if not sids:
                del self._sids[eio_sid]

    def basic_disconnect(self, sid: str, namespace: str, **_: Any) -> None:
        member = self._member(sid, namespace)
        if member is None:
            return
        for room in (*member.rooms, None):
            self._drop(sid, namespace, room)
        del self._members[namespace][sid]
        if not self._members[namespace]:
            del self._members[namespace]
        self._release(member.eio_sid, namespace, sid)
        for callback in self.callbacks.pop(sid, {}).values():
            if isinstance(callback, Reply):
                callback.abandon()

    # questions

    def _member(self, sid: str, namespace: str) -> Membership | None:
        return self._members.get(namespace, {}).get(sid)

    def memberships(self, eio_sid: str) -> dict[str, str]:
        """Return namespace → sid of one connection: pending ones included, leaving ones not."""
        return dict(self._sids.get(eio_sid, {}))

    def get_namespaces(self) -> Collection[str]:
        return self._members.keys()

    def is_pre_connected(self, sid: str, namespace: str) -> bool:
        member = self._member(sid, namespace)
        return member is not None and member.pending

    def is_connected(self, sid: str, namespace: str) -> bool:
        member = self._member(sid, namespace)
        return member is not None and not member.pending and not member.leaving

    def is_leaving(self, sid: str, namespace: str) -> bool:
        member = self._member(sid, namespace)
        return member is None or member.leaving

    def sid_from_eio_sid(self, eio_sid: str, namespace: str) -> str | None:
        return self._sids.get(eio_sid, {}).get(namespace)

    def eio_sid_from_sid(self, sid: str, namespace: str) -> str | None:
        member = self._member(sid, namespace)
        return member.eio_sid if member else None

    # rooms

    def is_sid_room(self, namespace: str, room: Room) -> bool:
        return room is not None and self._member(room, namespace) is not None

    def basic_enter_room(self, sid: str, namespace: str, room: str, **_: Any) -> None:
        if sid == room:
            return
        if self.is_sid_room(namespace, room):
            raise ValueError("cannot enter a sid room")
        member = self._member(sid, namespace)
        if member is None:
            raise ValueError("sid is not connected to requested namespace")
        member.rooms.add(room)
        self._room(namespace, room)[sid] = member.eio_sid

    def basic_leave_room(self, sid: str, namespace: str, room: str) -> None:
        if member := self._member(sid, namespace):
            member.rooms.discard(room)
            self._drop(sid, namespace, room)

    def basic_close_room(self, room: str, namespace: str) -> None:
        if self.is_sid_room(namespace, room):
            raise ValueError("cannot close a sid room")
        for sid, _ in self.get_participants(namespace, room):
            self.basic_leave_room(sid, namespace, room)

    def get_rooms(self, sid: str, namespace: str) -> list[str]:
        member = self._member(sid, namespace)
        return [sid, *member.rooms] if member else []

    def _room(self, namespace: str, room: Room) -> dict[str, str]:
        return self.rooms.setdefault(namespace, {}).setdefault(room, {})

    def _drop(self, sid: str, namespace: str, room: Room) -> None:
        rooms = self.rooms.get(namespace, {})
        if sid in rooms.get(room, _NOBODY):
            del rooms[room][sid]
            if not rooms[room]:
                del rooms[room]
            if not rooms:
                del self.rooms[namespace]
