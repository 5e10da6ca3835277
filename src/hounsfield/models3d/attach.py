"""Meshes made elsewhere join a task's set.

Files are read, measured and stored before the transaction that names them: a crash in between leaves at worst an object
without a row, and the uploads as they were.
"""

import os
import shutil
from dataclasses import asdict
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.audit.service import note_attempt
from hounsfield.imaging.access import upload_for
from hounsfield.imaging.models import Upload
from hounsfield.imaging.spool import forget, opened
from hounsfield.kit.errors import NotFound
from hounsfield.kit.ids import new_id
from hounsfield.kit.platform import Platform
from hounsfield.kit.storage import sha256_of
from hounsfield.models3d.access import about
from hounsfield.models3d.models import Model, ModelInfo
from hounsfield.models3d.schemas import Attached, AttachWish
from hounsfield.models3d.service import add_model, models_of, new_info
from hounsfield.models3d.stl import Measured, measure
from hounsfield.tasks.access import task_for
from hounsfield.tasks.models import TaskFile


def attach(platform: Platform, actor: Actor, wish: AttachWish) -> Attached:
    """Add uploaded STL files to the set of a task; all of them or none.

    Raises
    ------
    NotFound, UploadIncomplete, InvalidStl
        Nothing is added, and every upload can be used again.
    """
    actor.require("model:update")
    with platform.db.read() as session:
        task_for(session, actor, wish.task_id)
        uploads = [_upload(session, actor, file.upload_id) for file in wish.stl_files]
    measures = [
        _measured(platform, upload, file.file_name)
        for upload, file in zip(uploads, wish.stl_files, strict=True)
    ]
    meshes = [
        _store(platform, upload, file.file_name, measured)
        for upload, file, measured in zip(uploads, wish.stl_files, measures, strict=True)
    ]
    with platform.db.write() as session:
        answer = _add(session, actor, wish, meshes)
    for upload in uploads:
        forget(platform, upload.id)
    return answer


def _upload(session: Session, actor: Actor, upload_id: str) -> Upload:
    """Return an upload whose bytes are there and not taken in yet."""
    upload = upload_for(session, actor, upload_id)
    upload.must_be_complete()
    if upload.status != "RECEIVED":
        raise NotFound
    return upload


def _measured(platform: Platform, upload: Upload, file_name: str) -> Measured:
    with opened(platform, upload) as path:
        return measure(path, file_name)


def _store(platform: Platform, upload: Upload, file_name: str, measured: Measured) -> TaskFile:
    """Store a mesh under its hash; the upload keeps its own bytes until it is known to be attached."""
    staged = platform.settings.spool_dir / f"mesh-{new_id()}"
    try:
        with opened(platform, upload) as path:
            _twin(path, staged)
        sha256, size = sha256_of(staged), staged.stat().st_size
        platform.blobs.adopt(staged, sha256)
    finally:
        staged.unlink(missing_ok=True)
    return TaskFile(
        name=file_name[:128],
        kind="mesh_stl",
        sha256=sha256,
        size=size,
        content_type="model/stl",
        details=asdict(measured),
    )


def _twin(path: Path, target: Path) -> None:
    try:
        os.link(path, target)
    except OSError:  # a file system without links
        shutil.copyfile(path, target)


def _add(session: Session, actor: Actor, wish: AttachWish, meshes: list[TaskFile]) -> Attached:
    task = task_for(session, actor, wish.task_id)
    info = session.get(ModelInfo, task.model_info_id) if task.model_info_id else None
    if info is None:
        info = new_info(session, task)
    position = session.scalar(select(func.count()).where(Model.model_info_id == info.id)) or 0
    for number, (file, mesh) in enumerate(zip(wish.stl_files, meshes, strict=True), position):
        session.get(Upload, file.upload_id, with_for_update=True)  # of two at once, the second finds it taken
        upload = _upload(session, actor, file.upload_id)
        add_model(session, info, _tissue(file.file_name), number, {"mesh_stl": mesh})
        upload.status, upload.outcome = "DONE", {"attached_to": task.id}
    info.status = "ENABLED"
    note_attempt(session, about(session, actor, "model.attach", info))
    session.flush()
    return Attached(model_info_id=info.id, models=models_of(session, info))


def _tissue(file_name: str) -> str:
    return file_name.rsplit("/", 1)[-1].removesuffix(".stl")[:64] or "model"
