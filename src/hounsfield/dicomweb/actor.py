"""Who is asking over DICOMweb: a person with an access token, or a program with a long-lived one."""

from typing import Annotated

from fastapi import Depends, Request

from hounsfield.accounts.actor import Actor, BearerToken, actor_from_token, bearer_of
from hounsfield.accounts.service import api_tokens
from hounsfield.kit.errors import Unauthorized
from hounsfield.kit.platform import Platform
from hounsfield.kit.web import PlatformDep


def signed_in(platform: Platform, request: Request) -> Actor:
    """Return who asks, or raise Unauthorized."""
    return _named_by(platform, bearer_of(request))


def _named_by(platform: Platform, token: str) -> Actor:
    if not token:
        raise Unauthorized
    if token.startswith(f"{api_tokens.PREFIX}_"):
        return api_tokens.actor_from_api_token(platform, token)
    return actor_from_token(platform, token)


def _archive_actor(platform: PlatformDep, bearer: BearerToken) -> Actor:
    return _named_by(platform, bearer.credentials if bearer else "")


ArchiveActor = Annotated[Actor, Depends(_archive_actor)]
