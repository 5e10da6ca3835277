"""The only code that moves points. Every operation is one journal entry whose postings sum to zero per unit.

Invariants (domain.md): available ≥ 0, held ≥ 0, a hold resolves exactly once, at most one charge per order, and the
balances equal a replay of the postings (`rebuilt`). They hold under concurrency because each balance is changed by one
conditional UPDATE, in a fixed order of accounts.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, and_, bindparam, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hounsfield.kit.db import Change, db_now, insert_rows, run, table_of
from hounsfield.kit.ids import new_id
from hounsfield.points.errors import HoldResolved, InsufficientPoints
from hounsfield.points.models import Charge, Hold, JournalEntry, LedgerAccount, Posting

SYSTEM = "system"
POINT_LOW, POINT_HIGH, MEMBER_CREDIT = "POINT_LOW", "POINT_HIGH", "MEMBER_CREDIT"
UNITS = (POINT_LOW, POINT_HIGH, MEMBER_CREDIT)


_ACCOUNTS, _HOLDS = table_of(LedgerAccount), table_of(Hold)
_POT = and_(
    _ACCOUNTS.c.owner_id == bindparam("owner"),
    _ACCOUNTS.c.unit == bindparam("what"),
    _ACCOUNTS.c.kind == bindparam("use"),
)
_CHANGED = _ACCOUNTS.c.balance + bindparam("by", type_=BigInteger)
_ENOUGH = or_(_CHANGED >= 0, _ACCOUNTS.c.kind.not_in(("available", "held")))
_CHANGE_BALANCE = Change(
    update(_ACCOUNTS).where(_POT, _ENOUGH).values(balance=_CHANGED),
    _ACCOUNTS.c.id,
    _ACCOUNTS.c.balance,
    key=_POT,
)
_AVAILABLE = select(_ACCOUNTS.c.unit, _ACCOUNTS.c.balance).where(
    _ACCOUNTS.c.owner_id == bindparam("owner"), _ACCOUNTS.c.kind == "available"
)
_ENTER, _POST = insert(table_of(JournalEntry)), insert(table_of(Posting))
_HOLD, _CHARGE = insert(_HOLDS), insert(table_of(Charge))
_OF_ORDER = _HOLDS.c.order_no == bindparam("order")
_RESOLVE = Change(
    update(_HOLDS)
    .where(_OF_ORDER, _HOLDS.c.status == "HELD")
    .values(status=bindparam("becomes"), resolved_at=bindparam("now")),
    _HOLDS.c.owner_id,
    _HOLDS.c.unit,
    _HOLDS.c.amount,
    key=_OF_ORDER,
)


@dataclass(frozen=True)
class Pot:
    """Names an account: whose, of what unit, for what."""

    owner_id: str
    unit: str
    kind: str


@dataclass(frozen=True)
class Move:
    """A signed change of one pot."""

    pot: Pot
    amount: int


def post(
    session: Session,
    kind: str,
    moves: Sequence[Move],
    *,
    actor_id: str | None = None,
    reason: str = "",
    order_no: str | None = None,
) -> str:
    """Carry out an operation and return its entry id.

    Raises
    ------
    InsufficientPoints
        A person's pot would go below zero; nothing is changed.
    """
    _must_balance(moves)
    entry_id = new_id()
    entry = {"id": entry_id, "kind": kind, "actor_id": actor_id, "reason": reason[:200], "order_no": order_no}
    run(session, _ENTER, entry)
    postings = []
    # one order for all operations, so that two of them never wait for each other in a circle
    for move in sorted(moves, key=lambda m: (m.pot.owner_id, m.pot.unit, m.pot.kind)):
        account_id, balance = _change(session, move)
        postings.append(
            {"entry_id": entry_id, "account_id": account_id, "amount": move.amount, "balance_after": balance}
        )
    insert_rows(session, _POST, postings)
    return entry_id


def _must_balance(moves: Sequence[Move]) -> None:
    sums: dict[str, int] = {}
    for move in moves:
        sums[move.pot.unit] = sums.get(move.pot.unit, 0) + move.amount
    if any(sums.values()) or not moves:
        raise ValueError(f"postings of an operation must sum to zero per unit, these give {sums}")


def _change(session: Session, move: Move) -> tuple[str, int]:
    row = _add(session, move)
    if row is None:
        # again, whoever opened it: another transaction may have since the first try
        _open(session, move.pot)
        row = _add(session, move)
    if row is None:
        left = balance(session, move.pot.owner_id, move.pot.unit, move.pot.kind)
        raise InsufficientPoints(unit=move.pot.unit, needed=-move.amount, available=left)
    return row.id, row.balance


def _add(session: Session, move: Move) -> Row[Any] | None:
    """Change a balance; None where there is no such account, or not enough on it."""
    pot = move.pot
    return _CHANGE_BALANCE(session, owner=pot.owner_id, what=pot.unit, use=pot.kind, by=move.amount)


def _of(pot: Pot) -> ColumnElement[bool]:
    return and_(
        LedgerAccount.owner_id == pot.owner_id, LedgerAccount.unit == pot.unit, LedgerAccount.kind == pot.kind
    )


def _open(session: Session, pot: Pot) -> None:
    """Open an account where there is none."""
    if session.scalar(select(LedgerAccount.id).where(_of(pot))):
        return
    with suppress(IntegrityError), session.begin_nested():  # opened by another transaction in between
        session.add(LedgerAccount(owner_id=pot.owner_id, unit=pot.unit, kind=pot.kind, balance=0))


def grant(
    session: Session, owner_id: str, unit: str, amount: int, *, actor_id: str | None, reason: str
) -> str:
    """Issue points to a person (negative: take them back, never below what is available)."""
    moves = [Move(Pot(SYSTEM, unit, "issuance"), -amount), Move(Pot(owner_id, unit, "available"), amount)]
    return post(session, "grant" if amount >= 0 else "adjust", moves, actor_id=actor_id, reason=reason)


def transfer(
    session: Session, giver: str, taker: str, unit: str, amount: int, *, actor_id: str, reason: str
) -> str:
    """Move available points from one person to another."""
    moves = [Move(Pot(giver, unit, "available"), -amount), Move(Pot(taker, unit, "available"), amount)]
    return post(session, "allocate", moves, actor_id=actor_id, reason=reason)


def hold(session: Session, owner_id: str, unit: str, amount: int, *, order_no: str) -> None:
    """Reserve points for an order."""
    run(session, _HOLD, {"owner_id": owner_id, "unit": unit, "amount": amount, "order_no": order_no})
    if amount:
        moves = [Move(Pot(owner_id, unit, "available"), -amount), Move(Pot(owner_id, unit, "held"), amount)]
        post(session, "hold", moves, actor_id=owner_id, order_no=order_no)


def capture(session: Session, order_no: str) -> None:
    """Charge what was held: the order is done."""
    held = _resolve(session, order_no, "CAPTURED")
    moves = [Move(Pot(held.owner_id, held.unit, "held"), -held.amount), Move(revenue(held.unit), held.amount)]
    _charge(session, "capture", moves, held.owner_id, held.unit, held.amount, order_no)


def release(session: Session, order_no: str, *, reason: str = "") -> None:
    """Give back what was held: the order came to nothing."""
    held = _resolve(session, order_no, "RELEASED")
    if held.amount:
        moves = [
            Move(Pot(held.owner_id, held.unit, "held"), -held.amount),
            Move(Pot(held.owner_id, held.unit, "available"), held.amount),
        ]
        post(session, "release", moves, order_no=order_no, reason=reason)


def charge(session: Session, owner_id: str, unit: str, amount: int, *, order_no: str) -> None:
    """Charge an order that was not held (postpaid)."""
    moves = [Move(Pot(owner_id, unit, "available"), -amount), Move(revenue(unit), amount)]
    _charge(session, "charge", moves, owner_id, unit, amount, order_no)


def revenue(unit: str) -> Pot:
    return Pot(SYSTEM, unit, "revenue")


def _resolve(session: Session, order_no: str, status: str) -> Row[Any]:
    held = _RESOLVE(session, order=order_no, becomes=status, now=db_now(session))
    if held is None:
        raise HoldResolved(order_no=order_no)
    return held


def _charge(
    session: Session, kind: str, moves: list[Move], owner_id: str, unit: str, amount: int, order_no: str
) -> None:
    entry_id = post(session, kind, moves, actor_id=owner_id, order_no=order_no)
    charged = {
        "order_no": order_no,
        "entry_id": entry_id,
        "owner_id": owner_id,
        "unit": unit,
        "amount": amount,
    }
    try:
        run(session, _CHARGE, charged)
    except IntegrityError:
        raise HoldResolved(order_no=order_no) from None


def balance(session: Session, owner_id: str, unit: str, kind: str = "available") -> int:
    return session.scalar(select(LedgerAccount.balance).where(_of(Pot(owner_id, unit, kind)))) or 0


def available(session: Session, owner_id: str) -> dict[str, int]:
    """Return what a person can spend, by unit."""
    return {row.unit: row.balance for row in run(session, _AVAILABLE, {"owner": owner_id})}


def rebuilt(session: Session) -> dict[str, int]:
    """Return every account's balance as a replay of the postings gives it."""
    query = select(Posting.account_id, func.sum(Posting.amount)).group_by(Posting.account_id)
    return {account_id: int(total) for account_id, total in session.execute(query)}
