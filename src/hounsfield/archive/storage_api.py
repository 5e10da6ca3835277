"""`/admin/storage`: how much is stored, and whether all of it is still what it was."""

from fastapi import status
from sqlalchemy import select, true

from hounsfield.accounts.actor import CurrentActor
from hounsfield.archive import gauges, integrity
from hounsfield.archive.models import IntegrityCheck
from hounsfield.archive.schemas import Checks, CheckView, Storage
from hounsfield.imaging.models import Study
from hounsfield.kit.routing import Router
from hounsfield.kit.web import PlatformDep

router = Router(prefix="/admin/storage", tags=["archive"])
SHOWN = 10


@router.get("")
def storage(actor: CurrentActor, platform: PlatformDep) -> Storage:
    """Return how much is stored: by the own organization, or by each for the platform's own people."""
    actor.require("storage:read")
    of = true() if actor.is_super_admin else Study.organization_id == actor.organization_id
    with platform.db.read() as session:
        return gauges.storage(session, of)


@router.get("/checks")
def checks(actor: CurrentActor, platform: PlatformDep) -> Checks:
    """List the newest integrity checks."""
    actor.require("storage:check")
    query = select(IntegrityCheck).order_by(IntegrityCheck.created_at.desc(), IntegrityCheck.id).limit(SHOWN)
    with platform.db.read() as session:
        found = [_check(row) for row in session.scalars(query)]
    return Checks(has_copy=bool(platform.settings.storage_copy_url), items=found)


@router.post("/checks", status_code=status.HTTP_202_ACCEPTED)
def begin(actor: CurrentActor, platform: PlatformDep) -> CheckView:
    """Have every object hashed again, and repaired where a second copy has it."""
    actor.require("storage:check")
    with platform.db.write() as session:
        return _check(integrity.begin(session))


def _check(row: IntegrityCheck) -> CheckView:
    columns = ("status", "total", "checked", "repaired", "lost", "bad", "created_at", "finished_at")
    said = {name: getattr(row, name) for name in columns}
    return CheckView.model_validate({"check_id": row.id, **said})
