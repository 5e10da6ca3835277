"""Refusals to engines."""

from hounsfield.kit.errors import Conflict, NotFound, Unauthorized


class EngineTokenInvalid(Unauthorized):
    """The engine token is missing, unknown or revoked."""

    code = "ENGINE_TOKEN_INVALID"
    zh = "引擎令牌缺失、未知或已被吊销。"


class EngineUnknown(NotFound):
    """This engine is not registered."""

    code = "ENGINE_UNKNOWN"
    zh = "该引擎尚未注册。"


class EngineIdTaken(Conflict):
    """Another engine is registered as {engine_id} with a different token."""

    code = "ENGINE_ID_TAKEN"
    zh = "已有使用其他令牌的引擎以 {engine_id} 注册。"


class EngineSuperseded(Conflict):
    """A newer process runs as this engine."""

    code = "ENGINE_SUPERSEDED"
    zh = "该引擎已有更新的进程在运行。"
