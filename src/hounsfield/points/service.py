"""What people and administrators do with points: look, allocate to sub-accounts, adjust."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from hounsfield.accounts.hooks import registered
from hounsfield.accounts.models import User
from hounsfield.kit.errors import Invalid
from hounsfield.notifications.service import tell
from hounsfield.points import ledger
from hounsfield.points.models import LedgerAccount
from hounsfield.points.prices import REGISTRATION_GRANT
from hounsfield.points.schemas import Adjustment, Amounts, Balance
from hounsfield.system import configs


class OneOfDeltaAndLimit(Invalid):
    """Give either delta or limit."""

    code = "DELTA_OR_LIMIT"
    zh = "请填写 delta 或 limit 其中之一。"


def balance_of(session: Session, owner_id: str) -> Balance:
    """Return what a person can spend and what is reserved, per unit."""
    accounts = session.execute(
        select(LedgerAccount.unit, LedgerAccount.kind, LedgerAccount.balance).where(
            LedgerAccount.owner_id == owner_id
        )
    )
    found = {(unit, kind): value for unit, kind, value in accounts}

    def amounts(unit: str) -> Amounts:
        return Amounts(available=found.get((unit, "available"), 0), held=found.get((unit, "held"), 0))

    return Balance(
        low=amounts(ledger.POINT_LOW), high=amounts(ledger.POINT_HIGH), credits=amounts(ledger.MEMBER_CREDIT)
    )


@registered.connect
def welcome_grant(session: Session, user: User) -> None:
    """A new account starts with the points that the configuration gives it."""
    amount = configs.get(session, REGISTRATION_GRANT)
    if amount > 0 and user.parent_user_id is None:
        ledger.grant(session, user.id, ledger.POINT_LOW, amount, actor_id=None, reason="registration")


def allocate(session: Session, giver_id: str, taker: User, unit: str, points: int) -> str:
    """Move points from a parent to a sub-account."""
    entry = ledger.transfer(
        session, giver_id, taker.id, unit, points, actor_id=giver_id, reason=f"allocated to {taker.username}"
    )
    tell(session, giver_id, "balance_changed", {})
    tell(session, taker.id, "balance_changed", {})
    return entry


def adjust(session: Session, actor_id: str, user: User, wish: Adjustment) -> str:
    """Change a person's available points by an amount, or to an amount."""
    if (wish.delta is None) == (wish.limit is None):
        raise OneOfDeltaAndLimit
    delta = wish.delta
    if delta is None:
        delta = (wish.limit or 0) - ledger.balance(session, user.id, wish.quota_type)
    entry = ledger.grant(session, user.id, wish.quota_type, delta, actor_id=actor_id, reason=wish.reason)
    tell(session, user.id, "balance_changed", {})
    return entry
