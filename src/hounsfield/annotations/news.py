"""What those who have a study open are told: that something on it changed. A hint; the rows are the truth."""

from typing import Literal

from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.imaging.models import Study
from hounsfield.kit.outbox import send_event

PREFIX = "study:"  # what a client says: `study:<StudyInstanceUID>`


def study_room(study: Study) -> str:
    """Return the room of a study: two organizations may have the same one, by its UID, and hear nothing of each other."""
    return f"{PREFIX}{study.id}"


def tell_viewers(
    session: Session,
    actor: Actor,
    study: Study,
    *,
    record: Literal["measurement", "key_image", "overlay"],
    record_id: str,
    version: int | None = None,
    deleted: bool = False,
) -> None:
    """Tell everybody who has the study open, in the transaction of the change."""
    body = {
        "record": record,
        "id": record_id,
        "study_uid": study.study_uid,
        "version": version,
        "deleted": deleted,
        "by": actor.user_id,
    }
    send_event(session, study_room(study), "record_updated", body)
