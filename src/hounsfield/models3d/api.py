"""`/models`, `/files/stl`, `/users/display-config`: the gallery, the parts and how they look."""

from typing import Annotated, Literal

from fastapi import Query, Request, Response, status
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from hounsfield.accounts.actor import CurrentActor
from hounsfield.audit.service import Agent, note_attempt, note_attempt_read, note_read
from hounsfield.kit.db import db_now
from hounsfield.kit.downloads import download
from hounsfield.kit.errors import NotFound
from hounsfield.kit.paging import Page, PagingQuery
from hounsfield.kit.routing import Router
from hounsfield.kit.web import PlatformDep
from hounsfield.models3d import looks, service, shares
from hounsfield.models3d.access import about, info_for, model_of
from hounsfield.models3d.attach import attach as attach_stl
from hounsfield.models3d.errors import CategoryExists
from hounsfield.models3d.models import Model, ModelCategory, ModelShare
from hounsfield.models3d.schemas import (
    Attached,
    AttachWish,
    CategoryView,
    CategoryWish,
    DisplayConfigView,
    GalleryStatus,
    ModelChange,
    ModelInfoChange,
    ModelInfoView,
    ModelView,
    SharedModels,
    ShareKey,
    ShareView,
    ShareWish,
)
from hounsfield.tasks.errors import NotPaid
from hounsfield.tasks.models import Task
from hounsfield.tasks.settlement import is_unpaid

router = Router(tags=["3D models"])
MESH_TYPES = {"stl": "model/stl", "glb": "model/gltf-binary"}
Format = Literal["stl", "glb"]


@router.get("/models/categories")
def categories(actor: CurrentActor, platform: PlatformDep) -> list[CategoryView]:
    """List the organization's categories."""
    actor.require("model:read")
    query = select(ModelCategory).where(ModelCategory.organization_id == actor.organization_id)
    with platform.db.read() as session:
        rows = session.scalars(query.order_by(ModelCategory.name))
        return [CategoryView(category_id=row.id, name=row.name) for row in rows]


@router.post("/models/categories", status_code=status.HTTP_201_CREATED)
def make_category(wish: CategoryWish, actor: CurrentActor, platform: PlatformDep) -> CategoryView:
    """Add a category."""
    actor.require("model:update")
    row = ModelCategory(organization_id=actor.organization_id, name=wish.name.strip())
    with platform.db.write() as session:
        session.add(row)
        try:
            session.flush()
        except IntegrityError:
            raise CategoryExists from None
        return CategoryView(category_id=row.id, name=row.name)


@router.get("/models")
def models(
    actor: CurrentActor,
    platform: PlatformDep,
    paging: PagingQuery,
    category_id: Annotated[str | None, Query(max_length=32)] = None,
    status: GalleryStatus | None = None,
    q: Annotated[str | None, Query(max_length=200)] = None,
) -> Page[ModelInfoView]:
    """List sets of models, newest first; those whose task came to nothing only where `status` asks for them."""
    actor.require("model:read")
    with platform.db.read() as session:
        page = service.gallery(session, actor, paging, category_id=category_id, status=status, text=q)
    details = {"q": q} if q else {}
    note_read(platform, actor, "model.search", object_type="model", object_id="", details=details)
    return page


@router.get("/models/{model_info_id}")
def info(model_info_id: str, actor: CurrentActor, platform: PlatformDep) -> ModelInfoView:
    """Return one set."""
    actor.require("model:read")
    with platform.db.read() as session:
        row = info_for(session, actor, model_info_id)
        view, seen = service.info_view(session, row), about(session, actor, "model.read", row)
    note_attempt_read(platform, seen)
    return view


@router.get("/models/{model_info_id}/models")
def parts(model_info_id: str, actor: CurrentActor, platform: PlatformDep) -> list[ModelView]:
    """List the meshes of a set."""
    actor.require("model:read")
    with platform.db.read() as session:
        row = info_for(session, actor, model_info_id)
        found, seen = service.models_of(session, row), about(session, actor, "model.read", row)
    note_attempt_read(platform, seen)
    return found


@router.patch("/models/{model_info_id}")
def change(
    model_info_id: str, wish: ModelInfoChange, actor: CurrentActor, platform: PlatformDep
) -> ModelInfoView:
    """Rename, describe or sort a set."""
    with platform.db.write() as session:
        row = info_for(session, actor, model_info_id)
        service.change_info(session, actor, row, wish)
        session.flush()
        return service.info_view(session, row)


@router.patch("/models/{model_info_id}/models/{model_id}")
def change_part(
    model_info_id: str, model_id: str, wish: ModelChange, actor: CurrentActor, platform: PlatformDep
) -> ModelView:
    """Change how a mesh looks; it stays so for everybody who sees the set."""
    actor.require("model:update")
    with platform.db.write() as session:
        row = info_for(session, actor, model_info_id)
        model = model_of(session, row, model_id)
        note_attempt(session, about(session, actor, "model.update", row))
        for name, value in wish.model_dump(exclude_none=True).items():
            setattr(model, name, value.upper() if name == "color" else value)
        return service.show_model(model, closed=is_unpaid(session.get_one(Task, row.task_id)))


@router.delete("/models/{model_info_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete(model_info_id: str, actor: CurrentActor, platform: PlatformDep) -> None:
    """Remove a set from the gallery; its links stop working."""
    actor.require("model:delete")
    with platform.db.write() as session:
        row = info_for(session, actor, model_info_id, "model.delete")
        note_attempt(session, about(session, actor, "model.delete", row))
        row.deleted_at = db_now(session)


@router.get("/models/{model_info_id}/thumbnail")
def thumbnail(model_info_id: str, request: Request, actor: CurrentActor, platform: PlatformDep) -> Response:
    """Return the picture of a set."""
    actor.require("model:read")
    with platform.db.read() as session:
        row = info_for(session, actor, model_info_id)
        sha256, seen = row.thumbnail_sha256, about(session, actor, "model.read", row)
    if sha256 is None:
        raise NotFound
    note_attempt_read(platform, seen)
    return _file(platform, request, sha256, "image/png", None)


@router.get("/models/{model_info_id}/models/{model_id}/{form}")
def mesh(
    model_info_id: str,
    model_id: str,
    form: Format,
    request: Request,
    actor: CurrentActor,
    platform: PlatformDep,
) -> Response:
    """Download a mesh as STL or compressed GLB."""
    actor.require("model:read")
    with platform.db.read() as session:
        row = info_for(session, actor, model_info_id)
        model = model_of(session, row, model_id)
        if is_unpaid(session.get_one(Task, row.task_id)):
            raise NotPaid
        seen = about(session, actor, "model.download", row)
    note_attempt_read(platform, seen)
    return _mesh(platform, request, model, form)


def _mesh(platform: PlatformDep, request: Request, model: Model, form: Format) -> Response:
    sha256 = model.stl_sha256 if form == "stl" else model.glb_sha256
    if sha256 is None:
        raise NotFound
    return _file(
        platform, request, sha256, MESH_TYPES[form], model.stl_name.removesuffix(".stl") + f".{form}"
    )


def _file(
    platform: PlatformDep, request: Request, sha256: str, media_type: str, name: str | None
) -> Response:
    headers = {"ETag": f'"{sha256}"', "Cache-Control": "private, max-age=31536000, immutable"}
    return download(platform, request, sha256, media_type=media_type, filename=name, headers=headers)


@router.post("/models/{model_info_id}/shares", status_code=status.HTTP_201_CREATED)
def share(model_info_id: str, wish: ShareWish, actor: CurrentActor, platform: PlatformDep) -> ShareView:
    """Make a link for somebody without an account."""
    with platform.db.write() as session:
        return shares.share(session, actor, info_for(session, actor, model_info_id), wish.expires_in)


@router.post("/shared-models")
def open_shared(key: ShareKey, platform: PlatformDep) -> SharedModels:
    """Return what a link shows; its secret comes in the body."""
    with platform.db.read() as session:
        row, shown = shares.open_share(session, key.secret)
        found = service.models_of(session, shown)
        for view in found:
            view.stl_url = None
            view.glb_url = f"/api/v1/shared-models/{view.model_id}/glb" if view.glb_url else None
        seen = about(session, _guest(row), "model.read", shown)
    note_attempt_read(platform, seen)
    return SharedModels(name=shown.name, expires_at=row.expires_at, models=found)


@router.post("/shared-models/{model_id}/glb")
def shared_mesh(model_id: str, key: ShareKey, request: Request, platform: PlatformDep) -> Response:
    """Download a mesh of a link."""
    with platform.db.read() as session:
        row, shown = shares.open_share(session, key.secret)
        if is_unpaid(session.get_one(Task, shown.task_id)):
            raise NotPaid
        model = model_of(session, shown, model_id)
        seen = about(session, _guest(row), "model.download", shown)
    note_attempt_read(platform, seen)
    return _mesh(platform, request, model, "glb")


def _guest(row: ModelShare) -> Agent:
    """Return whoever holds a link: known only by it."""
    return Agent("link", row.id, "", "")


@router.post("/files/stl", status_code=status.HTTP_201_CREATED)
def attach(wish: AttachWish, actor: CurrentActor, platform: PlatformDep) -> Attached:
    """Add meshes made elsewhere, uploaded before, to a task's set."""
    return attach_stl(platform, actor, wish)


@router.get("/users/display-config")
def display_config(actor: CurrentActor, platform: PlatformDep) -> DisplayConfigView:
    """Return how the actor likes new models to look."""
    with platform.db.read() as session:
        return looks.liking_of(session, actor.user_id)


@router.put("/users/display-config")
def set_display_config(
    wish: DisplayConfigView, actor: CurrentActor, platform: PlatformDep
) -> DisplayConfigView:
    """Change how new models look."""
    with platform.db.write() as session:
        looks.keep_liking(session, actor.user_id, wish)
    return wish
