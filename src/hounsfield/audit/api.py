"""`/admin/audit`: reading the trail, and checking that nobody has changed it."""

from typing import Annotated, Literal

from fastapi import Query
from pydantic import AwareDatetime

from hounsfield.accounts.actor import CurrentActor
from hounsfield.audit.schemas import AuditView, VerdictView, Verification
from hounsfield.audit.search import trail
from hounsfield.audit.service import note_read
from hounsfield.audit.verify import chains, verify
from hounsfield.kit.paging import Page, PagingQuery, paginate
from hounsfield.kit.routing import Router
from hounsfield.kit.web import PlatformDep

router = Router(prefix="/admin/audit", tags=["audit"])
Text = Annotated[str | None, Query(max_length=128)]


@router.get("")
def entries(
    actor: CurrentActor,
    platform: PlatformDep,
    paging: PagingQuery,
    who: Text = None,
    action: Text = None,
    patient_id: Text = None,
    object_id: Text = None,
    outcome: Literal["success", "denied", "failed"] | None = None,
    source: Text = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
) -> Page[AuditView]:
    """List who did what, newest first; `who` is a user's id or part of a name, `action` a word or its first part."""
    actor.require("audit:read")
    asked = {
        "who": who,
        "action": action,
        "patient_id": patient_id,
        "object_id": object_id,
        "outcome": outcome,
        "source": source,
        "since": since.isoformat() if since else None,
        "until": until.isoformat() if until else None,
    }
    asked = {name: value for name, value in asked.items() if value}
    query = trail(
        actor,
        who=who,
        action=action,
        patient_id=patient_id,
        object_id=object_id,
        outcome=outcome,
        source=source,
        since=since,
        until=until,
    )
    with platform.db.read() as session:
        page = paginate(session, query, paging, AuditView.of)
    note_read(
        platform,
        actor,
        "audit.search",
        object_type="audit",
        object_id="",
        patient_id=patient_id if patient_id and len(patient_id) <= 32 else None,
        details=dict(asked),
    )
    return page


@router.get("/verify")
def check(actor: CurrentActor, platform: PlatformDep) -> Verification:
    """Check every row of the organization's chain (of all chains, for a super administrator)."""
    actor.require("audit:read")
    with platform.db.read() as session:
        wanted = chains(session) if actor.is_super_admin else [actor.organization_id]
    found = [verify(platform, organization_id) for organization_id in wanted]
    note_read(platform, actor, "audit.verify", object_type="audit", object_id="")
    return Verification(ok=all(v.ok for v in found), chains=[VerdictView.of(v) for v in found])
