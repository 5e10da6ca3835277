"""A task whose images are here takes its place in the queue: at the order, or when a worker has taken them in."""

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from hounsfield.algorithms.schemas import Manifest
from hounsfield.imaging.inputs import choose_series, voxel_count
from hounsfield.kit.db import db_now
from hounsfield.tasks.fairness import queue_rank
from hounsfield.tasks.models import Task
from hounsfield.tasks.transitions import Status, move


def enqueue(session: Session, task: Task, manifest: Manifest | None, among: list[str] | None = None) -> None:
    """Choose the series that a task computes on and queue it.

    Raises
    ------
    NotFound, SeriesRefused
        There is no such series, or none that passes the integrity gate; nothing is changed.
    """
    changes: dict[str, Any] = {}
    voxels = 0
    if manifest is not None and manifest.input_kind in ("ct_series", "dicom_series"):
        chosen = choose_series(
            session,
            task.organization_id,
            study_uid=task.study_uid,
            series_uid=task.series_uid,
            among=among,
            ct=manifest.input_kind == "ct_series",
        )
        changes = {"study_uid": chosen.study_uid, "series_uid": chosen.series_uid}
        voxels = voxel_count(session, task.organization_id, chosen.series_uid)
    move(
        session,
        task,
        Status.QUEUED,
        actor="platform",
        reason="images checked" if changes else "",
        lease_until=None,
        memory_mb=manifest.memory_for(voxels) if manifest else 0,
        queue_rank=queue_rank(session, task),
        schedule_by=db_now(session) + timedelta(seconds=task.schedule_to_start_s),
        **changes,
    )
