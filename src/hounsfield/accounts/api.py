"""`/users`: registering, signing in, one's own profile and sessions, and the users below an administrator."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response

from hounsfield.accounts import cookies
from hounsfield.accounts.actor import BearerToken, CurrentActor
from hounsfield.accounts.cookies import RefreshCookie, refuse_other_sites
from hounsfield.accounts.models import Tier, UserStatus
from hounsfield.accounts.permissions import roles_of
from hounsfield.accounts.schemas import (
    LoginAnswer,
    LoginRequest,
    Profile,
    ProfileUpdate,
    Registered,
    RegisterRequest,
    RolesUpdate,
    SearchText,
    SessionSummary,
    StatusUpdate,
    SubAccountRequest,
    UserSummary,
)
from hounsfield.accounts.service import members, profile, registration, sessions
from hounsfield.kit.errors import Unauthorized
from hounsfield.kit.paging import Page, PagingQuery, paginate
from hounsfield.kit.platform import Platform
from hounsfield.kit.routing import Router
from hounsfield.kit.web import Language, PlatformDep, client_address

router = Router(prefix="/users", tags=["accounts"])
OwnSiteOnly = Depends(refuse_other_sites)


@router.post("/register", status_code=201)
def register(
    request: Request, form: RegisterRequest, platform: PlatformDep, language: Language
) -> Registered:
    """Create an account with an organization of its own."""
    user = registration.register(
        platform.db,
        username=form.username,
        password=form.password,
        email=form.email,
        phone=form.phone,
        language=language,
        address=client_address(request),
    )
    return Registered(user_id=user.id, username=user.username)


@router.post("/login", dependencies=[OwnSiteOnly])
def login(request: Request, response: Response, form: LoginRequest, platform: PlatformDep) -> LoginAnswer:
    """Sign in: an access token, and a refresh token as a cookie that no script can read."""
    device = sessions.Device(client_address(request), request.headers.get("user-agent", ""))
    signed_in = sessions.sign_in(platform, username=form.username, password=form.password, device=device)
    return _welcome(request, response, platform, signed_in)


@router.post("/refresh", dependencies=[OwnSiteOnly])
def refresh(
    request: Request, response: Response, platform: PlatformDep, token: RefreshCookie = None
) -> LoginAnswer:
    """Exchange the refresh cookie for a new access token and the next cookie."""
    if token is None:
        raise Unauthorized
    return _welcome(request, response, platform, sessions.refresh(platform, token))


@router.post("/logout", status_code=204, dependencies=[OwnSiteOnly])
def logout(
    request: Request,
    response: Response,
    platform: PlatformDep,
    bearer: BearerToken,
    token: RefreshCookie = None,
) -> None:
    """End this session, however old its tokens are."""
    sessions.sign_out(platform, refresh_token=token, access_token=bearer.credentials if bearer else None)
    cookies.clear(request, response)


@router.get("/profile")
def get_profile(platform: PlatformDep, actor: CurrentActor) -> Profile:
    """Who I am and what I may do."""
    return Profile.of(actor, *profile.read(platform.db, actor))


@router.put("/profile")
def put_profile(platform: PlatformDep, actor: CurrentActor, form: ProfileUpdate) -> Profile:
    """Change my profile; a new password also ends my other sessions."""
    if form.current_password is not None and form.new_password is not None:
        profile.change_password(platform.db, actor, form.current_password, form.new_password)
    changes = form.model_dump(exclude_unset=True, exclude={"current_password", "new_password"})
    profile.change(platform.db, actor, changes)
    return Profile.of(actor, *profile.read(platform.db, actor))


@router.get("/sessions")
def list_sessions(platform: PlatformDep, actor: CurrentActor, paging: PagingQuery) -> Page[SessionSummary]:
    """Where I am signed in."""
    with platform.db.read() as session:
        return paginate(session, sessions.live(actor), paging, lambda row: SessionSummary.of(actor, row))


@router.delete("/sessions/{session_id}", status_code=204)
def revoke_session(platform: PlatformDep, actor: CurrentActor, session_id: str) -> None:
    """Sign out there."""
    with platform.db.write() as session:
        sessions.revoke(session, actor, session_id)


@router.get("")
def list_users(
    platform: PlatformDep,
    actor: CurrentActor,
    paging: PagingQuery,
    q: Annotated[SearchText | None, Query(description="Part of a name or e-mail address")] = None,
    status: UserStatus | None = None,
    tier: Tier | None = None,
) -> Page[UserSummary]:
    """The users of my organization (of all, for a super administrator)."""
    query = members.listing(actor, text=q, status=status, tier=tier)
    with platform.db.read() as session:
        return paginate(session, query, paging, UserSummary.of)


@router.post("/sub-accounts", status_code=201)
def create_sub_account(
    platform: PlatformDep, actor: CurrentActor, form: SubAccountRequest, language: Language
) -> UserSummary:
    """Create a user below me, in my organization."""
    return UserSummary.of(
        registration.create_sub_account(platform.db, actor, language=language, **form.model_dump())
    )


@router.put("/{user_id}/status")
def put_status(platform: PlatformDep, actor: CurrentActor, user_id: str, form: StatusUpdate) -> UserSummary:
    """Disable a user at once, or enable it again."""
    with platform.db.write() as session:
        return UserSummary.of(members.set_status(session, actor, user_id, form.status))


@router.put("/{user_id}/roles")
def put_roles(platform: PlatformDep, actor: CurrentActor, user_id: str, form: RolesUpdate) -> UserSummary:
    """Change what a user may do, from its next request on."""
    with platform.db.write() as session:
        changed = members.set_roles(session, actor, user_id, tier=form.tier, clinical_role=form.clinical_role)
        return UserSummary.of(changed)


def _welcome(
    request: Request, response: Response, platform: Platform, signed_in: sessions.SignedIn
) -> LoginAnswer:
    cookies.put(request, response, signed_in.refresh_token, platform.settings)
    user = signed_in.user
    return LoginAnswer(
        access_token=signed_in.access_token,
        expires_in=platform.settings.access_token_minutes * 60,
        user_id=user.id,
        username=user.username,
        roles=roles_of(user.tier, user.clinical_role),
    )
