"""How far a shadow agrees with the order it ran beside: volume and overlap of every label."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from hounsfield.dicom import nifti
from hounsfield.dicom.errors import InvalidVolume
from hounsfield.kit.jobs import job
from hounsfield.kit.platform import Platform
from hounsfield.tasks.models import Task, TaskFile
from hounsfield.tasks.transitions import Status

LABEL_MAP = "label_map"
Labels = NDArray[np.uint8]


@job("tasks.compare_shadow")
def compare(platform: Platform, **arguments: Any) -> None:
    """Write into a completed shadow's metrics what there is to compare."""
    with platform.db.read() as session:
        shadow = session.get(Task, arguments["task_id"])
        beside = session.get(Task, shadow.shadow_of) if shadow and shadow.shadow_of else None
        if shadow is None or beside is None or {shadow.status, beside.status} != {Status.COMPLETED.value}:
            return
        files = [_label_map(session, task) for task in (beside, shadow)]
    overlap = _overlap(platform, files[0], files[1]) if files[0] and files[1] else {}
    with platform.db.write() as session:
        row = session.get(Task, shadow.id, with_for_update=True)
        if row is not None:
            row.metrics = {**(row.metrics or {}), "comparison": _table(beside, row, overlap)}


def _label_map(session: Session, task: Task) -> TaskFile | None:
    query = select(TaskFile).where(TaskFile.task_id == task.id, TaskFile.final, TaskFile.kind == LABEL_MAP)
    return session.scalar(query)


def _overlap(platform: Platform, ours: TaskFile, theirs: TaskFile) -> dict[str, float | None]:
    """Return the Dice coefficient of each label that both know; None where neither found it.

    Maps that this version cannot read (of a tilted gantry) give nothing: the volumes are compared all the same.
    """
    try:
        first = _read(platform, ours)
        together = pairs(first, _read(platform, theirs))
    except (InvalidVolume, ValueError):
        return {}
    names = [_values(file) for file in (ours, theirs)]
    return {name: dice(together, names[0][name], names[1][name]) for name in names[0] if name in names[1]}


def _read(platform: Platform, file: TaskFile) -> Labels:
    return np.asarray(nifti.read(platform.blobs.path(file.sha256)).voxels, np.uint8)


def _values(file: TaskFile) -> dict[str, int]:
    """Return the value of each label by its name."""
    return {str(name): int(value) for value, name in dict(file.details.get("labels") or {}).items()}


def pairs(first: Labels, second: Labels) -> NDArray[np.int64]:
    """Count, plane by plane, how often each pair of values lies at one voxel.

    Parameters
    ----------
    first, second
        (z, y, x) label maps of one grid.

    Returns
    -------
    (256, 256) array

    Raises
    ------
    ValueError
        The grids differ.
    """
    if first.shape != second.shape:
        raise ValueError("label maps of different grids")
    counts = np.zeros(256 * 256, np.int64)
    for one, other in zip(first, second, strict=True):
        counts += np.bincount(one.ravel().astype(np.int32) * 256 + other.ravel(), minlength=len(counts))
    return counts.reshape(256, 256)


def dice(together: NDArray[np.int64], first: int, second: int) -> float | None:
    """Return twice the common voxels by the sum of both."""
    both = int(together[first].sum() + together[:, second].sum())
    return round(2 * int(together[first, second]) / both, 4) if both else None


def _table(beside: Task, shadow: Task, overlap: dict[str, float | None]) -> dict[str, Any]:
    volumes = [_volumes(task) for task in (beside, shadow)]
    return {
        "labels": {
            name: {
                "volume_ml": volumes[0].get(name),
                "shadow_volume_ml": volumes[1].get(name),
                "dice": overlap.get(name),
            }
            for name in {**volumes[0], **volumes[1]}
        },
        "seconds": _seconds(beside),
        "shadow_seconds": _seconds(shadow),
    }


def _volumes(task: Task) -> dict[str, float]:
    """Read what an engine said of its labels; it is of another program, so nothing is taken for granted."""
    labels = (task.metrics or {}).get("labels")
    found = labels.items() if isinstance(labels, dict) else ()
    return {
        str(name): float(told["volume_ml"])
        for name, told in found
        if isinstance(told, dict) and isinstance(told.get("volume_ml"), int | float)
    }


def _seconds(task: Task) -> float | None:
    if task.started_at is None or task.completed_at is None:
        return None
    return round((task.completed_at - task.started_at).total_seconds(), 1)
