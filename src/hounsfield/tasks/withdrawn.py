"""What waits for a study that was deleted is cancelled: its points come back, its engine stops."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from hounsfield.imaging.models import Study
from hounsfield.imaging.removal import study_deleted
from hounsfield.tasks.models import Task
from hounsfield.tasks.transitions import ENDED, Status, move


@study_deleted.connect
def cancel_tasks(session: Session, study: Study) -> None:
    """Cancel the unfinished tasks on a study, in the transaction that deletes it."""
    unfinished = Task.status.not_in([status.value for status in ENDED])
    query = select(Task).where(
        Task.organization_id == study.organization_id, Task.study_uid == study.study_uid, unfinished
    )
    for task in session.scalars(query.with_for_update()).all():
        move(session, task, Status.CANCELLED, actor="platform", reason="STUDY_DELETED", cancel_requested=True)
