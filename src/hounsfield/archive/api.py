"""`/exports` and `/deid-projects`."""

from fastapi import Request, Response, status
from sqlalchemy import select

from hounsfield.accounts.actor import CurrentActor
from hounsfield.archive import exports
from hounsfield.archive import making as _making  # noqa: F401  registers its job
from hounsfield.archive.errors import ExportNotReady
from hounsfield.archive.models import DeidProject, Export
from hounsfield.archive.projects import new_salt, project_of
from hounsfield.archive.schemas import (
    ExportView,
    ExportWish,
    Projects,
    ProjectView,
    ProjectWish,
    Skipped,
)
from hounsfield.audit.service import note_read
from hounsfield.dicom.messages import MESSAGES, describe
from hounsfield.kit.clock import utc_now
from hounsfield.kit.downloads import download
from hounsfield.kit.errors import NotFound
from hounsfield.kit.idempotency import fingerprint, once
from hounsfield.kit.ids import new_id
from hounsfield.kit.paging import Page, PagingQuery, paginate
from hounsfield.kit.routing import Router
from hounsfield.kit.web import IdempotencyKey, Language, PlatformDep

router = Router(tags=["exports"])


@router.post("/exports", status_code=status.HTTP_202_ACCEPTED)
def ask(
    wish: ExportWish,
    actor: CurrentActor,
    platform: PlatformDep,
    language: Language,
    key: IdempotencyKey = None,
) -> ExportView:
    """Have studies put into a ZIP, with a DICOMDIR or in plain folders, or copied de-identified into the archive."""
    with platform.db.write() as session:

        def act() -> ExportView:
            return _export(exports.ask(session, actor, wish), None, language)

        return once(session, actor.user_id, key, fingerprint("POST /exports", wish), ExportView, act)


@router.get("/exports")
def list_exports(
    actor: CurrentActor, platform: PlatformDep, language: Language, paging: PagingQuery
) -> Page[ExportView]:
    """List the actor's own exports, newest first."""
    query = (
        select(Export, DeidProject.name)
        .outerjoin(DeidProject, DeidProject.id == Export.project_id)
        .where(Export.owner_id == actor.user_id)
        .order_by(Export.created_at.desc(), Export.id)
    )
    with platform.db.read() as session:
        return paginate(session, query, paging, lambda row: _export(row[0], row[1], language), rows=True)


@router.get("/exports/{export_id}")
def export(export_id: str, actor: CurrentActor, platform: PlatformDep, language: Language) -> ExportView:
    """Return one export and how far it is."""
    with platform.db.read() as session:
        row = exports.export_for(session, actor, export_id)
        project = session.get(DeidProject, row.project_id) if row.project_id else None
        return _export(row, project.name if project else None, language)


@router.get("/exports/{export_id}/file")
def file(export_id: str, request: Request, actor: CurrentActor, platform: PlatformDep) -> Response:
    """Download what an export came to, whole or in ranges."""
    with platform.db.read() as session:
        row = exports.export_for(session, actor, export_id)
    if row.sha256 is None or (row.expires_at and row.expires_at < utc_now()):
        raise ExportNotReady
    note_read(
        platform,
        actor,
        "study.download",
        object_type="export",
        object_id=row.id,
        organization_id=row.organization_id,
        details={"study_uids": row.study_uids[:20]},
    )
    name = f"export-{row.created_at:%Y%m%d-%H%M}.zip"
    headers = {"ETag": f'"{row.sha256}"'}
    return download(
        platform,
        request,
        row.sha256,
        media_type="application/zip",
        filename=name,
        headers=headers,
        redirect=True,
    )


@router.delete("/exports/{export_id}", status_code=status.HTTP_204_NO_CONTENT)
def discard(export_id: str, actor: CurrentActor, platform: PlatformDep) -> None:
    """Cancel an export that is being made, or remove one that is over together with its file."""
    with platform.db.write() as session:
        exports.discard(session, exports.export_for(session, actor, export_id))


@router.get("/deid-projects")
def projects(actor: CurrentActor, platform: PlatformDep) -> Projects:
    """List the organization's projects of de-identification."""
    actor.require("study:read")
    mine = (DeidProject.organization_id == actor.organization_id, DeidProject.deleted_at.is_(None))
    with platform.db.read() as session:
        found = session.scalars(select(DeidProject).where(*mine).order_by(DeidProject.name))
        return Projects(items=[_project(project) for project in found])


@router.post("/deid-projects", status_code=status.HTTP_201_CREATED)
def make_project(wish: ProjectWish, actor: CurrentActor, platform: PlatformDep) -> ProjectView:
    """Make a project. What it does to images cannot be changed later: aliases and shifts would no longer fit."""
    actor.require("project:manage")
    project = DeidProject(
        id=new_id(),
        organization_id=actor.organization_id,
        salt=new_salt(platform.settings),
        created_by=actor.user_id,
        created_at=utc_now(),
        **wish.model_dump(mode="json"),
    )
    with platform.db.write() as session:
        session.add(project)
    return _project(project)


@router.delete("/deid-projects/{project_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_project(project_id: str, actor: CurrentActor, platform: PlatformDep) -> None:
    """Remove a project; what was made under it stays."""
    actor.require("project:manage")
    with platform.db.write() as session:
        project_of(session, actor.organization_id, project_id).deleted_at = utc_now()


def _project(row: DeidProject) -> ProjectView:
    columns = ("name", "prefix", "options", "regions", "created_at")
    return ProjectView.model_validate(
        {"project_id": row.id, **{name: getattr(row, name) for name in columns}}
    )


def _export(row: Export, project_name: str | None, language: str) -> ExportView:
    columns = (
        *("name", "form", "project_id", "study_uids", "status", "total", "done", "size", "failure_code"),
        *("created_at", "finished_at", "expires_at"),
    )
    skipped = [Skipped(**one, message=_why(one["code"], language)) for one in row.skipped or []]
    said = {name: getattr(row, name) for name in columns}
    said["done"], said["size"], said["status"] = row.done or 0, row.size or 0, row.status or "QUEUED"
    return ExportView.model_validate(
        {"export_id": row.id, "project_name": project_name, "skipped": skipped, **said}
    )


def _why(code: str, language: str) -> str:
    return describe(code, {}, language)[0] if code in MESSAGES else NotFound().detail(language)
