"""Who is asking over DICOMweb: a person with an access token, or a program with a long-lived one."""

from typing import Annotated

from fastapi import Depends

from hounsfield.accounts.actor import Actor, BearerToken, actor_from_token
from hounsfield.accounts.service import api_tokens
from hounsfield.kit.errors import Unauthorized
from hounsfield.kit.web import PlatformDep


def _archive_actor(platform: PlatformDep, bearer: BearerToken) -> Actor:
    if bearer is None:
        raise Unauthorized
    if bearer.credentials.startswith(f"{api_tokens.PREFIX}_"):
        return api_tokens.actor_from_api_token(platform, bearer.credentials)
    return actor_from_token(platform, bearer.credentials)


ArchiveActor = Annotated[Actor, Depends(_archive_actor)]
