"""`/points` and `/admin/quotas`: what there is, what moved, who may move it."""

from hounsfield.accounts.access import user_for
from hounsfield.accounts.actor import CurrentActor
from hounsfield.kit.errors import Forbidden
from hounsfield.kit.idempotency import fingerprint, once
from hounsfield.kit.paging import Page, PagingQuery
from hounsfield.kit.routing import Router
from hounsfield.kit.web import IdempotencyKey, Language, PlatformDep
from hounsfield.points import service
from hounsfield.points.history import history
from hounsfield.points.prices import Unit
from hounsfield.points.schemas import Adjustment, Allocation, Balance, Moved, Operation, Transaction

router = Router(tags=["points"])


@router.get("/points/balance")
def balance(actor: CurrentActor, platform: PlatformDep) -> Balance:
    """Return what the actor can spend and what is reserved."""
    with platform.db.read() as session:
        return service.balance_of(session, actor.user_id)


@router.get("/points/transactions")
def transactions(
    actor: CurrentActor,
    platform: PlatformDep,
    language: Language,
    paging: PagingQuery,
    unit: Unit | None = None,
    type: Operation | None = None,
) -> Page[Transaction]:
    """List what happened to the actor's points, newest first, one line an operation."""
    with platform.db.read() as session:
        return history(session, actor.user_id, language, paging, unit=unit, kind=type)


@router.post("/points/allocate")
def allocate(
    wish: Allocation, actor: CurrentActor, platform: PlatformDep, key: IdempotencyKey = None
) -> Moved:
    """Give own points to a sub-account."""
    mark = fingerprint("POST /points/allocate", wish)
    with platform.db.write() as session:
        taker = user_for(session, actor, wish.sub_user_id)
        if not (
            taker.parent_user_id == actor.user_id or (actor.may("points:allocate") and actor.manages(taker))
        ):
            raise Forbidden

        def act() -> Moved:
            entry = service.allocate(session, actor.user_id, taker, wish.point_type, wish.points)
            return Moved(transaction_id=entry, balance=service.balance_of(session, actor.user_id))

        return once(session, actor.user_id, key, mark, Moved, act)


@router.get("/admin/quotas/users/{user_id}")
def quotas(user_id: str, actor: CurrentActor, platform: PlatformDep) -> Balance:
    """Return what a user can spend (administrators)."""
    actor.require("quota:read")
    with platform.db.read() as session:
        return service.balance_of(session, user_for(session, actor, user_id).id)


@router.put("/admin/quotas/users/{user_id}/adjust")
def adjust(
    user_id: str, wish: Adjustment, actor: CurrentActor, platform: PlatformDep, key: IdempotencyKey = None
) -> Moved:
    """Issue points to a user or take them back, with a reason (platform administrators)."""
    actor.require("points:adjust")
    mark = fingerprint(f"PUT /admin/quotas/users/{user_id}/adjust", wish)
    with platform.db.write() as session:
        user = user_for(session, actor, user_id)

        def act() -> Moved:
            entry = service.adjust(session, actor.user_id, user, wish)
            return Moved(transaction_id=entry, balance=service.balance_of(session, user.id))

        return once(session, actor.user_id, key, mark, Moved, act)
