"""What rooms above lend to this one, connected when the application is put together."""

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from hounsfield.accounts.actor import Actor
from hounsfield.annotations.schemas import OverlayView
from hounsfield.imaging.models import Study
from hounsfield.kit.hooks import Hook

overlays_wanted: Hook[[Session, Actor, Study, list[OverlayView]]] = Hook()
"""Somebody lists what can be laid over a study: whoever has more, appends it."""


@dataclass
class TaskLabels:
    """The label map that a task made: a NIfTI file, what its values are called, and who made it."""

    task_id: str
    study_uid: str | None = None
    sha256: str = ""
    names: dict[int, str] = field(default_factory=dict)
    algorithm: str = ""
    version: str = ""


labels_wanted: Hook[[Session, Actor, TaskLabels]] = Hook()
"""Somebody wants the label map of a task: whoever keeps tasks fills it in, or raises NotFound."""
