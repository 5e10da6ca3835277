"""What engines say about tasks: heartbeat, claim, inputs, progress, outputs, end. Every word carries the epoch."""

import hashlib
import re
import uuid
from typing import Annotated

from fastapi import Header, Request, Response, status
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from hounsfield.accounts.actor import CurrentActor
from hounsfield.algorithms.service import RUNTIME, model_of
from hounsfield.audit.service import Agent, Attempt, note_attempt
from hounsfield.engines.service import CurrentEngine, beat, current_engine, own_engine
from hounsfield.imaging.access import patient_of
from hounsfield.imaging.inputs import series_files
from hounsfield.kit.downloads import download
from hounsfield.kit.errors import Invalid, NotFound
from hounsfield.kit.routing import Router
from hounsfield.kit.short import Short
from hounsfield.kit.web import PlatformDep
from hounsfield.tasks import leases
from hounsfield.tasks.access import task_for
from hounsfield.tasks.errors import ChecksumMismatch, ResultTooLarge
from hounsfield.tasks.models import Task, TaskFile
from hounsfield.tasks.requeue import by_hand
from hounsfield.tasks.schemas import (
    RESULT_NAME,
    Claimed,
    ClaimedModel,
    ClaimWish,
    CompletionReport,
    FailureReport,
    Heartbeat,
    HeartbeatReply,
    InputFile,
    Moved,
    ProgressReply,
    ProgressReport,
    StatusWish,
    StoredFile,
    TaskInput,
    WaitReport,
)
from hounsfield.tasks.transitions import Status, move

router = Router(tags=["engines"])
MAX_RESULT_BYTES = 4 << 30
_NAME = re.compile(RESULT_NAME)
Epoch = Annotated[int, Header(alias="X-Attempt-Epoch", ge=1)]
Sha256 = Annotated[str, Header(alias="X-Content-SHA256", pattern=r"^[0-9a-f]{64}$")]


class InvalidResultName(Invalid):
    """A result's name has letters, digits, dot, dash and underscore, at most 128."""

    code = "INVALID_RESULT_NAME"
    zh = "结果文件名只能包含字母、数字、点、短横线和下划线，最多 128 个字符。"


@router.post("/engines/{engine_id}/heartbeat")
def heartbeat(
    engine_id: str, word: Heartbeat, engine: CurrentEngine, platform: PlatformDep
) -> HeartbeatReply:
    """Note that an engine lives, keep its leases, tell it what to stop."""
    with platform.db.write() as session:
        row = own_engine(session, engine, engine_id, word.boot_id)
        beat(session, row, word.current_load)
        stop = leases.keep(session, row, word.attempts, platform.settings.lease_seconds)
        return HeartbeatReply(cancel=stop, drain=row.draining)


@router.post("/engines/{engine_id}/claim")
def claim(engine_id: str, wish: ClaimWish, engine: CurrentEngine, platform: PlatformDep) -> Claimed:
    """Make an offered attempt this engine's; 409 where it is not on offer any more."""
    with platform.db.write() as session:
        row = own_engine(session, engine, engine_id, wish.boot_id)
        task = leases.claim(session, row, wish.task_id, wish.epoch, platform.settings.lease_seconds)
        assert task.lease_until is not None
        if task.study_uid:
            note_attempt(session, _given_to(session, row.id, task))
        return Claimed(
            task_id=task.id,
            order_no=task.order_no,
            task_type=task.task_type,
            algorithm=task.runs_on,
            epoch=task.epoch,
            attempt=task.attempt,
            lease_until=task.lease_until,
            start_to_close_s=task.start_to_close_s,
            memory_mb=task.memory_mb,
            parameters=task.parameters,
            inputs=[TaskInput(name="series", kind="ct_series", series_uid=task.series_uid, files=files)]
            if (files := [
                InputFile(name=f"{i:05d}.dcm", url=f"/api/v1/tasks/{task.id}/inputs/{f.sha256}", sha256=f.sha256, size=f.size)
                for i, f in enumerate(series_files(session, task.organization_id, task.series_uid), 1)
            ])
            else [],
            model=_model(session, task),
            output_url_prefix=f"/api/v1/tasks/{task.id}/outputs/",
        )  # fmt: skip


def _given_to(session: Session, engine_id: str, task: Task) -> Attempt:
    who = Agent("engine", engine_id, engine_id, task.organization_id)
    patient_id = patient_of(session, task.organization_id, task.study_uid)
    return Attempt(who, "task.claim", "task", task.id, patient_id, source="engine")


def _model(session: Session, task: Task) -> ClaimedModel | None:
    if task.runs_on != RUNTIME:
        return None
    row = model_of(session, task.task_type, task.algorithm_version)
    if row is None or row.model_sha256 is None or row.model_size is None:
        return None
    return ClaimedModel(
        url=f"/api/v1/tasks/{task.id}/model",
        sha256=row.model_sha256,
        size=row.model_size,
        manifest=row.manifest,
    )


@router.get("/tasks/{task_id}/model")
def model_file(
    task_id: str, request: Request, epoch: Epoch, engine: CurrentEngine, platform: PlatformDep
) -> Response:
    """Give an engine the model that its attempt runs."""
    with platform.db.read() as session:
        model = _model(session, leases.current_attempt(session, task_id, epoch, engine.token_id))
    if model is None:
        raise NotFound
    return download(platform, request, model.sha256, media_type="application/octet-stream", redirect=True)


@router.get("/tasks/{task_id}/inputs/{sha256}")
def input_file(
    task_id: str, sha256: str, request: Request, epoch: Epoch, engine: CurrentEngine, platform: PlatformDep
) -> Response:
    """Give an engine one file of its attempt's input."""
    with platform.db.read() as session:
        task = leases.current_attempt(session, task_id, epoch, engine.token_id)
        files = series_files(session, task.organization_id, task.series_uid, sha256=sha256)
    if not files:
        raise NotFound
    return download(platform, request, sha256, media_type="application/dicom", redirect=True)


@router.put("/tasks/{task_id}/outputs/{name}", status_code=status.HTTP_201_CREATED)
async def output_file(
    task_id: str,
    name: str,
    request: Request,
    epoch: Epoch,
    sha256: Sha256,
    engine: CurrentEngine,
    platform: PlatformDep,
) -> StoredFile:
    """Store a file that an attempt produced. It is written and synced before the row says so."""
    if not _NAME.fullmatch(name):
        raise InvalidResultName

    def current() -> Task:
        with platform.db.read() as session:
            return leases.current_attempt(session, task_id, epoch, engine.token_id)

    await run_in_threadpool(current)
    staged = platform.settings.spool_dir / f"output-{uuid.uuid4().hex}"
    digest, size = hashlib.sha256(), 0
    try:
        with staged.open("xb") as file:
            async for chunk in request.stream():
                size += len(chunk)
                if size > MAX_RESULT_BYTES:
                    raise ResultTooLarge(limit=MAX_RESULT_BYTES)
                digest.update(chunk)
                await run_in_threadpool(file.write, chunk)
        if digest.hexdigest() != sha256:
            raise ChecksumMismatch
        await run_in_threadpool(platform.blobs.adopt, staged, sha256)
    finally:
        staged.unlink(missing_ok=True)

    def keep() -> StoredFile:
        with platform.db.write() as session:
            leases.current_attempt(session, task_id, epoch, engine.token_id)
            same = (TaskFile.task_id == task_id, TaskFile.epoch == epoch, TaskFile.name == name)
            row = session.scalar(select(TaskFile).where(*same))
            if row is None:
                row = TaskFile(task_id=task_id, epoch=epoch, name=name)
                session.add(row)
            row.sha256, row.size = sha256, size
            row.content_type = request.headers.get("content-type", "application/octet-stream")[:100]
            return StoredFile(name=name, sha256=sha256, size=size)

    return await run_in_threadpool(keep)


@router.post("/tasks/{task_id}/progress")
def progress(
    task_id: str, word: ProgressReport, engine: CurrentEngine, platform: PlatformDep
) -> ProgressReply:
    """Note how far an attempt is."""
    with platform.db.write() as session:
        task = leases.current_attempt(session, task_id, word.epoch, engine.token_id)
        leases.note_progress(session, task_id, word.epoch, word.progress, word.message)
        return ProgressReply(cancel=task.cancel_requested)


@router.post("/tasks/{task_id}/complete")
def complete(task_id: str, report: CompletionReport, engine: CurrentEngine, platform: PlatformDep) -> Moved:
    """End an attempt well; the order is charged in the same transaction."""
    with platform.db.write() as session:
        task = leases.complete(session, task_id, engine.token_id, report)
        return Moved(task_id=task.id, status=task.status)


@router.post("/tasks/{task_id}/fail")
def fail(task_id: str, report: FailureReport, engine: CurrentEngine, platform: PlatformDep) -> Moved:
    """End an attempt badly; the platform decides with the engine's judgement."""
    with platform.db.write() as session:
        task = leases.fail(session, task_id, engine.token_id, report)
        return Moved(task_id=task.id, status=task.status)


@router.post("/tasks/{task_id}/wait")
def wait(task_id: str, report: WaitReport, engine: CurrentEngine, platform: PlatformDep) -> Moved:
    """Give an attempt back until a person has answered."""
    with platform.db.write() as session:
        task = leases.current_attempt(session, task_id, report.epoch, engine.token_id)
        actor = f"engine:{task.assigned_engine_id}"
        move(
            session,
            task,
            Status.WAITING_INPUT,
            actor=actor,
            reason=report.message,
            lease_until=None,
            close_by=None,
        )
        return Moved(task_id=task.id, status=task.status)


@router.put("/tasks/{task_id}/status")
def put_status(task_id: str, wish: StatusWish, actor: CurrentActor, platform: PlatformDep) -> Moved:
    """Move a task by hand (administrators); only along the table of transitions."""
    actor.require("task:transition")
    with platform.db.write() as session:
        task = task_for(session, actor, task_id)
        by_hand(session, task, wish.new_status, actor=f"user:{actor.user_id}", reason=wish.message)
        return Moved(task_id=task.id, status=task.status)


SHORT = Short(
    router,
    {heartbeat: Heartbeat, claim: ClaimWish, progress: ProgressReport, complete: CompletionReport},
    engine=current_engine,
)
