"""What is planned: the modality worklist (PS3.4 annex K), and finding the visit that arriving images belong to."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from hounsfield.patients.models import Patient, ProcedureStep, Visit

MOST = 1000


@dataclass(frozen=True)
class Scheduled:
    """One scheduled procedure step with its requested procedure, visit and patient."""

    step: ProcedureStep
    visit: Visit
    patient: Patient


def scheduled_steps(
    session: Session,
    organization_id: str,
    *,
    modality: str | None = None,
    station_ae: str | None = None,
    starts_from: datetime | None = None,
    starts_until: datetime | None = None,
    mrn: str | None = None,
    accession_number: str | None = None,
    statuses: Collection[str] = ("SCHEDULED",),
    limit: int = MOST,
) -> list[Scheduled]:
    """Return an organization's planned examinations in the order of their start.

    `station_ae` also finds those that no station was named for. Wildcards and names are for the caller to match: the list
    of a day is short.
    """
    query = (
        select(ProcedureStep, Visit, Patient)
        .join(Visit, Visit.id == ProcedureStep.visit_id)
        .join(Patient, Patient.id == Visit.patient_id)
        .where(ProcedureStep.organization_id == organization_id, ProcedureStep.status.in_(statuses))
        .order_by(ProcedureStep.starts_at, ProcedureStep.id)
        .limit(limit)
    )
    if modality:
        query = query.where(ProcedureStep.modality == modality)
    if station_ae:
        query = query.where(or_(ProcedureStep.station_ae == station_ae, ProcedureStep.station_ae == ""))
    if starts_from:
        query = query.where(ProcedureStep.starts_at >= starts_from)
    if starts_until:
        query = query.where(ProcedureStep.starts_at < starts_until)
    if mrn:
        query = query.where(Patient.mrn == mrn)
    if accession_number:
        query = query.where(ProcedureStep.accession_number == accession_number)
    return [Scheduled(*row) for row in session.execute(query)]


def performed(session: Session, patient: Patient, *, study_uid: str, accession_number: str) -> str | None:
    """Mark the planned examination that images have come of as performed, and return its visit; None where none fits.

    It fits by its Study Instance UID, else by its accession number, and only for its own patient.
    """
    fits = ProcedureStep.study_uid == study_uid
    if accession_number:
        fits = or_(fits, ProcedureStep.accession_number == accession_number)
    query = (
        select(ProcedureStep)
        .join(Visit, Visit.id == ProcedureStep.visit_id)
        .where(ProcedureStep.organization_id == patient.organization_id, Visit.patient_id == patient.id, fits)
        .order_by(ProcedureStep.study_uid != study_uid)
        .limit(1)
    )
    step = session.scalar(query)
    if step is None:
        return None
    if step.status == "SCHEDULED":
        step.status = "PERFORMED"
    return step.visit_id
