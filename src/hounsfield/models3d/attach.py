"""Meshes made elsewhere join a task's set."""

from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.imaging.access import upload_for
from hounsfield.imaging.spool import opened
from hounsfield.kit.platform import Platform
from hounsfield.kit.storage import sha256_of
from hounsfield.models3d.models import Model, ModelInfo
from hounsfield.models3d.schemas import Attached, AttachWish
from hounsfield.models3d.service import add_model, models_of
from hounsfield.models3d.stl import Measured, measure
from hounsfield.tasks.access import task_for
from hounsfield.tasks.models import TaskFile


def attach(session: Session, platform: Platform, actor: Actor, wish: AttachWish) -> Attached:
    """Add uploaded STL files to the set of a completed task; all of them or none.

    Raises
    ------
    NotFound, UploadIncomplete, InvalidStl
        Nothing is added.
    """
    actor.require("model:update")
    task = task_for(session, actor, wish.task_id)
    info = session.get(ModelInfo, task.model_info_id) if task.model_info_id else None
    if info is None:
        info = ModelInfo(
            organization_id=task.organization_id,
            owner_id=task.owner_id,
            task_id=task.id,
            name=task.name,
            status="DISABLED",
        )
        session.add(info)
        session.flush()
        task.model_info_id = info.id
    position = session.scalar(select(func.count()).where(Model.model_info_id == info.id)) or 0
    for file in wish.stl_files:
        upload = upload_for(session, actor, file.upload_id)
        upload.must_be_complete()
        with opened(platform, upload) as path:
            measured = measure(path, file.file_name)
            made = _file(platform, path, file.file_name, measured)
        add_model(session, info, _tissue(file.file_name), position, {"mesh_stl": made})
        upload.status, upload.outcome = "DONE", {"attached_to": task.id}
        position += 1
    info.status = "ENABLED"
    session.flush()
    return Attached(model_info_id=info.id, models=models_of(session, info))


def _tissue(file_name: str) -> str:
    return file_name.rsplit("/", 1)[-1].removesuffix(".stl")[:64] or "model"


def _file(platform: Platform, path: Path, file_name: str, measured: Measured) -> TaskFile:
    sha256 = sha256_of(path)
    size = path.stat().st_size
    platform.blobs.adopt(path, sha256)
    return TaskFile(
        name=file_name[:128],
        kind="mesh_stl",
        sha256=sha256,
        size=size,
        content_type="model/stl",
        details={
            "triangles": measured.triangles,
            "volume_ml": measured.volume_ml,
            "area_cm2": measured.area_cm2,
            "watertight": measured.watertight,
        },
    )
