"""The trash: a study that is deleted can be brought back for a while, then it is gone with its objects."""

import time
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.archive.errors import UnderLegalHold
from hounsfield.archive.exports import forget_object
from hounsfield.archive.models import OrphanObject
from hounsfield.audit.entries import Agent
from hounsfield.audit.service import note
from hounsfield.imaging import removal
from hounsfield.imaging.access import own_studies, own_study_for
from hounsfield.imaging.models import Study
from hounsfield.kit.clock import utc_now
from hounsfield.kit.errors import NotFound
from hounsfield.kit.platform import Platform
from hounsfield.kit.storage import references
from hounsfield.system import configs

TRASH_DAYS = configs.declare(
    "trash_days", int, 30, en="Days for which a deleted study can be restored", zh="已删除的检查可恢复的天数"
)
ORPHAN_SECONDS = 3600.0
PURGED_AT_ONCE = 50
PLATFORM_NAME = "retention"


def delete(session: Session, actor: Actor, study_uid: str, reason: str) -> Study:
    """Put a study into the trash.

    Raises
    ------
    NotFound, Forbidden, UnderLegalHold
        Nothing happens.
    """
    study = own_study_for(session, actor, study_uid, "study.delete")
    actor.require("study:delete")
    if study.legal_hold:
        raise UnderLegalHold
    removal.to_trash(session, study, by=actor.user_id, grace=_grace(session))
    _note(session, actor, "study.delete", study, reason)
    return study


def restore(session: Session, actor: Actor, study_uid: str) -> Study:
    """Bring a study back from the trash."""
    study = trashed_for(session, actor, study_uid)
    actor.require("study:delete")
    removal.from_trash(session, study)
    _note(session, actor, "study.restore", study, "")
    return study


def trashed_for(session: Session, actor: Actor, study_uid: str) -> Study:
    query = select(Study).where(
        Study.study_uid == study_uid, Study.deleted_at.is_not(None), own_studies(actor)
    )
    study = session.scalar(query.order_by(Study.organization_id != actor.organization_id).limit(1))
    if study is None:
        raise NotFound
    return study


def let_go(session: Session, study: Study, reason: str) -> None:
    """Put a study into the trash because its time is up."""
    removal.to_trash(session, study, by=None, grace=_grace(session))
    _note(
        session,
        Agent("system", PLATFORM_NAME, PLATFORM_NAME, study.organization_id),
        "study.delete",
        study,
        reason,
    )


def _grace(session: Session) -> timedelta:
    return timedelta(days=int(configs.get(session, TRASH_DAYS)))


def _note(session: Session, who: Actor | Agent, action: str, study: Study, reason: str) -> None:
    told: dict[str, Any] = {
        "object_type": "study",
        "object_id": study.study_uid,
        "patient_id": study.patient_id,
    }
    note(session, who, action, **told, organization_id=study.organization_id, reason=reason)


def purge_due(platform: Platform) -> int:
    """Remove the studies whose time in the trash is over, each in a transaction of its own."""
    due = (Study.deleted_at.is_not(None), Study.purge_at <= utc_now(), Study.legal_hold.is_(False))
    with platform.db.read() as session:
        ids = list(session.scalars(select(Study.id).where(*due).limit(PURGED_AT_ONCE)))
    for study_id in ids:
        with platform.db.write() as session:
            study = session.scalar(select(Study).where(Study.id == study_id, *due).with_for_update())
            if study is None:
                continue  # brought back meanwhile
            agent = Agent("system", PLATFORM_NAME, PLATFORM_NAME, study.organization_id)
            _note(session, agent, "study.purge", study, "")
            for sha256 in removal.purge(session, study):
                forget_object(session, sha256)
    return len(ids)


def remove_orphans(platform: Platform, *, older_than: float = ORPHAN_SECONDS) -> int:
    """Remove objects that a purge left, once nothing names them and nobody is about to."""
    before = utc_now() - timedelta(seconds=older_than)
    with platform.db.read() as session:
        query = select(OrphanObject.sha256).where(OrphanObject.since <= before).limit(1000)
        orphans = list(session.scalars(query))
        wanted = references.referenced(session, orphans)
    gone = [sha256 for sha256 in orphans if sha256 not in wanted]
    removed = {sha256 for sha256 in gone if platform.blobs.discard(sha256, time.time() - older_than)}
    with platform.db.write() as session:
        for sha256 in wanted | removed:
            row = session.get(OrphanObject, sha256)
            if row is not None:
                session.delete(row)
    return len(removed)
