"""A person's points as a story: one line an operation, with the order it belongs to and why, in their language."""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, func, select
from sqlalchemy.orm import Session, aliased

from hounsfield.kit import i18n
from hounsfield.kit.hooks import Hook
from hounsfield.kit.paging import Page, Paging, paginate
from hounsfield.points.models import JournalEntry, LedgerAccount, Posting
from hounsfield.points.prices import Unit
from hounsfield.points.schemas import Operation, Transaction

for _code, _en, _zh in (
    ("registration", "A new account", "新注册账户"),
    ("allocated_to", "Given to {name}", "分配给 {name}"),
    ("allocated", "Received from the account above", "上级账户分配"),
    ("cancelled", "The task was cancelled", "任务已取消"),
    ("failed", "The task failed", "任务失败"),
):
    i18n.register(f"points.{_code}", {"en": _en, "zh-CN": _zh})
_ALLOCATED = re.compile(r"allocated to (?P<name>.+)")


@dataclass(frozen=True)
class OrderRef:
    """What an order is called, and its task where that can still be looked at."""

    name: str
    task_id: str | None


naming: Hook[[Session, set[str], dict[str, OrderRef]]] = Hook()
"""Fired with order numbers: the room that knows the orders fills in what they are called."""


def history(
    session: Session,
    owner_id: str,
    language: str,
    paging: Paging,
    *,
    unit: Unit | None = None,
    kind: Operation | None = None,
) -> Page[Transaction]:
    """Return a page of what happened to a person's points, newest first."""
    page: Page[Any] = paginate(session, _operations(owner_id, unit, kind), paging, lambda row: row, rows=True)
    orders: dict[str, OrderRef] = {}
    naming.fire(session, {row.JournalEntry.order_no for row in page.items} - {None}, orders)
    page.items = [_line(row, orders, language) for row in page.items]
    return page


def _operations(
    owner_id: str, unit: Unit | None, kind: Operation | None
) -> Select[JournalEntry, str, int, int, int | None]:
    """One row for each operation and unit: what it did to the available and to the held points together."""

    def sum_of(pot: str) -> ColumnElement[int]:
        return func.sum(case((LedgerAccount.kind == pot, Posting.amount), else_=0))

    changes = (
        select(
            Posting.entry_id,
            LedgerAccount.unit,
            sum_of("available").label("amount"),
            sum_of("held").label("held"),
            func.max(Posting.id).label("last"),
        )
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .where(LedgerAccount.owner_id == owner_id, LedgerAccount.kind.in_(("available", "held")))
        .group_by(Posting.entry_id, LedgerAccount.unit)
    )
    if unit:
        changes = changes.where(LedgerAccount.unit == unit)
    change = changes.subquery()
    earlier, pot = aliased(Posting), aliased(LedgerAccount)
    available_after = (
        select(earlier.balance_after)
        .join(pot, pot.id == earlier.account_id)
        .where(pot.owner_id == owner_id, pot.unit == change.c.unit, pot.kind == "available")
        .where(earlier.id <= change.c.last)
        .order_by(earlier.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(JournalEntry, change.c.unit, change.c.amount, change.c.held, available_after.label("after"))
        .join(change, change.c.entry_id == JournalEntry.id)
        .order_by(change.c.last.desc())
    )
    return query.where(JournalEntry.kind == kind) if kind else query


def _line(row: Row[Any], orders: dict[str, OrderRef], language: str) -> Transaction:
    entry: JournalEntry = row.JournalEntry
    order = orders.get(entry.order_no or "")
    return Transaction(
        transaction_id=entry.id,
        at=entry.created_at,
        kind=entry.kind,
        unit=row.unit,
        amount=int(row.amount),
        held_change=int(row.held),
        available_after=row.after or 0,
        order_no=entry.order_no,
        order_name=order.name if order else None,
        task_id=order.task_id if order else None,
        reason=_reason(entry, int(row.amount), language),
        actor=entry.actor_id,
    )


def _reason(entry: JournalEntry, amount: int, language: str) -> str:
    """Return why, in the reader's language: the platform's own reasons are translated, a person's stay as written."""
    given = _ALLOCATED.fullmatch(entry.reason) if entry.kind == "allocate" else None
    if given:
        return i18n.text(
            "points.allocated_to" if amount < 0 else "points.allocated", language, given.groupdict()
        )
    if entry.kind == "release":
        return i18n.text("points.cancelled" if entry.reason == "CANCELLED" else "points.failed", language)
    if entry.kind == "grant" and entry.actor_id is None and entry.reason == "registration":
        return i18n.text("points.registration", language)
    return entry.reason
