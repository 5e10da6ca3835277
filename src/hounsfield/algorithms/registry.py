"""What administrators do: add a model, switch algorithms and versions, give out shares."""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hounsfield.algorithms.changes import record
from hounsfield.algorithms.errors import (
    NameTaken,
    ShadowTakesNoOrders,
    SharesTooLarge,
    VersionExists,
    VersionOfEngine,
)
from hounsfield.algorithms.model_manifest import ModelManifest
from hounsfield.algorithms.models import DISABLED, ENABLED, ENGINE, ONNX, Algorithm, AlgorithmVersion
from hounsfield.algorithms.service import RUNTIME, versions_of
from hounsfield.kit.db import db_now
from hounsfield.kit.errors import NotFound
from hounsfield.system import configs

MAX_MODEL_BYTES = configs.declare(
    "max_model_bytes",
    int,
    512 << 20,
    en="Largest ONNX model that may be added, in bytes",
    zh="可添加的 ONNX 模型的最大字节数",
)


@dataclass(frozen=True)
class CheckedModel:
    """A model that passed the check and lies in the storage."""

    manifest: ModelManifest
    sha256: str
    size: int
    facts: dict[str, Any]


@dataclass(frozen=True)
class VersionWish:
    """What shall change of a version; None leaves a thing as it is."""

    state: Literal["ENABLED", "DISABLED"] | None = None
    canary_percent: int | None = None
    shadow: bool | None = None


def must_be_free(session: Session, manifest: ModelManifest) -> None:
    """Raise where a model cannot have this name or version.

    Raises
    ------
    NameTaken
        Engines bring an algorithm of this name.
    VersionExists
        The version is there; it never changes.
    """
    algorithm = session.get(Algorithm, manifest.name)
    if manifest.name == RUNTIME or (algorithm is not None and algorithm.source == ENGINE):
        raise NameTaken(name=manifest.name)
    if session.get(AlgorithmVersion, (manifest.name, manifest.version)) is not None:
        raise VersionExists(name=manifest.name, version=manifest.version)


def add_model(session: Session, model: CheckedModel, *, actor_id: str) -> AlgorithmVersion:
    """Add a version of a model. It gets no orders until somebody enables it."""
    manifest = model.manifest
    must_be_free(session, manifest)
    if session.get(Algorithm, manifest.name) is None:
        session.add(Algorithm(name=manifest.name, source=ONNX, enabled=True))
        session.flush()
    row = AlgorithmVersion(
        name=manifest.name,
        version=manifest.version,
        source=ONNX,
        manifest=manifest.model_dump(mode="json"),
        model_sha256=model.sha256,
        model_size=model.size,
        facts=model.facts,
        state=DISABLED,
        created_by=actor_id,
        created_at=db_now(session),
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError:  # somebody else's upload of the same was faster
        raise VersionExists(name=manifest.name, version=manifest.version) from None
    change = {"model_sha256": [None, model.sha256]}
    record(session, row.name, row.version, change, actor=f"user:{actor_id}")
    return row


def set_enabled(session: Session, name: str, enabled: bool, *, actor_id: str) -> None:
    """Let an algorithm be ordered, or not. What is ordered already goes on."""
    algorithm = session.get(Algorithm, name, with_for_update=True)
    if algorithm is None:
        raise NotFound
    if algorithm.enabled != enabled:
        record(session, name, None, {"enabled": [algorithm.enabled, enabled]}, actor=f"user:{actor_id}")
        algorithm.enabled = enabled


def note_price(session: Session, name: str, before: Any, after: Any, *, actor_id: str) -> None:
    """Leave the trace of a new price; the price itself is system configuration."""
    record(session, name, None, {"price": [before, after]}, actor=f"user:{actor_id}")


def change_version(
    session: Session, name: str, version: str, wish: VersionWish, *, actor_id: str
) -> AlgorithmVersion:
    """Switch a version of a model.

    Raises
    ------
    NotFound
        There is none.
    VersionOfEngine
        It comes with the engines.
    ShadowTakesNoOrders, SharesTooLarge
        The shares would make no sense.
    """
    # the shares of all versions belong together, so two who change them wait for one another here
    session.get(Algorithm, name, with_for_update=True)
    row = session.get(AlgorithmVersion, (name, version), with_for_update=True)
    if row is None:
        raise NotFound
    if row.source == ENGINE:
        raise VersionOfEngine
    change: dict[str, Any] = {}
    for field in ("state", "canary_percent", "shadow"):
        before, after = getattr(row, field), getattr(wish, field)
        if after is not None and after != before:
            change[field] = [before, after]
            setattr(row, field, after)
    if row.shadow and row.canary_percent:
        raise ShadowTakesNoOrders
    total = sum(other.canary_percent for other in versions_of(session, name) if other.state == ENABLED)
    if total > 100:
        raise SharesTooLarge(total=total)
    if change:
        record(session, name, version, change, actor=f"user:{actor_id}")
    return row
