"""Every refusal leaves as RFC 9457 problem+json, in the reader's language; this is the only place that knows HTTP status."""

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, OperationalError, SQLAlchemyError
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException

from hounsfield.audit.entries import Attempt
from hounsfield.audit.errors import Hidden, Refused
from hounsfield.audit.service import note_denied
from hounsfield.kit import i18n, metrics
from hounsfield.kit.errors import (
    Conflict,
    DomainError,
    Forbidden,
    Invalid,
    NotFound,
    TooLarge,
    Unauthorized,
    Unavailable,
)
from hounsfield.kit.platform import Platform

log = structlog.get_logger()


class MethodNotAllowed(DomainError):
    """This address does not support that method."""

    status, kind, code = 405, "METHOD_NOT_ALLOWED", "METHOD_NOT_ALLOWED"
    zh = "该地址不支持此方法。"


i18n.register("title.METHOD_NOT_ALLOWED", {"en": "Method not allowed", "zh-CN": "方法不允许"})
_BY_STATUS: dict[int, type[DomainError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    405: MethodNotAllowed,
    409: Conflict,
    413: TooLarge,
    503: Unavailable,
}


class ProblemResponse(JSONResponse):
    media_type = "application/problem+json"


def problem(error: DomainError, language: str, errors: list[dict[str, Any]] | None = None) -> ProblemResponse:
    """Return the response for an error (RFC 9457 members plus the stable `code`)."""
    metrics.REFUSALS.labels(error.code).inc()
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": error.title(language),
        "status": error.status,
        "detail": error.detail(language),
        "code": error.code,
    }
    if errors:
        body["errors"] = errors
    return ProblemResponse(body, error.status, headers={"Content-Language": language, **error.headers})


def install(app: FastAPI) -> None:
    """Map every kind of exception to its problem."""

    @app.exception_handler(DomainError)
    async def _domain(request: Request, error: DomainError) -> ProblemResponse:
        answer = problem(error, _language(request))
        if isinstance(error, (Hidden, Refused)):
            # after the answer: the time it takes must not tell what is there from what is not
            answer.background = BackgroundTask(_note_denied, request.app.state.platform, error.attempt)
        return answer

    @app.exception_handler(RequestValidationError)
    async def _validation(request: Request, error: RequestValidationError) -> ProblemResponse:
        fields = [
            {
                "field": ".".join(str(part) for part in item["loc"][1:]),
                "message": item["msg"],
                "type": item["type"],
            }
            for item in error.errors()[:50]
        ]
        return problem(Invalid(), _language(request), fields)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> ProblemResponse:
        kind = _BY_STATUS.get(error.status_code, Invalid if error.status_code < 500 else DomainError)
        return problem(kind(), _language(request))

    @app.exception_handler(DataError)
    async def _value(request: Request, _error: DataError) -> ProblemResponse:
        # a value that no schema caught and the database cannot hold: a NUL in a path, say
        return problem(Invalid(), _language(request))

    @app.exception_handler(OperationalError)
    async def _database(request: Request, error: OperationalError) -> ProblemResponse:
        log.error("database.unavailable", path=request.url.path, error=str(error.orig))
        return problem(Unavailable(), _language(request))

    @app.exception_handler(OSError)
    async def _outside(request: Request, error: OSError) -> ProblemResponse:
        # the disk, the object store or the broker
        log.error("outside.unavailable", path=request.url.path, error=str(error))
        return problem(Unavailable(), _language(request))

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, error: Exception) -> ProblemResponse:
        log.exception("request.failed", path=request.url.path, exc_info=error)
        return problem(DomainError(), _language(request))


def _note_denied(platform: Platform, attempt: Attempt) -> None:
    try:
        note_denied(platform, attempt)
    except SQLAlchemyError as error:
        log.error("audit.denial_lost", action=attempt.action, object=attempt.object_id, error=str(error))


def _language(request: Request) -> str:
    return i18n.negotiate(request.headers.get("accept-language"))
