"""The few kinds of refusal. Each error class has a stable `code`, its docstring as English text, and `zh` as Chinese.

They are raised in services and mapped to HTTP in `hounsfield.http` only.
"""

import inspect
from typing import Any, ClassVar

from hounsfield.kit import i18n


class DomainError(Exception):
    """The request could not be carried out."""

    status: ClassVar[int] = 500
    kind: ClassVar[str] = "INTERNAL"
    code: ClassVar[str] = "INTERNAL"
    zh: ClassVar[str] = "请求无法完成。"

    def __init__(self, **params: Any) -> None:
        super().__init__(self.code, params)
        self.params = params

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "code" in cls.__dict__:
            i18n.register(cls.code, {"en": inspect.cleandoc(cls.__doc__ or ""), "zh-CN": cls.zh})

    def detail(self, language: str) -> str:
        """Return what a person should know, in their language."""
        return i18n.text(self.code, language, self.params)

    def title(self, language: str) -> str:
        """Return the headline: what kind of refusal this is."""
        return i18n.text(f"title.{self.kind}", language)

    @property
    def headers(self) -> dict[str, str]:
        return {}


class Invalid(DomainError):
    """The request is not valid."""

    status, kind, code = 422, "INVALID", "VALIDATION_FAILED"
    zh = "请求内容无效。"


class Unauthorized(DomainError):
    """Sign in to continue."""

    status, kind, code = 401, "UNAUTHORIZED", "UNAUTHORIZED"
    zh = "请先登录。"

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": "Bearer"}


class PaymentRequired(DomainError):
    """This has to be paid first."""

    status, kind, code = 402, "PAYMENT_REQUIRED", "PAYMENT_REQUIRED"
    zh = "需要先付款。"


class Forbidden(DomainError):
    """You are not allowed to do this."""

    status, kind, code = 403, "FORBIDDEN", "FORBIDDEN"
    zh = "您没有执行此操作的权限。"


class NotFound(DomainError):
    """There is no such thing here."""

    status, kind, code = 404, "NOT_FOUND", "NOT_FOUND"
    zh = "未找到该内容。"


class Conflict(DomainError):
    """The current state does not allow this."""

    status, kind, code = 409, "CONFLICT", "CONFLICT"
    zh = "当前状态不允许此操作。"


class TooLarge(DomainError):
    """This is larger than allowed."""

    status, kind, code = 413, "TOO_LARGE", "TOO_LARGE"
    zh = "内容超出允许的大小。"


class TooMany(DomainError):
    """Too many requests. Try again in {retry_after} {retry_after:second|seconds}."""

    status, kind, code = 429, "TOO_MANY", "TOO_MANY_REQUESTS"
    zh = "请求过于频繁，请在 {retry_after} 秒后重试。"

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.params.get("retry_after", 60))}


class Unavailable(DomainError):
    """A part of the system is not reachable right now. Try again shortly."""

    status, kind, code = 503, "UNAVAILABLE", "UNAVAILABLE"
    zh = "系统的一部分暂时不可用，请稍后重试。"


TITLES = {
    "INTERNAL": {"en": "Internal error", "zh-CN": "内部错误"},
    "INVALID": {"en": "Invalid request", "zh-CN": "请求无效"},
    "UNAUTHORIZED": {"en": "Not signed in", "zh-CN": "未登录"},
    "PAYMENT_REQUIRED": {"en": "Payment required", "zh-CN": "需要付款"},
    "FORBIDDEN": {"en": "Not allowed", "zh-CN": "无权限"},
    "NOT_FOUND": {"en": "Not found", "zh-CN": "未找到"},
    "CONFLICT": {"en": "Conflict", "zh-CN": "状态冲突"},
    "TOO_LARGE": {"en": "Too large", "zh-CN": "内容过大"},
    "TOO_MANY": {"en": "Too many requests", "zh-CN": "请求过于频繁"},
    "UNAVAILABLE": {"en": "Temporarily unavailable", "zh-CN": "暂时不可用"},
}
for _kind, _texts in TITLES.items():
    i18n.register(f"title.{_kind}", _texts)
