"""STOW-RS (PS3.18 §10.5): storing instances, each of them judged by itself."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import orjson
from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool

from hounsfield.accounts.actor import Actor
from hounsfield.audit.service import note_read
from hounsfield.dicomweb import media
from hounsfield.dicomweb.actor import ArchiveActor
from hounsfield.dicomweb.related import BrokenBody, Related, Single, body_of
from hounsfield.dicomweb.wado import Uid
from hounsfield.imaging.intake import Arrived, Intake, Outcome
from hounsfield.kit.platform import Platform
from hounsfield.kit.routing import Router
from hounsfield.kit.web import PlatformDep

router = Router(prefix="/dicomweb", tags=["dicomweb"])
PARSE_BYTES = (
    1 << 20
)  # the network brings 64 kB at a time; handing each to a thread would cost more than parsing it
BATCH_OBJECTS, BATCH_BYTES = 64, 32 << 20

# FailureReason (PS3.18 table 10.5.3-2, PS3.7 annex C)
_CANNOT_UNDERSTAND, _DUPLICATE, _NOT_THIS_STUDY = 0xC000, 0x0111, 0xA900
_REASONS = {"UID_TAKEN": _DUPLICATE, "OTHER_STUDY": _NOT_THIS_STUDY}


@router.post("/studies")
async def store(request: Request, actor: ArchiveActor, platform: PlatformDep) -> Response:
    """Store instances of any studies."""
    return await _store(request, actor, platform, None)


@router.post("/studies/{study_uid}")
async def store_in_study(
    study_uid: Uid, request: Request, actor: ArchiveActor, platform: PlatformDep
) -> Response:
    """Store instances of one study."""
    return await _store(request, actor, platform, study_uid)


async def _store(
    request: Request, actor: ArchiveActor, platform: PlatformDep, study_uid: str | None
) -> Response:
    actor.require("study:create")
    body = body_of(request.headers.get("content-type", ""))
    receiving = _Receiving(_Taking(platform, actor, study_uid), body)
    waiting: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        waiting.append(chunk)
        size += len(chunk)
        if size >= PARSE_BYTES:
            await receiving.write(b"".join(waiting))
            waiting, size = [], 0
            if receiving.broken:
                break
    arrived = await receiving.finish(b"".join(waiting))
    if receiving.broken and not arrived:
        raise BrokenBody
    return _answer(request, arrived, receiving.broken)


class _Taking:
    """Stores objects and notes each study that came, or some of it, once."""

    def __init__(self, platform: Platform, actor: Actor, study_uid: str | None) -> None:
        owner = None if actor.token_id else actor.user_id
        self._platform, self._actor = platform, actor
        self._intake = Intake(platform, actor.organization_id, owner, "stow", study_uid=study_uid)
        self._noted: set[str] = set()

    def __call__(self, objects: list[bytes]) -> list[Arrived]:
        arrived = self._intake.take(objects)
        came = {one.study_uid for one in arrived if one.outcome is Outcome.STORED} - self._noted
        for study_uid in came:
            note_read(self._platform, self._actor, "study.receive", object_type="study", object_id=study_uid)
        self._noted |= came
        return arrived


class _Receiving:
    """Stores one batch while the next one arrives. What is small goes to a thread once, with all that is to be done."""

    def __init__(self, take: _Taking, body: Related | Single) -> None:
        self._take, self._body = take, body
        self._objects: list[bytes] = []
        self._bytes = 0
        self._storing: Awaitable[list[Arrived]] | None = None
        self._arrived: list[Arrived] = []
        self.broken = False

    async def write(self, data: bytes) -> None:
        await run_in_threadpool(self._parse, data)
        if len(self._objects) >= BATCH_OBJECTS or self._bytes >= BATCH_BYTES:
            await self._settle()
            objects, self._objects, self._bytes = self._objects, [], 0
            self._storing = asyncio.ensure_future(run_in_threadpool(self._take, objects))

    def _parse(self, data: bytes, *, last: bool = False) -> None:
        try:
            self._body.write(data)
            if last:
                self._body.finish()
        except BrokenBody:
            self.broken = True
        for content in self._body.ready():
            self._objects.append(content)
            self._bytes += len(content)

    async def _settle(self) -> None:
        if self._storing is not None:
            storing, self._storing = self._storing, None
            self._arrived += await storing

    async def finish(self, rest: bytes) -> list[Arrived]:
        """Store what is left, and return what became of all objects."""
        await self._settle()
        return self._arrived + await run_in_threadpool(self._last, rest)

    def _last(self, rest: bytes) -> list[Arrived]:
        if not self.broken:
            self._parse(rest, last=True)
        return self._take(self._objects) if self._objects else []


def _answer(request: Request, arrived: list[Arrived], broken: bool) -> Response:
    base = f"{request.base_url}dicomweb/studies"
    stored, failed, others = [], [], []
    for one in arrived:
        if one.outcome in (Outcome.STORED, Outcome.DUPLICATE):
            place = f"{base}/{one.study_uid}/series/{one.series_uid}/instances/{one.sop_instance_uid}"
            stored.append({**_reference(one), "00081190": {"vr": "UR", "Value": [place]}})
            continue
        reason = {"00081197": {"vr": "US", "Value": [_REASONS.get(one.code, _CANNOT_UNDERSTAND)]}}
        if one.sop_instance_uid:
            failed.append({**_reference(one), **reason})
        else:
            others.append(reason)
    found: dict[str, Any] = {}
    studies = {one.study_uid for one in arrived if one.study_uid}
    if len(studies) == 1:
        found["00081190"] = {"vr": "UR", "Value": [f"{base}/{studies.pop()}"]}
    for tag, items in (("00081198", failed), ("00081199", stored), ("0008119A", others)):
        if items:
            found[tag] = {"vr": "SQ", "Value": items}
    status = 200 if len(stored) == len(arrived) and not broken else 202 if stored else 409
    headers = {}
    if broken:
        headers["Warning"] = f'299 {request.url.netloc} "The body was cut off; what is listed is stored"'
    return Response(orjson.dumps(found), status, media_type=media.JSON, headers=headers)


def _reference(one: Arrived) -> dict[str, Any]:
    return {
        "00081150": {"vr": "UI", "Value": [one.sop_class_uid]},
        "00081155": {"vr": "UI", "Value": [one.sop_instance_uid]},
    }
