"""What `/admin/algorithms` takes and shows."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from hounsfield.accounts.models import User
from hounsfield.algorithms.errors import InvalidManifest
from hounsfield.algorithms.model_manifest import ModelManifest
from hounsfield.algorithms.models import Algorithm, AlgorithmChange, AlgorithmVersion
from hounsfield.algorithms.service import shares, versions_of
from hounsfield.points.prices import TASK_PRICES, Price, PriceRule, price_of
from hounsfield.system import configs
from hounsfield.tasks.models import Task
from hounsfield.tasks.texts import failure_text


class VersionView(BaseModel):
    """A version and what part of the orders it gets at present."""

    name: str
    version: str
    source: Literal["engine", "onnx"]
    state: Literal["ENABLED", "DISABLED"]
    canary_percent: int
    shadow: bool
    share_percent: int = Field(description="Of the orders made now")
    model_sha256: str | None
    model_size: int | None
    manifest: dict[str, Any]
    facts: dict[str, Any] | None = Field(description="What the check of the model found out")
    created_by: str | None = Field(description="The user's name; null: an engine")
    created_at: datetime


class AlgorithmLine(BaseModel):
    name: str
    source: Literal["engine", "onnx"]
    title: dict[str, str]
    enabled: bool
    price: Price
    own_price: bool = Field(description="false: it costs what everything without a price of its own costs")
    versions: list[VersionView]
    updated_at: datetime


class AlgorithmList(BaseModel):
    items: list[AlgorithmLine]
    max_model_bytes: int


class AlgorithmWish(BaseModel):
    model_config = ConfigDict(extra="forbid")

    enabled: bool | None = None
    price: PriceRule | None = None


class VersionSwitch(BaseModel):
    model_config = ConfigDict(extra="forbid")

    state: Literal["ENABLED", "DISABLED"] | None = None
    canary_percent: int | None = Field(default=None, ge=0, le=100, strict=True)
    shadow: bool | None = None


class ChangeView(BaseModel):
    version: str | None
    change: dict[str, Any] = Field(description="Field → [before, after]")
    actor: str = Field(description="A user's name, or engine:<id>")
    at: datetime


class ShadowView(BaseModel):
    """A task in the shadow of an order, and the comparison of both once both have completed."""

    task_id: str
    version: str | None
    status: str
    failure_code: str | None
    error_message: str | None
    created_at: datetime
    completed_at: datetime | None
    order_task_id: str
    order_no: str
    order_version: str | None
    order_status: str
    comparison: dict[str, Any] | None


def manifest_from(text: str) -> ModelManifest:
    """Read a manifest from a form.

    Raises
    ------
    InvalidManifest
        It is no JSON, or says something that no model can be.
    """
    try:
        return ModelManifest.model_validate(orjson.loads(text))
    except orjson.JSONDecodeError as error:
        raise InvalidManifest(where="JSON", reason=str(error)[:200]) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "manifest"
        raise InvalidManifest(where=where, reason=first["msg"]) from None


def algorithm_line(session: Session, row: Algorithm) -> AlgorithmLine:
    """Return an algorithm with its versions, newest first."""
    versions = versions_of(session, row.name)
    given = shares(row, versions)
    names = usernames(session, [version.created_by for version in versions])
    main = next((v for v in reversed(versions) if v.version in given), versions[-1] if versions else None)
    return AlgorithmLine(
        name=row.name,
        source="onnx" if row.source == "onnx" else "engine",
        title=dict(main.manifest.get("title") or {}) if main else {},
        enabled=row.enabled,
        price=price_of(session, row.name),
        own_price=row.name in configs.get(session, TASK_PRICES),
        versions=[version_view(version, given, names) for version in reversed(versions)],
        updated_at=row.updated_at,
    )


def version_view(row: AlgorithmVersion, given: dict[str, int], names: dict[str, str]) -> VersionView:
    return VersionView.model_validate(
        {
            **{field: getattr(row, field) for field in VersionView.model_fields if hasattr(row, field)},
            "share_percent": given.get(row.version, 0),
            "created_by": names.get(row.created_by or ""),
        }
    )


def usernames(session: Session, user_ids: Iterable[str | None]) -> dict[str, str]:
    """Return the names of users by their ids."""
    wanted = {user_id for user_id in user_ids if user_id}
    query = select(User.id, User.username).where(User.id.in_(wanted))
    return dict(session.execute(query).all()) if wanted else {}


def change_view(session: Session, row: AlgorithmChange) -> ChangeView:
    kind, _, who = row.actor.partition(":")
    actor = usernames(session, [who]).get(who, row.actor) if kind == "user" else row.actor
    return ChangeView(version=row.version, change=row.change, actor=actor, at=row.at)


def shadow_view(session: Session, task: Task, language: str) -> ShadowView:
    beside = session.get(Task, task.shadow_of)
    assert beside is not None  # tasks are never removed, only hidden
    return ShadowView(
        task_id=task.id,
        version=task.algorithm_version,
        status=task.status,
        failure_code=task.failure_code,
        error_message=failure_text(session, task, language),
        created_at=task.created_at,
        completed_at=task.completed_at,
        order_task_id=beside.id,
        order_no=beside.order_no,
        order_version=beside.algorithm_version,
        order_status=beside.status,
        comparison=(task.metrics or {}).get("comparison"),
    )
