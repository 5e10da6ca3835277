"""The refresh token's cookie, the check that only our own pages send it, and a mark that a page can read.

The mark holds nothing secret and opens nothing: it says that there may be a session, so that a page which was never
signed in need not ask.
"""

from typing import Annotated

from fastapi import Cookie, Request, Response

from hounsfield.accounts.errors import CrossSiteRequest
from hounsfield.kit.settings import Settings

NAME = "hounsfield_refresh"
PATH = "/api/v1/users"
MARK, MARK_PATH = "hounsfield_signed_in", "/"

RefreshCookie = Annotated[str | None, Cookie(alias=NAME, max_length=512)]


def put(request: Request, response: Response, token: str, settings: Settings) -> None:
    lifetime, secure = settings.refresh_token_days * 86_400, request.url.scheme == "https"
    response.set_cookie(
        NAME, token, max_age=lifetime, path=PATH, httponly=True, samesite="strict", secure=secure
    )
    response.set_cookie(MARK, "1", max_age=lifetime, path=MARK_PATH, samesite="strict", secure=secure)


def clear(request: Request, response: Response) -> None:
    secure = request.url.scheme == "https"
    response.delete_cookie(NAME, path=PATH, httponly=True, samesite="strict", secure=secure)
    response.delete_cookie(MARK, path=MARK_PATH, samesite="strict", secure=secure)


def refuse_other_sites(request: Request) -> None:
    """Raise CrossSiteRequest where a browser says that another site's page asks (no browser: no header, no danger).

    SameSite keeps the cookie from other sites already; this also keeps out sibling subdomains and browsers without it.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise CrossSiteRequest
        return
    origin = request.headers.get("origin")
    if origin is not None and origin.partition("://")[2] != request.headers.get("host"):
        raise CrossSiteRequest
