"""What an organization's people are told while they look at their worklist. A hint; the rows are the truth."""

from sqlalchemy.orm import Session

from hounsfield.imaging.models import Study
from hounsfield.kit.outbox import send_event

ARCHIVE = "archive"  # what a client says; the room is that of its own organization


def archive_room(organization_id: str) -> str:
    return f"{ARCHIVE}:{organization_id}"


def tell_arrival(session: Session, study: Study) -> None:
    """Say that a study is there, whole. Which one is not said here: who may see it finds it in the list."""
    send_event(session, archive_room(study.organization_id), "record_created", {"record": "study"})


def tell_removal(session: Session, study: Study, *, deleted: bool) -> None:
    """Say that a study has gone to the trash, or has come back from there."""
    body = {"record": "study", "deleted": deleted}
    send_event(session, archive_room(study.organization_id), "record_updated", body)
