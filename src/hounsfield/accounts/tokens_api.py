"""`/api-tokens`: credentials that an administrator makes for programs."""

from datetime import datetime, timedelta

from fastapi import status
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from hounsfield.accounts.actor import CurrentActor
from hounsfield.accounts.models import ApiToken
from hounsfield.accounts.service import api_tokens
from hounsfield.kit.clock import utc_now
from hounsfield.kit.paging import Page, PagingQuery, paginate
from hounsfield.kit.routing import Router
from hounsfield.kit.web import PlatformDep

router = Router(prefix="/api-tokens", tags=["users"])


class ApiTokenWish(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    may_store: bool = Field(default=False, description="May send studies too (STOW-RS), not only fetch them")
    expires_in_days: int | None = Field(default=None, ge=1, le=3650)


class ApiTokenView(BaseModel):
    token_id: str
    name: str
    may_store: bool
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    token: str | None = Field(default=None, description="Shown once, when it is made")


@router.post("", status_code=status.HTTP_201_CREATED)
def make(wish: ApiTokenWish, actor: CurrentActor, platform: PlatformDep) -> ApiTokenView:
    """Make a credential for a DICOMweb client; its secret is in this answer only."""
    days = wish.expires_in_days
    expires_at = utc_now() + timedelta(days=days) if days else None
    with platform.db.write() as session:
        row, secret = api_tokens.make(
            session, actor, wish.name, may_store=wish.may_store, expires_at=expires_at
        )
        return _view(row).model_copy(update={"token": secret})


@router.get("")
def tokens(actor: CurrentActor, platform: PlatformDep, paging: PagingQuery) -> Page[ApiTokenView]:
    """List the organization's credentials for programs (never their secrets)."""
    actor.require("token:read")
    query = (
        select(ApiToken)
        .where(ApiToken.organization_id == actor.organization_id)
        .order_by(ApiToken.created_at.desc())
    )
    with platform.db.read() as session:
        return paginate(session, query, paging, _view)


@router.delete("/{token_id}", status_code=status.HTTP_204_NO_CONTENT)
def revoke(token_id: str, actor: CurrentActor, platform: PlatformDep) -> None:
    """Revoke a credential: it is refused from the next request on."""
    with platform.db.write() as session:
        api_tokens.revoke(session, actor, token_id)


def _view(row: ApiToken) -> ApiTokenView:
    return ApiTokenView(
        token_id=row.id,
        name=row.name,
        may_store=row.may_store,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
