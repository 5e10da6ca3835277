"""Label maps of tasks, lent to whoever writes them as segmentations."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.annotations.sources import TaskLabels, labels_wanted
from hounsfield.kit.errors import NotFound
from hounsfield.tasks.access import task_for
from hounsfield.tasks.errors import NotPaid
from hounsfield.tasks.models import TaskFile
from hounsfield.tasks.settlement import is_unpaid


@labels_wanted.connect
def fill(session: Session, actor: Actor, labels: TaskLabels) -> None:
    """Say where the label map of a task is, if the actor may have it."""
    task = task_for(session, actor, labels.task_id)
    query = select(TaskFile).where(TaskFile.task_id == task.id, TaskFile.final, TaskFile.kind == "label_map")
    file = session.scalar(query.order_by(TaskFile.name).limit(1))
    if file is None:
        raise NotFound
    if is_unpaid(task):
        raise NotPaid
    labels.study_uid, labels.sha256 = task.study_uid, file.sha256
    labels.algorithm, labels.version = task.task_type, task.algorithm_version or ""
    names = file.details.get("labels")
    if isinstance(names, dict):
        labels.names = {int(value): str(name) for value, name in names.items() if str(value).isdecimal()}
