"""The trace that every change of an algorithm leaves."""

from typing import Any

from sqlalchemy.orm import Session

from hounsfield.algorithms.models import AlgorithmChange
from hounsfield.kit.db import db_now


def record(session: Session, name: str, version: str | None, change: dict[str, Any], *, actor: str) -> None:
    """Append a change: field → [before, after]."""
    session.add(
        AlgorithmChange(name=name, version=version, change=change, actor=actor[:100], at=db_now(session))
    )
