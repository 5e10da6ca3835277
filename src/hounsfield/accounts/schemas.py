"""What travels: strict types, bounded lengths, nothing unexpected."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from hounsfield.accounts.models import ClinicalRole, Organization, Tier, User, UserSession, UserStatus
from hounsfield.accounts.permissions import Actor, roles_of
from hounsfield.kit.i18n import LANGUAGES

# control characters and the marks that turn writing around: they make one name look like another
_UNSEEN = frozenset(
    map(chr, (*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
)


def _visible(text: str) -> str:
    if not _UNSEEN.isdisjoint(text):
        raise ValueError("control characters are not allowed")
    return text


def _known(language: str) -> str:
    if language not in LANGUAGES:
        raise ValueError(f"one of {', '.join(LANGUAGES)}")
    return language


# the service judges names and passwords; these bounds only keep novels out
RawUsername = Annotated[str, StringConstraints(min_length=1, max_length=256)]
RawPassword = Annotated[str, StringConstraints(min_length=1, max_length=1024)]
DisplayName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128), AfterValidator(_visible)
]
Email = Annotated[
    str,
    StringConstraints(max_length=254, pattern=r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$"),
    AfterValidator(_visible),
]
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 ()-]{2,30}$")]
LanguageTag = Annotated[str, AfterValidator(_known)]
SearchText = Annotated[str, StringConstraints(max_length=64), AfterValidator(_visible)]
# JSON has no enumerations: their names are text, even to a strict model
TierName = Annotated[Tier, Field(strict=False)]
RoleName = Annotated[ClinicalRole, Field(strict=False)]
StatusName = Annotated[UserStatus, Field(strict=False)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class RegisterRequest(_Request):
    username: RawUsername
    password: RawPassword
    email: Email | None = None
    phone: Phone | None = None


class LoginRequest(_Request):
    username: RawUsername
    password: RawPassword
    totp: Annotated[str, StringConstraints(max_length=16)] | None = None


class ProfileUpdate(_Request):
    """What is left out stays as it is; null removes an address or a number."""

    display_name: DisplayName = ""
    email: Email | None = None
    phone: Phone | None = None
    language: LanguageTag = ""
    current_password: RawPassword | None = None
    new_password: RawPassword | None = None

    @model_validator(mode="after")
    def _both_passwords(self) -> Self:
        if (self.current_password is None) != (self.new_password is None):
            raise ValueError("current_password and new_password belong together")
        return self


class SubAccountRequest(_Request):
    username: RawUsername
    password: RawPassword
    email: Email | None = None
    clinical_role: RoleName = ClinicalRole.NONE
    tier: TierName = Tier.USER


class StatusUpdate(_Request):
    status: StatusName


class RolesUpdate(_Request):
    tier: TierName | None = None
    clinical_role: RoleName | None = None


class Registered(BaseModel):
    user_id: str
    username: str


class LoginAnswer(BaseModel):
    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105  a scheme's name
    expires_in: int
    user_id: str
    username: str
    roles: list[str]


class OrganizationSummary(BaseModel):
    organization_id: str
    name: str


class Profile(BaseModel):
    user_id: str
    username: str
    display_name: str
    email: str | None
    phone: str | None
    tier: Tier
    clinical_role: ClinicalRole
    roles: list[str]
    organization: OrganizationSummary
    language: str
    permissions: list[str]
    created_at: datetime

    @classmethod
    def of(cls, actor: Actor, user: User, organization: Organization) -> Self:
        return cls(
            user_id=user.id,
            username=user.username,
            display_name=user.display_name,
            email=user.email,
            phone=user.phone,
            tier=user.tier,
            clinical_role=user.clinical_role,
            roles=roles_of(user.tier, user.clinical_role),
            organization=OrganizationSummary(organization_id=organization.id, name=organization.name),
            language=user.language,
            permissions=sorted(actor.permissions),
            created_at=user.created_at,
        )


class SessionSummary(BaseModel):
    session_id: str
    created_at: datetime
    last_used_at: datetime
    address: str
    user_agent: str
    current: bool

    @classmethod
    def of(cls, actor: Actor, row: UserSession) -> Self:
        return cls(
            session_id=row.id,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            address=row.address,
            user_agent=row.user_agent,
            current=row.id == actor.session_id,
        )


class UserSummary(BaseModel):
    user_id: str
    username: str
    display_name: str
    email: str | None
    tier: Tier
    clinical_role: ClinicalRole
    status: UserStatus
    parent_user_id: str | None
    created_at: datetime

    @classmethod
    def of(cls, user: User) -> Self:
        return cls(
            user_id=user.id,
            username=user.username,
            display_name=user.display_name,
            email=user.email,
            tier=user.tier,
            clinical_role=user.clinical_role,
            status=user.status,
            parent_user_id=user.parent_user_id,
            created_at=user.created_at,
        )
