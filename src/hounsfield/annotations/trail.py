"""Noting who saw and who changed what lies on a study's images."""

from typing import Any

from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.audit.service import note, note_read
from hounsfield.imaging.models import Study
from hounsfield.kit.platform import Platform


def changed(session: Session, actor: Actor, study: Study, action: str, **details: Any) -> None:
    """Note a change, in its transaction."""
    note(
        session,
        actor,
        action,
        object_type="study",
        object_id=study.study_uid,
        patient_id=study.patient_id,
        organization_id=study.organization_id,
        details=details or None,
    )


def seen(platform: Platform, actor: Actor, study: Study, action: str) -> None:
    """Note a read, after its transaction and before the answer leaves."""
    note_read(
        platform,
        actor,
        action,
        object_type="study",
        object_id=study.study_uid,
        patient_id=study.patient_id,
        organization_id=study.organization_id,
    )
