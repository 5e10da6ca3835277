"""`/rules`, `/rules/runs` and `/dicomweb-peers`."""

from typing import Annotated, Any

from fastapi import Query, status
from sqlalchemy import select

from hounsfield.accounts.actor import CurrentActor
from hounsfield.kit.clock import utc_now
from hounsfield.kit.ids import new_id
from hounsfield.kit.paging import Page, PagingQuery, paginate
from hounsfield.kit.routing import Router
from hounsfield.kit.sealing import seal
from hounsfield.kit.web import Language, PlatformDep
from hounsfield.rules import runs, service
from hounsfield.rules import stow as _stow  # noqa: F401  registers its job
from hounsfield.rules.access import MANAGE, READ, own
from hounsfield.rules.arrivals import rules_of
from hounsfield.rules.models import DicomwebPeer, Rule, RuleRun
from hounsfield.rules.schemas import (
    DryRun,
    DryRunWish,
    Order,
    Peers,
    PeerView,
    PeerWish,
    Rules,
    RuleView,
    RuleWish,
    RunView,
    StepView,
)
from hounsfield.rules.stow import PURPOSE
from hounsfield.rules.trial import dry_run

router = Router(tags=["rules"])


@router.get("/rules")
def rules(actor: CurrentActor, platform: PlatformDep) -> Rules:
    """List the organization's rules in the order in which they are looked at."""
    actor.require(READ)
    with platform.db.read() as session:
        return Rules(items=[_rule(rule) for rule in rules_of(session, actor.organization_id)])


@router.post("/rules", status_code=status.HTTP_201_CREATED)
def make(wish: RuleWish, actor: CurrentActor, platform: PlatformDep) -> RuleView:
    """Add a rule; it acts on what arrives from now on."""
    actor.require(MANAGE)
    with platform.db.write() as session:
        return _rule(service.make(session, actor, wish))


@router.post("/rules/dry-run")
def try_unsaved(wish: DryRunWish, actor: CurrentActor, platform: PlatformDep, language: Language) -> DryRun:
    """Show what a rule that is not saved would have done with the newest series."""
    actor.require(MANAGE)
    with platform.db.read() as session:
        return dry_run(session, actor, wish.rule, saved=None, limit=wish.limit, language=language)


@router.put("/rules/order")
def arrange(wish: Order, actor: CurrentActor, platform: PlatformDep) -> Rules:
    """Put the rules into another order."""
    actor.require(MANAGE)
    with platform.db.write() as session:
        service.arrange(session, actor, wish.rule_ids)
        return Rules(items=[_rule(rule) for rule in rules_of(session, actor.organization_id)])


@router.get("/rules/runs")
def list_runs(
    actor: CurrentActor,
    platform: PlatformDep,
    language: Language,
    paging: PagingQuery,
    rule_id: Annotated[str | None, Query(max_length=32)] = None,
    status: Annotated[str | None, Query(pattern="^(PENDING|DONE|FAILED)$")] = None,
) -> Page[RunView]:
    """List what rules have done, newest first."""
    actor.require(READ)
    query = select(RuleRun).where(RuleRun.organization_id == actor.organization_id)
    if rule_id:
        query = query.where(RuleRun.rule_id == rule_id)
    if status:
        query = query.where(RuleRun.status == status)
    with platform.db.read() as session:
        newest = query.order_by(RuleRun.created_at.desc(), RuleRun.id)
        return paginate(session, newest, paging, lambda run: _run(run, language))


@router.post("/rules/runs/{run_id}/retry")
def retry(run_id: str, actor: CurrentActor, platform: PlatformDep, language: Language) -> RunView:
    """Try again what has failed of a run."""
    with platform.db.write() as session:
        run = own(session, actor, RuleRun, run_id, MANAGE)
        runs.retry(session, run)
        return _run(run, language)


@router.get("/rules/{rule_id}")
def rule(rule_id: str, actor: CurrentActor, platform: PlatformDep) -> RuleView:
    """Return one rule."""
    with platform.db.read() as session:
        return _rule(own(session, actor, Rule, rule_id, READ))


@router.put("/rules/{rule_id}")
def change(rule_id: str, wish: RuleWish, actor: CurrentActor, platform: PlatformDep) -> RuleView:
    """Change a rule."""
    with platform.db.write() as session:
        row = own(session, actor, Rule, rule_id, MANAGE)
        service.change(session, row, wish)
        return _rule(row)


@router.delete("/rules/{rule_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove(rule_id: str, actor: CurrentActor, platform: PlatformDep) -> None:
    """Remove a rule; what it did stays on record."""
    with platform.db.write() as session:
        service.remove(session, own(session, actor, Rule, rule_id, MANAGE))


@router.post("/rules/{rule_id}/dry-run")
def try_saved(
    rule_id: str,
    actor: CurrentActor,
    platform: PlatformDep,
    language: Language,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> DryRun:
    """Show what a rule would have done with the newest series, those on which it has run apart."""
    with platform.db.read() as session:
        row = own(session, actor, Rule, rule_id, MANAGE)
        wish = RuleWish(name=row.name, conditions=row.conditions, actions=row.actions)
        return dry_run(session, actor, wish, saved=row, limit=limit, language=language)


@router.get("/dicomweb-peers")
def peers(actor: CurrentActor, platform: PlatformDep) -> Peers:
    """List the DICOMweb servers to which rules may send."""
    actor.require(READ)
    mine = (DicomwebPeer.organization_id == actor.organization_id, DicomwebPeer.deleted_at.is_(None))
    with platform.db.read() as session:
        found = session.scalars(select(DicomwebPeer).where(*mine).order_by(DicomwebPeer.name))
        return Peers(items=[_peer(peer) for peer in found])


@router.post("/dicomweb-peers", status_code=status.HTTP_201_CREATED)
def add_peer(wish: PeerWish, actor: CurrentActor, platform: PlatformDep) -> PeerView:
    """Register a DICOMweb server; its token is kept sealed."""
    actor.require(MANAGE)
    peer = DicomwebPeer(
        id=new_id(),
        organization_id=actor.organization_id,
        name=wish.name,
        url=str(wish.url),
        token=seal(platform.settings, PURPOSE, wish.token) if wish.token else None,
        created_at=utc_now(),
    )
    with platform.db.write() as session:
        session.add(peer)
    return _peer(peer)


@router.delete("/dicomweb-peers/{peer_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_peer(peer_id: str, actor: CurrentActor, platform: PlatformDep) -> None:
    """Remove a DICOMweb server; rules that name it say so when they run."""
    with platform.db.write() as session:
        row = own(session, actor, DicomwebPeer, peer_id, MANAGE)
        row.deleted_at, row.token = utc_now(), None


def _rule(row: Rule) -> RuleView:
    columns = ("name", "position", "enabled", "version", "conditions", "actions", "created_at", "updated_at")
    return RuleView.model_validate({"rule_id": row.id, **{name: getattr(row, name) for name in columns}})


def _run(row: RuleRun, language: str) -> RunView:
    columns = (
        "rule_id",
        "rule_name",
        "rule_version",
        "study_uid",
        "series_uid",
        "status",
        "created_at",
        "finished_at",
    )
    steps = [_step(step, language) for step in row.steps]
    return RunView.model_validate({"run_id": row.id, "steps": steps, **{n: getattr(row, n) for n in columns}})


def _step(step: dict[str, Any], language: str) -> StepView:
    result = step["result"]
    return StepView(
        kind=step["action"]["kind"],
        status=step["status"],
        what=str(result.get("order_no") or result.get("peer") or step["action"].get("task_type", "")),
        code=step.get("code"),
        message=step.get("message", {}).get(language),
        result=result,
    )


def _peer(row: DicomwebPeer) -> PeerView:
    return PeerView(
        peer_id=row.id, name=row.name, url=row.url, has_token=row.token is not None, created_at=row.created_at
    )
