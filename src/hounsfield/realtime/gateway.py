"""The Socket.IO gateway: who connects, what they may ask, what they missed (api.md, Realtime)."""

import contextlib
from typing import Any

from socketio.exceptions import ConnectionRefusedError as Refused
from starlette.concurrency import run_in_threadpool

from hounsfield.accounts.actor import Actor
from hounsfield.annotations import news as studies
from hounsfield.engines.news import ROOM as ENGINES_ROOM
from hounsfield.imaging.access import study_for
from hounsfield.imaging.news import ARCHIVE, archive_room
from hounsfield.kit.errors import DomainError, NotFound
from hounsfield.kit.platform import Platform
from hounsfield.notifications.service import Replay, replay, user_room
from hounsfield.realtime import tickets
from hounsfield.realtime.hub import Hub
from uvicorn_engineio import AsyncServer

MAX_ROOMS = 100
CONNECT_SECONDS = 4.0


def build(platform: Platform) -> tuple[AsyncServer, Hub]:
    """Return the Socket.IO server of this process, and what brings it the events of all."""
    # a client that is put out and does not hang up is cut off within this time
    sio = AsyncServer(connect_timeout=CONNECT_SECONDS)
    hub = Hub(platform, sio)

    @sio.event
    async def connect(sid: str, _environ: dict[str, Any], auth: Any) -> None:
        try:
            actor, seq = await run_in_threadpool(tickets.enter, platform, auth)
        except DomainError as error:
            raise Refused(error.detail("en"), {"code": error.code}) from None
        await sio.save_session(sid, actor)
        await sio.enter_room(sid, user_room(actor.user_id))
        hub.note(actor.user_id, seq)

    @sio.event
    async def resume(sid: str, wish: Any) -> dict[str, Any]:
        """Send what this person missed after `last_seq`, then `resumed`; without a number just say where things are."""
        actor: Actor = await sio.get_session(sid)
        last = wish.get("last_seq") if isinstance(wish, dict) else None
        missed = await run_in_threadpool(_missed, platform, actor.user_id, last)
        for name, data in missed.events:
            await sio.emit(name, data, to=sid)
        answer = {"recovered": missed.recovered, "from": missed.start, "to": missed.end}
        await sio.emit("resumed", answer, to=sid)
        return answer

    @sio.event
    async def subscribe(sid: str, rooms: Any) -> dict[str, list[str]]:
        """Join rooms: the person's own, those of studies they may see, and that of the fleet for administrators."""
        actor: Actor = await sio.get_session(sid)
        wanted = (
            [room for room in rooms[:MAX_ROOMS] if isinstance(room, str)] if isinstance(rooms, list) else []
        )
        found = await run_in_threadpool(_rooms, platform, actor, wanted)
        for room in found.values():
            await sio.enter_room(sid, room)
        return {"joined": list(found), "refused": [room for room in wanted if room not in found]}

    @sio.event
    async def unsubscribe(sid: str, rooms: Any) -> None:
        """Leave rooms; a person's own room stays: their tasks are told there."""
        actor: Actor = await sio.get_session(sid)
        wanted = (
            [room for room in rooms[:MAX_ROOMS] if isinstance(room, str)] if isinstance(rooms, list) else []
        )
        found = await run_in_threadpool(_rooms, platform, actor, wanted)
        for room in found.values():
            if room != user_room(actor.user_id):
                await sio.leave_room(sid, room)

    return sio, hub


def _rooms(platform: Platform, actor: Actor, wanted: list[str]) -> dict[str, str]:
    """Return, of the rooms that were asked for, those the actor may join, and what each is called here."""
    # a change of somebody's rights closes their sockets: whoever connects again is asked again
    found = {room: room for room in wanted if room == user_room(actor.user_id)}
    if ENGINES_ROOM in wanted and actor.may("engine:read"):
        found[ENGINES_ROOM] = ENGINES_ROOM
    if ARCHIVE in wanted and actor.may("study:read"):
        found[ARCHIVE] = archive_room(actor.organization_id)
    uids = [room.removeprefix(studies.PREFIX) for room in wanted if room.startswith(studies.PREFIX)]
    if uids and actor.may("study:read"):
        with platform.db.read() as session:
            for uid in uids:
                with contextlib.suppress(NotFound):
                    found[studies.PREFIX + uid] = studies.study_room(study_for(session, actor, uid))
    return found


def _missed(platform: Platform, user_id: str, last: Any) -> Replay:
    with platform.db.read() as session:
        if isinstance(last, int) and not isinstance(last, bool) and last >= 0:
            return replay(session, user_id, last)
        return replay(session, user_id, None)
