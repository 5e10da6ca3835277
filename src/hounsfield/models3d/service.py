"""Sets of models follow their tasks: made DISABLED with the order, filled and ENABLED when it completes."""

from typing import Any

from pydantic import ValidationError
from sqlalchemy import ColumnElement, and_, func, not_, or_, select
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.audit.service import note_attempt
from hounsfield.imaging.models import Study
from hounsfield.kit.ids import new_id
from hounsfield.kit.paging import Page, Paging, like, paginate
from hounsfield.models3d.access import about, category_for, visible_infos
from hounsfield.models3d.errors import InvalidMeasures
from hounsfield.models3d.looks import liking_of, look_of
from hounsfield.models3d.models import Model, ModelInfo
from hounsfield.models3d.schemas import GalleryStatus, Measures, ModelInfoChange, ModelInfoView, ModelView
from hounsfield.patients.models import Patient
from hounsfield.tasks.models import Task, TaskFile
from hounsfield.tasks.settlement import is_unpaid
from hounsfield.tasks.transitions import Status, completed, ordered

MESH_TASKS = frozenset({"ct_surface"})
_ready = ModelInfo.status == "ENABLED"
_came_to_nothing = Task.status.in_([Status.FAILED.value, Status.CANCELLED.value])
_SHOWN: dict[GalleryStatus | None, ColumnElement[bool]] = {
    None: or_(_ready, not_(_came_to_nothing)),
    "ENABLED": _ready,
    "DISABLED": not_(_ready),
    "PREPARING": and_(not_(_ready), not_(_came_to_nothing)),
    "FAILED": and_(not_(_ready), _came_to_nothing),
}


@ordered.connect
def make_room(session: Session, task: Task) -> None:
    """A task that is known to produce meshes gets its set when it is ordered, so that a client can follow it."""
    if task.task_type in MESH_TASKS:
        new_info(session, task)


@completed.connect
def fill(session: Session, task: Task) -> None:
    """Make models of the meshes that a completed task delivered."""
    meshes = [file for file in task.results if file.kind in ("mesh_stl", "mesh_glb")]
    if not meshes and task.model_info_id is None:
        return
    info = session.get(ModelInfo, task.model_info_id) if task.model_info_id else new_info(session, task)
    if info is None:
        return
    for position, (tissue, pair) in enumerate(_by_tissue(meshes).items()):
        add_model(session, info, tissue, position, pair)
    thumbnail = next((file for file in task.results if file.kind == "thumbnail"), None)
    info.thumbnail_sha256 = thumbnail.sha256 if thumbnail else None
    info.status = "ENABLED"
    session.flush()


def new_info(session: Session, task: Task) -> ModelInfo:
    """Make the set of a task, DISABLED until there is something in it."""
    info = ModelInfo(
        id=new_id(),
        organization_id=task.organization_id,
        owner_id=task.owner_id,
        task_id=task.id,
        name=task.name,
        description=task.description,
        category_id=task.category_id,
        status="DISABLED",
    )
    session.add(info)
    task.model_info_id = info.id
    return info


def _by_tissue(meshes: list[TaskFile]) -> dict[str, dict[str, TaskFile]]:
    found: dict[str, dict[str, TaskFile]] = {}
    for file in meshes:
        tissue = str(file.details.get("tissue") or file.name.rsplit(".", 1)[0])[:64]
        found.setdefault(tissue, {})[file.kind] = file
    return found


def add_model(
    session: Session, info: ModelInfo, tissue: str, position: int, files: dict[str, TaskFile]
) -> Model:
    """Add one mesh to a set, drawn as the set's owner likes that tissue."""
    stl, glb = files.get("mesh_stl"), files.get("mesh_glb")
    measured = _measures(stl or next(iter(files.values())))
    look = look_of(tissue, liking_of(session, info.owner_id), position, measured.color)
    model = Model(
        model_info_id=info.id,
        tissue=tissue,
        stl_name=stl.name if stl else f"{tissue}.stl",
        stl_sha256=stl.sha256 if stl else None,
        stl_size=stl.size if stl else 0,
        glb_sha256=glb.sha256 if glb else None,
        glb_size=glb.size if glb else 0,
        triangles=measured.triangles,
        volume_ml=measured.volume_ml,
        area_cm2=measured.area_cm2,
        watertight=measured.watertight,
        color=look.color.upper(),
        opacity=look.opacity,
        visible=look.visible,
    )
    session.add(model)
    session.flush()
    return model


def _measures(file: TaskFile) -> Measures:
    try:
        return Measures.model_validate(file.details)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InvalidMeasures(name=file.name, reason=f"{where}: {first['msg']}") from None


def gallery(
    session: Session,
    actor: Actor,
    paging: Paging,
    *,
    category_id: str | None,
    status: GalleryStatus | None,
    text: str | None,
) -> Page[ModelInfoView]:
    """Return a page of the sets that the actor may see, newest first: those that have models or are getting them."""
    query = (
        select(ModelInfo, Task, _count(), _patient_name())
        .join(Task, Task.id == ModelInfo.task_id)
        .where(ModelInfo.deleted_at.is_(None), visible_infos(actor))
        .order_by(ModelInfo.created_at.desc(), ModelInfo.id.desc())
    )
    if category_id:
        query = query.where(ModelInfo.category_id == category_id)
    query = query.where(_SHOWN[status])
    if text:
        query = query.where(ModelInfo.name.ilike(like(text), escape="\\"))
    return paginate(session, query, paging, lambda row: _show_info(*row), rows=True)


def _count() -> Any:
    return (
        select(func.count()).where(Model.model_info_id == ModelInfo.id).correlate(ModelInfo).scalar_subquery()
    )


def _patient_name() -> Any:
    return (
        select(Patient.name)
        .join(Study, Study.patient_id == Patient.id)
        .where(Study.organization_id == Task.organization_id, Study.study_uid == Task.study_uid)
        .correlate(Task)
        .scalar_subquery()
    )


def info_view(session: Session, info: ModelInfo) -> ModelInfoView:
    query = (
        select(ModelInfo, Task, _count(), _patient_name())
        .join(Task, Task.id == ModelInfo.task_id)
        .where(ModelInfo.id == info.id)
    )
    return _show_info(*session.execute(query).one())


def _show_info(info: ModelInfo, task: Task, count: int, patient_name: str | None) -> ModelInfoView:
    return ModelInfoView.model_validate(
        {
            "model_info_id": info.id,
            "task_id": task.id,
            "order_no": task.order_no,
            "task_type": task.task_type,
            "task_status": task.status,
            "progress": task.progress,
            "name": info.name,
            "description": info.description,
            "category_id": info.category_id,
            "status": info.status,
            "payment_status": task.payment_status,
            "model_count": count,
            "thumbnail_url": f"/api/v1/models/{info.id}/thumbnail?v={info.thumbnail_sha256[:12]}"
            if info.thumbnail_sha256
            else None,
            "study_uid": task.study_uid,
            "patient_name": patient_name,
            "created_at": info.created_at,
        }
    )


def models_of(session: Session, info: ModelInfo) -> list[ModelView]:
    """Return the meshes of a set; without addresses while the task is unpaid."""
    closed = is_unpaid(session.get_one(Task, info.task_id))
    query = select(Model).where(Model.model_info_id == info.id).order_by(Model.tissue, Model.id)
    return [show_model(model, closed=closed) for model in session.scalars(query)]


def show_model(model: Model, *, closed: bool) -> ModelView:
    base = f"/api/v1/models/{model.model_info_id}/models/{model.id}"
    return ModelView(
        model_id=model.id,
        stl_name=model.stl_name,
        tissue=model.tissue,
        color=model.color,
        opacity=model.opacity,
        visible=model.visible,
        triangles=model.triangles,
        volume_ml=model.volume_ml,
        area_cm2=model.area_cm2,
        watertight=model.watertight,
        stl_url=f"{base}/stl" if model.stl_sha256 and not closed else None,
        glb_url=f"{base}/glb" if model.glb_sha256 and not closed else None,
        stl_size=model.stl_size,
        glb_size=model.glb_size,
    )


def change_info(session: Session, actor: Actor, info: ModelInfo, wish: ModelInfoChange) -> None:
    """Rename, describe or sort a set."""
    actor.require("model:update")
    note_attempt(session, about(session, actor, "model.update", info))
    changes = wish.model_dump(exclude_unset=True)
    if changes.get("category_id"):
        category_for(session, actor, changes["category_id"])
    for name, value in changes.items():
        if value is not None or name == "category_id":
            setattr(info, name, value or None if name == "category_id" else value)
