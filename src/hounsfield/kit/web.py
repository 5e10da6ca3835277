"""What every endpoint may ask for: the platform, the reader's language, an idempotency key."""

from typing import Annotated

from fastapi import Depends, Header, Request

from hounsfield.kit.i18n import negotiate
from hounsfield.kit.platform import Platform


# coroutines, though they wait for nothing: anything else FastAPI hands to a thread
async def _platform(request: Request) -> Platform:
    platform: Platform = request.app.state.platform
    return platform


async def _language(request: Request) -> str:
    return negotiate(request.headers.get("accept-language"))


PlatformDep = Annotated[Platform, Depends(_platform)]
Language = Annotated[str, Depends(_language)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key", min_length=1, max_length=128, description="Same key and body, same response."
    ),
]


def client_address(request: Request) -> str:
    """Return the caller's address as uvicorn knows it (it applies `--forwarded-allow-ips` to proxies' headers)."""
    return request.client.host if request.client else "unknown"
