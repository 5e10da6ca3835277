"""Which studies that a node names, or that a transfer moves, are in the archive for whoever asks."""

from collections.abc import Collection, Iterable
from typing import TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.dimse.models import DicomTransfer
from hounsfield.imaging.access import visible_studies
from hounsfield.imaging.models import Study
from hounsfield.patients.models import Patient

Seen: TypeAlias = tuple[Study, Patient]


def seen(session: Session, actor: Actor, organization_id: str, uids: Collection[str]) -> list[Seen]:
    """Return those studies of an organization that the actor may see, with their patients."""
    if not uids:
        return []
    query = (
        select(Study, Patient)
        .join(Patient, Patient.id == Study.patient_id)
        .where(Study.organization_id == organization_id, Study.study_uid.in_(uids), visible_studies(actor))
    )
    return [(study, patient) for study, patient in session.execute(query)]


def seen_of(
    session: Session, actor: Actor, transfers: Iterable[DicomTransfer]
) -> dict[tuple[str, str | None], Seen]:
    """Return the studies of transfers, by organization and UID."""
    wanted: dict[str, set[str]] = {}
    for each in transfers:
        if each.study_uid:
            wanted.setdefault(each.organization_id, set()).add(each.study_uid)
    return {
        (organization_id, study.study_uid): (study, patient)
        for organization_id, uids in wanted.items()
        for study, patient in seen(session, actor, organization_id, uids)
    }
