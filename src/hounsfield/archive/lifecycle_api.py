"""Deleting, restoring and holding studies, the trash, and how long studies are kept."""

from datetime import timedelta
from typing import Annotated

from fastapi import Query, status
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor, CurrentActor
from hounsfield.archive import retention, trash
from hounsfield.archive.schemas import Hold, HoldWish, Policy, Retention, RetentionView, TrashedStudy
from hounsfield.audit.service import note
from hounsfield.imaging.access import own_studies, study_for
from hounsfield.imaging.models import Study
from hounsfield.kit.errors import NotFound
from hounsfield.kit.paging import Page, PagingQuery, paginate
from hounsfield.kit.routing import Router
from hounsfield.kit.web import PlatformDep
from hounsfield.patients.models import Patient

router = Router(tags=["archive"])


@router.delete("/studies/{study_uid}", status_code=status.HTTP_204_NO_CONTENT)
def delete(
    study_uid: str,
    actor: CurrentActor,
    platform: PlatformDep,
    reason: Annotated[str, Query(max_length=300)] = "",
) -> None:
    """Put a study into the trash: it vanishes at once, and can be restored for a while."""
    with platform.db.write() as session:
        trash.delete(session, actor, study_uid, reason)


@router.post("/studies/{study_uid}/restore", status_code=status.HTTP_204_NO_CONTENT)
def restore(study_uid: str, actor: CurrentActor, platform: PlatformDep) -> None:
    """Bring a study back from the trash."""
    with platform.db.write() as session:
        trash.restore(session, actor, study_uid)


@router.get("/trash")
def trashed(actor: CurrentActor, platform: PlatformDep, paging: PagingQuery) -> Page[TrashedStudy]:
    """List the studies in the trash, the last deleted first."""
    actor.require("study:read")
    query = (
        select(Study, Patient)
        .join(Patient, Patient.id == Study.patient_id)
        .where(Study.deleted_at.is_not(None), own_studies(actor))
        .order_by(Study.deleted_at.desc(), Study.id)
    )
    with platform.db.read() as session:
        return paginate(session, query, paging, lambda row: _trashed(row[0], row[1]), rows=True)


@router.put("/studies/{study_uid}/hold")
def hold(study_uid: str, wish: HoldWish, actor: CurrentActor, platform: PlatformDep) -> Hold:
    """Put a study under legal hold, or lift it: what is held is never deleted, in the trash neither."""
    with platform.db.write() as session:
        study = _any_study(session, actor, study_uid)
        actor.require("retention:manage")
        study.legal_hold, study.hold_reason = wish.hold, wish.reason if wish.hold else ""
        note(
            session,
            actor,
            "study.hold" if wish.hold else "study.unhold",
            object_type="study",
            object_id=study.study_uid,
            patient_id=study.patient_id,
            organization_id=study.organization_id,
            reason=wish.reason,
        )
        return Hold(study_uid=study_uid, legal_hold=study.legal_hold, hold_reason=study.hold_reason)


@router.get("/retention")
def policies(actor: CurrentActor, platform: PlatformDep) -> RetentionView:
    """Return for how many days the organization keeps its studies, and what is due soon."""
    actor.require("retention:read")
    with platform.db.read() as session:
        return _retention(session, actor)


@router.put("/retention")
def set_policies(wish: Retention, actor: CurrentActor, platform: PlatformDep) -> RetentionView:
    """Set for how many days studies are kept, by modality; without any line nothing is ever deleted."""
    actor.require("retention:manage")
    with platform.db.write() as session:
        days = {policy.modality: policy.days for policy in wish.policies}
        retention.replace(session, actor.organization_id, days)
        note(
            session,
            actor,
            "retention.update",
            object_type="organization",
            object_id=actor.organization_id,
            details={"days": days},
        )
        return _retention(session, actor)


def _any_study(session: Session, actor: Actor, study_uid: str) -> Study:
    try:
        return study_for(session, actor, study_uid)
    except NotFound:
        return trash.trashed_for(session, actor, study_uid)


def _retention(session: Session, actor: Actor) -> RetentionView:
    ahead = retention.warn_days(session)
    held = select(func.count()).where(
        Study.organization_id == actor.organization_id, Study.legal_hold.is_(True)
    )
    return RetentionView(
        policies=[
            Policy(modality=policy.modality, days=policy.days)
            for policy in retention.policies(session, actor.organization_id)
        ],
        warn_days=ahead,
        due_soon=retention.count_due(session, actor.organization_id, timedelta(days=ahead)),
        held=session.scalar(held) or 0,
    )


def _trashed(study: Study, patient: Patient) -> TrashedStudy:
    columns = (
        *("study_uid", "study_date", "description", "modalities", "instance_count", "size_bytes"),
        *("deleted_at", "deleted_by", "purge_at", "legal_hold"),
    )
    return TrashedStudy.model_validate(
        {
            "patient_name": patient.name,
            "mrn": "" if patient.mrn.startswith("?") else patient.mrn,
            **{name: getattr(study, name) for name in columns},
        }
    )
