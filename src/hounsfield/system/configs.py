"""The settings an administrator may change, each with its type, default and meaning in both languages."""

from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from hounsfield.kit.errors import Invalid, NotFound
from hounsfield.system.models import SystemConfig


class InvalidConfig(Invalid):
    """{key} cannot take this value: {reason}"""

    code = "INVALID_CONFIG"
    zh = "{key} 不能使用该值：{reason}"


@dataclass(frozen=True)
class Config:
    """One setting: what it may hold and what it means."""

    key: str
    default: Any
    shape: TypeAdapter[Any]
    description: dict[str, str]


_known: dict[str, Config] = {}


def declare(key: str, shape: Any, default: Any, *, en: str, zh: str) -> Config:
    """Declare a setting; rooms do this at import."""
    config = Config(key, default, TypeAdapter(shape), {"en": en, "zh-CN": zh})
    return _known.setdefault(key, config)


def known() -> list[Config]:
    return sorted(_known.values(), key=lambda config: config.key)


def get(session: Session, config: Config) -> Any:
    """Return a setting's value, its default where nobody changed it."""
    return _changed(session).get(config.key, config.default)


_ALL = select(SystemConfig.key, SystemConfig.value)


def _changed(session: Session) -> dict[str, Any]:
    """Return every setting that somebody changed: they are few, and whoever needs one mostly needs another."""
    found: dict[str, Any] | None = session.info.get("configs")
    if found is None:
        rows = session.connection().execute(_ALL)
        found = session.info["configs"] = {row.key: row.value for row in rows}
    return found


def find(key: str) -> Config:
    if key not in _known:
        raise NotFound
    return _known[key]


def put(session: Session, key: str, value: Any, *, actor_id: str | None) -> Any:
    """Change a setting; the value is checked first.

    Raises
    ------
    NotFound
        No such setting.
    InvalidConfig
        The value is not one that the setting can take.
    """
    config = find(key)
    try:
        checked = config.shape.dump_python(config.shape.validate_python(value, strict=True), mode="json")
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidConfig(key=key, reason=first["msg"]) from None
    row = session.get(SystemConfig, key)
    if row is None:
        session.add(SystemConfig(key=key, value=checked, updated_by=actor_id))
    else:
        row.value, row.updated_by = checked, actor_id
    _changed(session)[key] = checked
    return checked
