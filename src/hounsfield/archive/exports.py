"""Asking for an export: what goes into it is fixed when it is asked for, a worker makes it."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hounsfield.accounts.access import is_id
from hounsfield.accounts.actor import Actor
from hounsfield.archive.errors import CopyNeedsProject, ExportEmpty, ExportTooLarge
from hounsfield.archive.models import Export, OrphanObject
from hounsfield.archive.projects import project_of
from hounsfield.archive.schemas import ExportWish
from hounsfield.audit.service import note
from hounsfield.imaging.access import study_for
from hounsfield.imaging.models import Instance, Series, Study
from hounsfield.kit.clock import utc_now
from hounsfield.kit.errors import NotFound
from hounsfield.kit.outbox import send_job
from hounsfield.system import configs

MOST = 50_000
EXPORT_DAYS = configs.declare(
    "export_days", int, 7, en="Days for which an export can be downloaded", zh="导出文件可供下载的天数"
)
ACTIVE = ("QUEUED", "RUNNING")


def export_for(session: Session, actor: Actor, export_id: str) -> Export:
    """Return an export of the actor's own, or raise NotFound."""
    export = session.get(Export, export_id) if is_id(export_id) else None
    if export is None or export.owner_id != actor.user_id:
        raise NotFound
    return export


def ask(session: Session, actor: Actor, wish: ExportWish) -> Export:
    """Have studies, or some of their series, exported.

    Raises
    ------
    NotFound
        One of them, or the project, is not there for the actor.
    """
    actor.require("study:read")
    if wish.form == "copy":
        actor.require("study:create")
        if wish.project_id is None:
            raise CopyNeedsProject
    studies = [study_for(session, actor, uid, "study.export") for uid in dict.fromkeys(wish.study_uids)]
    query = select(Series.id).where(Series.study_id.in_([study.id for study in studies]))
    if wish.series_uids:
        query = query.where(Series.series_uid.in_(wish.series_uids))
    export = begin(
        session,
        organization_id=actor.organization_id,
        owner_id=actor.user_id,
        name=wish.name or (studies[0].study_date or "") + " " + studies[0].description,
        form=wish.form,
        project_id=wish.project_id,
        series_ids=list(session.scalars(query)),
    )
    for study in studies:
        note(
            session,
            actor,
            "study.export",
            object_type="study",
            object_id=study.study_uid,
            patient_id=study.patient_id,
            organization_id=study.organization_id,
            details={"export_id": export.id, "form": wish.form, "project_id": wish.project_id},
        )
    return export


def begin(
    session: Session,
    *,
    organization_id: str,
    owner_id: str,
    name: str,
    form: str,
    project_id: str | None,
    series_ids: Sequence[str],
) -> Export:
    """Make the row of an export and send its job, in the caller's transaction."""
    if project_id:
        project_of(session, organization_id, project_id)
    count = session.scalar(select(func.count()).where(Instance.series_id.in_(series_ids))) or 0
    if count == 0:
        raise ExportEmpty
    if count > MOST:
        raise ExportTooLarge(count=count, limit=MOST)
    query = (
        select(Instance.id)
        .join(Series, Series.id == Instance.series_id)
        .where(Series.id.in_(series_ids))
        .order_by(Series.study_id, Series.number, Series.series_uid, Instance.number, Instance.sop_uid)
    )
    uids = select(Study.study_uid).join(Series).where(Series.id.in_(series_ids)).distinct()
    export = Export(
        organization_id=organization_id,
        owner_id=owner_id,
        name=name.strip()[:200],
        form=form,
        project_id=project_id,
        instance_ids=list(session.scalars(query)),
        study_uids=sorted(session.scalars(uids)),
        total=count,
    )
    session.add(export)
    session.flush()
    send_job(session, "archive.export", export_id=export.id)
    return export


def discard(session: Session, export: Export) -> None:
    """Stop an export that is being made, or remove what it came to."""
    if export.status in ACTIVE:
        export.status, export.finished_at = "CANCELLED", utc_now()
    else:
        forget_object(session, export.sha256)
        session.delete(export)


def expire(session: Session) -> int:
    """Take the files of exports away whose time is up."""
    due = select(Export).where(Export.status == "DONE", Export.expires_at < utc_now())
    found = list(session.scalars(due))
    for export in found:
        forget_object(session, export.sha256)
        export.status, export.sha256, export.size = "EXPIRED", None, 0
    return len(found)


def forget_object(session: Session, sha256: str | None) -> None:
    """Have an object removed, unless something else names it."""
    if sha256 and session.get(OrphanObject, sha256) is None:
        session.add(OrphanObject(sha256=sha256))
        session.flush()


def lifetime(session: Session) -> timedelta:
    return timedelta(days=int(configs.get(session, EXPORT_DAYS)))
