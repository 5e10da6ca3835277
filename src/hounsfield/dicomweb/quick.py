"""The short way to what viewers ask for thousands of times, and scanners send.

Past the search through several hundred routes and past FastAPI's resolving of arguments, which together cost more than what
is asked for. The routes stay as they are declared: this finds them first, for requests whose every part it understands, and
leaves all others (another method, an odd UID, a parameter) to the long way, which says what is wrong with them.
"""

import re
from collections.abc import Callable, Iterable
from inspect import iscoroutinefunction
from typing import Any

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from hounsfield.dicomweb.actor import signed_in

Endpoint = Callable[..., Any]
_UID = r"[0-9.]{1,64}"
_PARTS = {"study_uid": _UID, "series_uid": _UID, "sop_uid": _UID, "frames": r"[0-9]{1,6}"}


class Quick(BaseRoute):
    """A route that stands before all others and leads to some of them."""

    def __init__(
        self,
        routers: Iterable[APIRouter],
        endpoints: Iterable[Endpoint],
        searches: Iterable[Endpoint],
    ) -> None:
        """Lead to `endpoints` where there is no query, and to `searches`, which read the query themselves."""
        self._searches = frozenset(searches)
        wanted = {*endpoints, *self._searches}
        routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
        self._routes = [(_pattern(route.path), route) for route in routes if route.endpoint in wanted]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] == "http" and scope["path"].startswith("/dicomweb/"):
            for pattern, route in self._routes:
                found = pattern.fullmatch(scope["path"])
                if found and scope["method"] in (route.methods or ()):
                    if scope["query_string"] and route.endpoint not in self._searches:
                        break
                    told = {"endpoint": route.endpoint, "route": route, "path_params": found.groupdict()}
                    return Match.FULL, told
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, endpoint = Request(scope, receive, send), scope["endpoint"]
        named = {**scope["path_params"], "request": request, "platform": request.app.state.platform}
        if iscoroutinefunction(endpoint):
            actor = await run_in_threadpool(signed_in, named["platform"], request)
            answer = await endpoint(**named, actor=actor)
        else:
            answer = await run_in_threadpool(_answered, endpoint, named)
        await answer(scope, receive, send)


def _answered(endpoint: Endpoint, named: dict[str, Any]) -> Any:
    return endpoint(**named, actor=signed_in(named["platform"], named["request"]))


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", lambda part: f"(?P<{part[1]}>{_PARTS[part[1]]})", template))
