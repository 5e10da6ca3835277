"""After a start on one machine nobody else holds anything: what was being prepared is taken up at once."""

from sqlalchemy import select, update

from hounsfield.kit.outbox import send_job
from hounsfield.kit.platform import Platform
from hounsfield.tasks.models import Task
from hounsfield.tasks.transitions import Status


def recover(platform: Platform) -> None:
    """Free the leases of tasks that were being prepared and ask for their preparation again.

    Running attempts need nothing here: their engine registers with a new boot id, which hands them out again.
    """
    waiting = Task.status == Status.CREATED.value
    with platform.db.write() as session:
        session.execute(update(Task).where(waiting).values(lease_until=None))
        for task_id in session.scalars(select(Task.id).where(waiting)).all():
            send_job(session, "tasks.prepare", task_id=task_id)
