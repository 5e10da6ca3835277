"""The short way for small words in JSON that come many times a second.

Past the search through several hundred routes, past FastAPI's resolving of arguments, and in one thread instead of one for
each dependency: together they cost as much as what most of these words do. The routes stay as they are declared. This finds
them first, for requests whose every part it understands, and leaves all others to the long way, which says what is wrong.
"""

import json
import re
from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Match
from starlette.types import Message, Receive, Scope, Send

from hounsfield.kit.i18n import negotiate
from hounsfield.kit.platform import Platform
from hounsfield.kit.routing import API

Endpoint = Callable[..., BaseModel]
Who = Callable[[Request, Platform], Any]
_LONG = "hounsfield.long_way"


class Short(BaseRoute):
    """A route that stands before all others and leads to some POSTs of a room."""

    def __init__(self, router: APIRouter, endpoints: Mapping[Endpoint, type[BaseModel]], **who: Who) -> None:
        """Lead to `endpoints`, each with what its body is; `who` names the argument for who asks, and finds them."""
        (self._who, self._find), *_ = who.items()
        routes = {route.endpoint: route for route in router.routes if isinstance(route, APIRoute)}
        self._words = [_Word(routes[endpoint], body) for endpoint, body in endpoints.items()]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] == "http" and scope["method"] == "POST" and _LONG not in scope:
            for word in self._words:
                found = word.path.fullmatch(scope["path"])
                if found and not scope["query_string"] and _is_plain(scope["headers"]):
                    told = {"endpoint": word.route.endpoint, "route": word.route, "word": word}
                    return Match.FULL, {**told, "path_params": found.groupdict()}
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        try:
            content = await request.body()
        except ClientDisconnect:
            return
        answer = await run_in_threadpool(self._answer, request, scope["word"], content)
        if answer is not None:
            await answer(scope, receive, send)
            return
        unread = [content]

        async def again() -> Message:
            return {"type": "http.request", "body": unread.pop()} if unread else await receive()

        scope[_LONG] = True
        await scope["app"].router(scope, again, send)

    def _answer(self, request: Request, word: "_Word", content: bytes) -> Response | None:
        """Return the answer, or None where the body is not what it should be."""
        try:
            body = word.body.model_validate(json.loads(content))
        except ValueError:
            return None
        platform: Platform = request.app.state.platform
        named = {**request.path_params, "platform": platform, self._who: self._find(request, platform)}
        if word.speaks:
            named["language"] = negotiate(request.headers.get("accept-language"))
        answer = word.route.endpoint(**named, **{word.name: body})
        status = word.route.status_code or 200
        return Response(answer.model_dump_json(by_alias=True), status, media_type="application/json")


class _Word:
    """One endpoint: where it is, and what is said to it."""

    def __init__(self, route: APIRoute, body: type[BaseModel]) -> None:
        taken = signature(route.endpoint, eval_str=True).parameters
        self.route, self.body, self.speaks = route, body, "language" in taken
        self.name = next(name for name, parameter in taken.items() if parameter.annotation is body)
        self.path = re.compile(re.escape(API) + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", route.path))


def _is_plain(headers: list[tuple[bytes, bytes]]) -> bool:
    """Tell whether a request has a body in JSON of a known length, and no key to happen once by."""
    said = dict(headers)
    length = said.get(b"content-length", b"0")
    return (
        said.get(b"content-type") == b"application/json"
        and length.isdigit()
        and int(length) > 0
        and b"idempotency-key" not in said
    )
