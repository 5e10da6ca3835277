"""`/admin/configs`: the settings an administrator changes while the platform runs."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from hounsfield.accounts.actor import CurrentActor
from hounsfield.kit.routing import Router
from hounsfield.kit.web import Language, PlatformDep
from hounsfield.system import configs

router = Router(prefix="/admin/configs", tags=["system"])


class ConfigView(BaseModel):
    key: str
    value: Any
    default: Any
    description: str


class ConfigList(BaseModel):
    items: list[ConfigView]


class ConfigWish(BaseModel):
    model_config = ConfigDict(extra="forbid")

    value: Any


@router.get("")
def all_configs(actor: CurrentActor, platform: PlatformDep, language: Language) -> ConfigList:
    """List every setting with its value, default and meaning."""
    actor.require("config:read")
    with platform.db.read() as session:
        return ConfigList(
            items=[_view(config, configs.get(session, config), language) for config in configs.known()]
        )


@router.get("/{key}")
def one_config(key: str, actor: CurrentActor, platform: PlatformDep, language: Language) -> ConfigView:
    """Return one setting."""
    actor.require("config:read")
    config = configs.find(key)
    with platform.db.read() as session:
        return _view(config, configs.get(session, config), language)


@router.put("/{key}")
def change_config(
    key: str, wish: ConfigWish, actor: CurrentActor, platform: PlatformDep, language: Language
) -> ConfigView:
    """Change a setting; it counts from the next request on."""
    actor.require("config:update")
    with platform.db.write() as session:
        value = configs.put(session, key, wish.value, actor_id=actor.user_id)
        return _view(configs.find(key), value, language)


def _view(config: configs.Config, value: Any, language: str) -> ConfigView:
    return ConfigView(
        key=config.key, value=value, default=config.default, description=config.description[language]
    )
