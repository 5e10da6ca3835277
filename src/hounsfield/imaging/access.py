"""The only way to an upload or a study: it comes back, or there is no such thing.

Who sees a study follows from who sees its patient (`patients.access`); whoever brought it in sees it too.
"""

from sqlalchemy import ColumnElement, Select, and_, or_, select, true
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.accounts.models import Organization
from hounsfield.accounts.permissions import Column, Scope
from hounsfield.audit.entries import Attempt
from hounsfield.audit.errors import Hidden, Refused
from hounsfield.imaging.models import Study, StudyOwner, Upload
from hounsfield.kit.errors import NotFound
from hounsfield.patients.access import at_home, closed_patients, opened_to
from hounsfield.patients.models import Patient


def upload_for(session: Session, actor: Actor, upload_id: str) -> Upload:
    """Return the actor's own upload, or raise NotFound."""
    upload = session.get(Upload, upload_id)
    if upload is None:
        raise NotFound
    if upload.owner_id != actor.user_id:
        raise Hidden(
            Attempt(actor, "upload.read", "upload", upload_id, organization_id=upload.organization_id)
        )
    return upload


PRESENT = Study.deleted_at.is_(None)  # what is in the trash is there for nobody but the trash


def own_studies(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that keeps the studies an actor works with, those in the trash too: not what was opened to it."""
    if actor.scope is Scope.ALL:
        return true()
    if actor.scope is Scope.OWN:
        brought = select(StudyOwner.study_id).where(StudyOwner.user_id == actor.user_id)
        return Study.id.in_(brought)
    home = Study.organization_id == actor.organization_id
    return and_(home, Study.patient_id.not_in(closed_patients(actor)))


def visible_studies(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that keeps the studies an actor may see."""
    own = own_studies(actor)
    return and_(PRESENT, or_(own, opened_to(actor, Study.patient_id)) if actor.opened else own)


def within_reach(actor: Actor, organization: Column) -> ColumnElement[bool]:
    """Return a condition that an index answers, beside `visible_studies`: whose studies the actor can see at all."""
    if actor.scope is Scope.ALL:
        return organization.in_(select(Organization.id))  # indexes begin with the organization
    home = organization == actor.organization_id
    if not actor.opened:
        return home
    elsewhere = select(Patient.organization_id).where(Patient.id.in_(sorted(actor.opened)))
    return or_(home, organization.in_(elsewhere))


def hidden_study_uids(actor: Actor) -> Select[str]:
    """Return the query for the studies of the actor's organization that it does not see: what is made of them is hidden too."""
    return select(Study.study_uid).where(
        Study.organization_id == actor.organization_id, Study.patient_id.in_(closed_patients(actor))
    )


def study_for(session: Session, actor: Actor, study_uid: str, action: str = "study.read") -> Study:
    """Return a study that the actor may see, its own organization's first, or raise NotFound."""
    named = select(Study).where(Study.study_uid == study_uid, PRESENT)
    own_first = named.order_by(Study.organization_id != actor.organization_id).limit(1)
    study = session.scalar(own_first.where(visible_studies(actor)))
    if study is not None:
        return study
    there = session.scalar(own_first)
    if there is None:
        raise NotFound
    raise Hidden(about(actor, action, there))


def own_study_for(session: Session, actor: Actor, study_uid: str, action: str) -> Study:
    """Return a study that the actor does more with than look at it.

    Raises
    ------
    NotFound
        As `study_for`.
    Forbidden
        It was opened to the actor, as to its patient or by a grant, and is not theirs.
    """
    study = study_for(session, actor, study_uid, action)
    if session.scalar(select(Study.id).where(Study.id == study.id, own_studies(actor))) is None:
        raise Refused(about(actor, action, study))
    return study


def managed_study_for(session: Session, actor: Actor, study_uid: str, action: str) -> Study:
    """Return a study that the actor may change: staff of its organization.

    Raises
    ------
    NotFound, Forbidden
        The actor does not see it; it only sees it.
    """
    study = study_for(session, actor, study_uid, action)
    if actor.may("study:update") and at_home(actor, study.organization_id):
        return study
    raise Refused(about(actor, action, study))


def patient_of(session: Session, organization_id: str, study_uid: str | None) -> str | None:
    """Return whose study it is."""
    if study_uid is None:
        return None
    query = select(Study.patient_id).where(
        Study.organization_id == organization_id, Study.study_uid == study_uid
    )
    return session.scalar(query)


def about(actor: Actor, action: str, study: Study) -> Attempt:
    """Return what is done to a study, for the audit trail."""
    return Attempt(actor, action, "study", study.study_uid, study.patient_id, study.organization_id)
